package sim

// The person in the browser against the reference server, on the clock of a
// synctest bubble.

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/protocol"
	"nod/approve/server"
)

const origin = "http://127.0.0.1:8420"

func start(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{Data: t.TempDir(), Origin: origin, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

type key struct{ ed25519.PrivateKey }

func (k key) Public() ed25519.PublicKey { return k.PrivateKey.Public().(ed25519.PublicKey) }

func (k key) Sign(m []byte) ([]byte, error) { return ed25519.Sign(k.PrivateKey, m), nil }

func newKey() key {
	_, k, _ := ed25519.GenerateKey(rand.Reader)
	return key{k}
}

// phone is the least that can pair and answer.
type phone struct {
	t                   *testing.T
	client              *http.Client
	transport, approval key
	pair                protocol.PairAnswer
}

func newPhone(t *testing.T, s *server.Server) *phone {
	return &phone{t: t, client: s.Client(), transport: newKey(), approval: newKey()}
}

func (p *phone) call(method, path string, message, into any) int {
	p.t.Helper()
	var body []byte
	if message != nil {
		body, _ = json.Marshal(message)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, origin+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := protocol.SignRequest(r, body, p.transport, time.Now()); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if into != nil {
		if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
			p.t.Fatal(err)
		}
	}
	return answer.StatusCode
}

func (p *phone) register(name, token, code string) {
	p.t.Helper()
	now := time.Now().Unix()
	proof, err := protocol.Proof{
		Audience: origin, Transport: protocol.Thumbprint(p.transport.Public()), Approval: protocol.Thumbprint(p.approval.Public()),
		Secret: protocol.Hash(token + code), IssuedAt: now, Expires: now + 60,
	}.Sign(p.approval)
	if err != nil {
		p.t.Fatal(err)
	}
	if status := p.call(http.MethodPost, protocol.PathPair, protocol.PairRequest{
		Token: token, Code: code, Name: name, Platform: "linux terminal", Proof: proof,
		TransportKey: base64.RawURLEncoding.EncodeToString(p.transport.Public()),
		ApprovalKey:  base64.RawURLEncoding.EncodeToString(p.approval.Public()),
	}, &p.pair); status != http.StatusAccepted {
		p.t.Fatalf("pair: status %d", status)
	}
}

func (p *phone) answer(act, number, reason string) int {
	p.t.Helper()
	var all protocol.RequestsAnswer
	p.call(http.MethodGet, protocol.PathRequests, nil, &all)
	if len(all.Requests) != 1 {
		p.t.Fatalf("%d requests, want 1", len(all.Requests))
	}
	r, signer := all.Requests[0], p.transport
	if act == protocol.ActApprove {
		signer = p.approval
	}
	now := time.Now().Unix()
	jws, err := protocol.Decision{
		Issuer: protocol.Thumbprint(signer.Public()), Audience: origin, Challenge: r.ID, ChallengeHash: protocol.Hash(r.Challenge),
		Act: act, Number: number, Reason: reason, IssuedAt: now, Expires: now + 60, ID: protocol.Nonce(),
	}.Sign(signer)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.call(http.MethodPost, protocol.PathRequests+"/"+r.ID+"/answer", protocol.AnswerRequest{Decision: jws}, nil)
}

// setUp pairs a phone the way a person does.
func setUp(t *testing.T, s *server.Server) *phone {
	t.Helper()
	portal := &Portal{Server: origin, App: "rms", User: "ana", Password: "ana-demo-pass", Client: s.Client()}
	if err := portal.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, code, err := portal.EnableCompanion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := newPhone(t, s)
	p.register("phone-ana", "", code)
	words, err := portal.ConfirmDevice(t.Context(), "phone-ana")
	if err != nil || words != strings.Join(p.pair.Words, " ") {
		t.Fatalf("the page shows %q, the phone %v; %v", words, p.pair.Words, err)
	}
	return p
}

func TestLoginEnds(t *testing.T) {
	tests := []struct {
		name    string
		answer  func(p *phone, number string)
		state   string
		message string
	}{
		{"accept", func(p *phone, number string) { p.answer(protocol.ActApprove, number, "") }, "signed_in", "Signed in to RMS as ana@demo.test"},
		{"deny", func(p *phone, _ string) { p.answer(protocol.ActDeny, "", protocol.ReasonCancelled) }, "denied", "Sign-in was denied on phone-ana."},
		{"report", func(p *phone, _ string) { p.answer(protocol.ActDeny, "", protocol.ReasonNotMe) }, "reported", "It was reported. Push is paused."},
		{"ignore", func(p *phone, _ string) { p.answer(protocol.ActIgnore, "", "") }, "expired", "No device answered."},
		{"wrong number", func(p *phone, number string) {
			wrong := "00"
			if number == wrong {
				wrong = "01"
			}
			p.answer(protocol.ActApprove, wrong, "")
		}, "number_mismatch", "The number did not match. Start again."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t)
				p := setUp(t, s)
				began, pages := time.Now(), 0
				end, err := Login{
					Server: origin, App: "rms", User: "ana", Password: "ana-demo-pass", Client: s.Client(),
					Page: func(page Page) {
						pages++
						if page.Number != "" && pages == 2 {
							test.answer(p, page.Number)
						}
					},
				}.Run(t.Context())
				if err != nil || end.State != test.state || end.Page.Text != test.message {
					t.Fatalf("end = %+v, %v", end, err)
				}
				want := time.Second // the verdict reaches the page within two seconds
				if test.state == "expired" {
					want = 120 * time.Second
				}
				if took := time.Since(began); took > want+time.Second {
					t.Errorf("took %v, want %v", took, want)
				}
			})
		})
	}
}

func TestLoginWithoutDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t)
		l := Login{Server: origin, App: "rms", User: "cleo@demo.test", Password: "cleo-demo-pass", Client: s.Client()}
		if end, err := l.Run(t.Context()); err != nil || end.State != "signed_in" || end.Page.Status != http.StatusOK {
			t.Errorf("end = %+v, %v", end, err)
		}
		l.Password = "wrong"
		if end, err := l.Run(t.Context()); err != nil || end.State != "wrong_password" || end.Page.Text != "Wrong e-mail or password." {
			t.Errorf("end = %+v, %v", end, err)
		}
		l.App = "nothing"
		if end, err := l.Run(t.Context()); err == nil {
			t.Errorf("end at no site = %+v", end)
		}
	})
}

func TestLoginGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t)
		setUp(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		l := Login{Server: origin, App: "rms", User: "ana", Password: "ana-demo-pass", Client: s.Client()}
		if end, err := l.Run(ctx); !errors.Is(err, context.DeadlineExceeded) || end.Page.Number == "" {
			t.Errorf("end = %+v, %v", end, err)
		}
		if end, err := l.Run(t.Context()); err != nil || end.State != "expired" {
			t.Errorf("second: %+v, %v", end, err)
		}
	})
}

func TestLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t)
		setUp(t, s)
		l := Login{Server: origin, App: "rms", User: "ana", Password: "ana-demo-pass", Client: s.Client()}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		l.Run(ctx) // leaves a request behind
		if end, err := l.Run(t.Context()); err != nil || end.State != "limited" || end.Page.Text != "Too many requests. Use a code." {
			t.Errorf("end = %+v, %v", end, err)
		}
	})
}

func TestPortalRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t)
		setUp(t, s)
		portal := &Portal{Server: origin, App: "rms", User: "ben", Password: "ben-demo-pass", Client: s.Client()}
		if _, _, err := portal.EnableCompanion(t.Context()); err == nil {
			t.Error("a device page without signing in")
		}
		if err := portal.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
		link, _, err := portal.EnableCompanion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := protocol.ParseLink(link)
		if err != nil {
			t.Fatal(err)
		}
		p := newPhone(t, s)
		p.register("evil", parsed.Token, "")
		if _, err := portal.ConfirmDevice(t.Context(), "phone-ben"); err == nil {
			t.Error("said yes to a device of another name")
		}
		if _, err := portal.RefuseDevice(t.Context(), "evil"); err != nil {
			t.Error(err)
		}
		if status := p.call(http.MethodGet, protocol.PathDevice, nil, nil); status != http.StatusForbidden {
			t.Errorf("refused device: %d, want 403", status)
		}
		if _, _, err := portal.AddDevice(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
