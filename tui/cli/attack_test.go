package cli_test

// This file: answers that somebody else makes, or makes again, against the real
// server and the real commands: all refused, and audited where a device is known.

import (
	"bytes"
	"crypto/ed25519"
	"io"
	"net/http"
	"testing"

	"nod/approve/protocol"
)

// strangerKey is a key that no server knows.
type strangerKey struct{ ed25519.PrivateKey }

func (k strangerKey) Public() ed25519.PublicKey { return k.PrivateKey.Public().(ed25519.PublicKey) }

func (k strangerKey) Sign(message []byte) ([]byte, error) {
	return ed25519.Sign(k.PrivateKey, message), nil
}

func newStranger(t *testing.T) strangerKey {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return strangerKey{private}
}

func TestForgedAnswers(t *testing.T) {
	a := newAttack(t)
	id, number, login := a.login()
	_, _, transport := a.device()
	challenge := a.challenge(id, transport)
	stranger := newStranger(t)

	status, text := a.send(http.MethodPost, answerPath(id), a.approval(id, challenge, number, stranger), stranger)
	a.refused("a stranger's answer", status, text, http.StatusUnauthorized, protocol.CodeBadSignature)
	status, text = a.send(http.MethodPost, answerPath(id), a.approval(id, challenge, number, transport), transport)
	a.refused("a yes under the key that needs no PIN", status, text, http.StatusForbidden, protocol.CodeWrongKey)
	status, text = a.send(http.MethodPost, answerPath(id), a.approval(id, challenge, number, stranger), transport)
	if status < 400 {
		t.Errorf("a stranger's yes through the device: %d %s", status, text)
	}

	a.wire.swallow = true
	a.nod(8, "accept", id, "--number", number)
	a.wire.swallow = false
	held := a.wire.answer
	held.Body = io.NopCloser(bytes.NewReader(bytes.Replace(a.wire.body, []byte(`"decision":"`), []byte(`"decision":"x`), 1)))
	held.ContentLength++
	status, text = a.do(held)
	a.refused("a changed answer", status, text, http.StatusUnauthorized, protocol.CodeBadSignature)

	if n := a.audited("answer.refused", ""); n < 2 {
		t.Errorf("%d refused answers in the audit, want the two that came from the device", n)
	}
	if n := a.audited("request.answered", ""); n != 0 {
		t.Errorf("%d answers were taken", n)
	}
	a.nod(0, "accept", id, "--number", number)
	login.WantSignedIn()
}

func TestReplayedAnswers(t *testing.T) {
	a := newAttack(t)
	id, number, login := a.login()
	a.nod(0, "accept", id, "--number", number)
	login.WantSignedIn()
	_, _, transport := a.device()
	body := a.wire.body

	again := a.wire.answer
	again.Body = io.NopCloser(bytes.NewReader(body))
	status, text := a.do(again)
	a.refused("the same request again", status, text, http.StatusUnauthorized, protocol.CodeReplayed)
	status, text = a.send(http.MethodPost, answerPath(id), body, transport)
	a.refused("the same decision again", status, text, http.StatusConflict, protocol.CodeAnswered)
	if n := a.audited("answer.refused", protocol.CodeAnswered); n != 1 {
		t.Errorf("%d refusals in the audit, want 1", n)
	}
	if n := a.audited("request.answered", ""); n != 1 {
		t.Errorf("%d answers were taken, want 1", n)
	}
}
