package protocol

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestSpecification checks that docs/protocol.md gives the very examples, words
// and codes of this package: a stranger's client is written from it.
func TestSpecification(t *testing.T) {
	raw, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	want := func(what, s string) {
		t.Helper()
		if !strings.Contains(text, s) {
			t.Errorf("%s is not in docs/protocol.md: %s", what, s)
		}
	}
	server, transport, approval := newTestKey(1), newTestKey(2), newTestKey(3)
	for _, k := range []testKey{server, transport, approval} {
		want("a key", "`"+EncodeKey(k.Public())+"` | `"+Thumbprint(k.Public())+"`")
	}
	want("the words of the example", strings.Join(Words(server.Public(), transport.Public(), approval.Public(), "d-1"), " "))
	list := strings.Fields(text)
	if i := slices.Index(list, wordList[0]); i < 0 || len(list) < i+256 || !slices.Equal(list[i:i+256], wordList[:]) {
		t.Error("the word list is not the one of docs/protocol.md")
	}

	r := request(t, "GET", nil, transport, noon)
	resign(t, r, transport, withFixedNonce)
	for _, name := range []string{"Content-Digest", "Signature-Input", "Signature"} {
		want("the signed request", name+": "+r.Header.Get(name)+"\n")
	}

	d := newDecisions(t)
	want("the challenge", "\n"+d.challenge+"\n")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(d.challenge, ".")[1])
	if err != nil || !json.Valid(payload) {
		t.Fatalf("payload %s, %v", payload, err)
	}
	want("its payload", "\n"+string(payload)+"\n")
	want("its hash", "`"+Hash(d.challenge)+"`")
	dec := d.decision(ActApprove, approval)
	dec.Number = "07"
	jws, err := dec.Sign(approval)
	if err != nil {
		t.Fatal(err)
	}
	want("the decision", "\n"+jws+"\n")

	for _, code := range []string{
		CodeBadRequest, CodeClockSkew, CodeBadSignature, CodeReplayed, CodeBadCode, CodeDeviceRevoked, CodePairingRefused,
		CodeDevicePending, CodeAccountClosed, CodeWrongKey, CodeNotFound, CodeUsed, CodeLastMethod, CodeAnswered, CodeExpired, CodeBadProof,
		CodeNumberMismatch, CodeNumberNeeded, CodeNameTaken, CodeSlowDown, CodeTooMany, CodeInternal,
	} {
		want("an error code", "`"+code+"`")
	}
}
