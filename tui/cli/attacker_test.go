package cli_test

// This file: a paired vault, its server, and an attacker who reads and writes what
// goes between them. The attacks are in attack_test.go.

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/sim/simtest"
	"nod/tui/cli"
	"nod/vault"
	"nod/vault/vaulttest"
)

// attack is a paired vault and its server, with the traffic in an attacker's hands.
type attack struct {
	*testing.T
	demo   *simtest.Server
	origin string
	dir    string
	wire   *wire
}

// wire keeps the last answer that passed, and can swallow it.
type wire struct {
	mu      sync.Mutex
	answer  *http.Request
	body    []byte
	swallow bool
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/answer") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		defer w.mu.Unlock()
		w.answer, w.body = r.Clone(context.Background()), body
		if w.swallow {
			return nil, io.ErrUnexpectedEOF
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func newAttack(t *testing.T) *attack {
	demo := simtest.Listen(t)
	a := &attack{T: t, demo: demo, origin: demo.URL, dir: t.TempDir(), wire: &wire{}}
	if err := os.WriteFile(filepath.Join(a.dir, "pin"), []byte("4821"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.nod(0, "init")
	code, err := demo.RegistrationCode(t.Context(), "ana@demo.test")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		RemoteID string `json:"remote_id"`
	}
	a.json(a.nod(0, "pair", code, "--server", demo.URL, "--no-wait", "--json"), &d)
	if err := demo.Confirm(t.Context(), "ana@demo.test", d.RemoteID); err != nil {
		t.Fatal(err)
	}
	return a
}

// nod runs a command in this process and returns its standard output.
func (a *attack) nod(status int, args ...string) string {
	a.Helper()
	var stdout, stderr bytes.Buffer
	env := map[string]string{
		"XDG_DATA_HOME": filepath.Join(a.dir, "data"), "XDG_STATE_HOME": filepath.Join(a.dir, "state"),
		"NOD_PIN_FILE": filepath.Join(a.dir, "pin"), "NOD_TPM": "none", "NOD_KEYRING": "none",
	}
	got := cli.Run(a.Context(), cli.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: func(name string) string { return env[name] },
		Now: time.Now, Cost: vaulttest.Cost, HTTP: &http.Client{Transport: a.wire},
	}, args)
	if got != status {
		a.Fatalf("nod %s: status %d, want %d: %s", args[0], got, status, stderr.String())
	}
	return stdout.String()
}

func (a *attack) json(text string, into any) {
	a.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		a.Fatal(err)
	}
}

// login starts a sign-in and returns its request's id and number, too.
func (a *attack) login() (id, number string, login *simtest.Login) {
	a.Helper()
	login = a.demo.Login(a.T, "rms", "ana")
	number = login.Number()
	var r struct{ ID string }
	a.json(a.nod(0, "wait", "--json"), &r)
	return r.ID, number, login
}

// device opens the vault as a thief who knows the PIN could.
func (a *attack) device() (*vault.Vault, vault.Device, vault.Signer) {
	a.Helper()
	v, err := vault.Open(vault.Place{
		File: filepath.Join(a.dir, "data", "nod", "vault.nod"), State: filepath.Join(a.dir, "state", "nod"),
	}, vault.PIN([]byte("4821")))
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(v.Close)
	d := v.Devices()[0]
	transport, err := v.Transport(d.ID)
	if err != nil {
		a.Fatal(err)
	}
	return v, d, transport
}

// challenge asks the server for the challenge of a request, as the device does.
func (a *attack) challenge(id string, transport vault.Signer) string {
	a.Helper()
	var list protocol.RequestsAnswer
	status, text := a.send(http.MethodGet, protocol.PathRequests, nil, transport)
	if status != http.StatusOK {
		a.Fatalf("list requests: %d %s", status, text)
	}
	a.json(text, &list)
	for _, p := range list.Requests {
		if p.ID == id {
			return p.Challenge
		}
	}
	a.Fatalf("request %s is not there", id)
	return ""
}

// approval is a decision that says yes, signed with key.
func (a *attack) approval(id, challenge, number string, key protocol.Signer) []byte {
	a.Helper()
	hash := sha256.Sum256([]byte(challenge))
	jws, err := protocol.Decision{
		Issuer: protocol.Thumbprint(key.Public()), Audience: a.origin, Challenge: id,
		ChallengeHash: base64.RawURLEncoding.EncodeToString(hash[:]), Act: protocol.ActApprove, Number: number,
		IssuedAt: time.Now().Unix(), Expires: time.Now().Add(time.Minute).Unix(), ID: rand.Text(),
	}.Sign(key)
	if err != nil {
		a.Fatal(err)
	}
	return a.message(jws)
}

func (a *attack) message(jws string) []byte {
	body, err := json.Marshal(protocol.AnswerRequest{Decision: jws})
	if err != nil {
		a.Fatal(err)
	}
	return body
}

// send sends a device request signed with key, and returns status and answer.
func (a *attack) send(method, path string, body []byte, key protocol.Signer) (int, string) {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, a.origin+path, bytes.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if err := protocol.SignRequest(r, body, key, time.Now()); err != nil {
		a.Fatal(err)
	}
	return a.do(r)
}

func (a *attack) do(r *http.Request) (int, string) {
	a.Helper()
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		a.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		a.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// refused checks status and code of an answer.
func (a *attack) refused(what string, status int, text string, wantStatus int, wantCode string) {
	a.Helper()
	var e protocol.ErrorAnswer
	if json.Unmarshal([]byte(text), &e) != nil || status != wantStatus || e.Error.Code != wantCode {
		a.Errorf("%s: %d %s, want %d %s", what, status, text, wantStatus, wantCode)
	}
}

// audited counts the entries of a type whose detail has a text.
func (a *attack) audited(kind, detail string) (n int) {
	a.Helper()
	entries, err := a.demo.Audit(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	for _, e := range entries {
		if e.Type == kind && strings.Contains(e.Detail, detail) {
			n++
		}
	}
	return n
}

func answerPath(id string) string { return protocol.PathRequests + "/" + id + "/answer" }
