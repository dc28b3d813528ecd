package server

// A phone under the control of a test.

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"

	"nod/approve/protocol"
)

type signer struct{ ed25519.PrivateKey }

func newSigner() signer {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	return signer{key}
}

func (s signer) Public() ed25519.PublicKey { return s.PrivateKey.Public().(ed25519.PublicKey) }

func (s signer) Sign(m []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, m), nil }

// phone is a device under the test's control.
type phone struct {
	b                   *bench
	client              *http.Client
	name                string
	transport, approval signer
	pair                protocol.PairAnswer
}

func (b *bench) phone(name string) *phone {
	return &phone{b: b, client: b.Client(), name: name, transport: newSigner(), approval: newSigner()}
}

// paired is an active phone of a person with 2-step verification on.
func (b *bench) paired(email, name string) *phone {
	b.t.Helper()
	code, err := b.RegistrationCode(b.t.Context(), email)
	if err != nil {
		b.t.Fatal(err)
	}
	p := b.phone(name)
	if status, e := p.register("", code); status != http.StatusAccepted {
		b.t.Fatalf("pair: %d %+v", status, e)
	}
	if err := b.Confirm(b.t.Context(), email, p.pair.DeviceID); err != nil {
		b.t.Fatal(err)
	}
	return p
}

// request builds a signed call.
func (p *phone) request(method, path string, message any) *http.Request {
	p.b.t.Helper()
	var body []byte
	if message != nil {
		body, _ = json.Marshal(message)
	}
	r, err := http.NewRequestWithContext(p.b.t.Context(), method, testOrigin+path, bytes.NewReader(body))
	if err != nil {
		p.b.t.Fatal(err)
	}
	if err := protocol.SignRequest(r, body, p.transport, p.b.now()); err != nil {
		p.b.t.Fatal(err)
	}
	return r
}

// send sends r and reads the answer into into, or the error.
func (p *phone) send(r *http.Request, into any) (int, protocol.Error) {
	p.b.t.Helper()
	answer, err := p.client.Do(r)
	if err != nil {
		p.b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.b.t.Fatal(err)
	}
	var failed protocol.ErrorAnswer
	switch {
	case answer.StatusCode >= 400:
		if err := json.Unmarshal(body, &failed); err != nil {
			p.b.t.Errorf("error answer %q: %v", body, err)
		}
		if failed.Error.ServerTime.IsZero() || failed.Error.Message == "" {
			p.b.t.Errorf("error answer without time or message: %s", body)
		}
	case into != nil:
		if err := json.Unmarshal(body, into); err != nil {
			p.b.t.Errorf("answer %q: %v", body, err)
		}
	}
	return answer.StatusCode, failed.Error
}

func (p *phone) call(method, path string, message, into any) (int, protocol.Error) {
	p.b.t.Helper()
	return p.send(p.request(method, path, message), into)
}

// pairRequest builds the message of a pairing.
func (p *phone) pairRequest(token, code string) protocol.PairRequest {
	p.b.t.Helper()
	sum := protocol.Hash(token + code)
	proof, err := protocol.Proof{
		Audience: testOrigin, Transport: protocol.Thumbprint(p.transport.Public()), Approval: protocol.Thumbprint(p.approval.Public()),
		Secret: sum, IssuedAt: p.b.now().Unix(), Expires: p.b.now().Unix() + 60,
	}.Sign(p.approval)
	if err != nil {
		p.b.t.Fatal(err)
	}
	return protocol.PairRequest{
		Token: token, Code: code, Name: p.name, Platform: "linux terminal", Proof: proof,
		TransportKey: base64.RawURLEncoding.EncodeToString(p.transport.Public()),
		ApprovalKey:  base64.RawURLEncoding.EncodeToString(p.approval.Public()),
	}
}

func (p *phone) register(token, code string) (int, protocol.Error) {
	p.b.t.Helper()
	return p.call(http.MethodPost, protocol.PathPair, p.pairRequest(token, code), &p.pair)
}

// poll returns what waits and what ended.
func (p *phone) poll(query string) protocol.RequestsAnswer {
	p.b.t.Helper()
	var answer protocol.RequestsAnswer
	if status, e := p.call(http.MethodGet, protocol.PathRequests+query, nil, &answer); status != http.StatusOK {
		p.b.t.Fatalf("poll: %d %+v", status, e)
	}
	return answer
}

// only returns the one request that waits.
func (p *phone) only() protocol.Pending {
	p.b.t.Helper()
	all := p.poll("").Requests
	if len(all) != 1 {
		p.b.t.Fatalf("%s has %d requests, want 1", p.name, len(all))
	}
	return all[0]
}

func (p *phone) decision(r protocol.Pending, act, number, reason string) protocol.Decision {
	key := p.transport
	if act == protocol.ActApprove {
		key = p.approval
	}
	now := p.b.now().Unix()
	return protocol.Decision{
		Issuer: protocol.Thumbprint(key.Public()), Audience: testOrigin, Challenge: r.ID, ChallengeHash: protocol.Hash(r.Challenge),
		Act: act, Number: number, Reason: reason, IssuedAt: now, Expires: now + 60, ID: base64.RawURLEncoding.EncodeToString(randomBytes(16)),
	}
}

func (p *phone) sendDecision(id, jws string) (protocol.AnswerAnswer, int, protocol.Error) {
	p.b.t.Helper()
	var answer protocol.AnswerAnswer
	status, e := p.call(http.MethodPost, protocol.PathRequests+"/"+id+"/answer", protocol.AnswerRequest{Decision: jws}, &answer)
	return answer, status, e
}

// decide answers r as the protocol says.
func (p *phone) decide(r protocol.Pending, act, number, reason string) (protocol.AnswerAnswer, int, protocol.Error) {
	p.b.t.Helper()
	key := p.transport
	if act == protocol.ActApprove {
		key = p.approval
	}
	jws, err := p.decision(r, act, number, reason).Sign(key)
	if err != nil {
		p.b.t.Fatal(err)
	}
	return p.sendDecision(r.ID, jws)
}
