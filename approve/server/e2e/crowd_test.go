package e2e

// Many people with a device each, put into a server's database before it starts:
// for tests and benchmarks of load.

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const crowdPassword = "crowd-demo-pass"

// member is one of the crowd: a person and the device that they have paired.
type member struct {
	user, device        string
	transport, approval signer
}

// signer is a key that signs for package protocol.
type signer struct{ ed25519.PrivateKey }

func (s signer) Public() ed25519.PublicKey { return s.PrivateKey.Public().(ed25519.PublicKey) }

func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, message), nil }

func newSigner(t testing.TB) signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key}
}

// seed puts n people with a device each into the store at where. One cheap hash
// of one password serves all: these tests are not about passwords.
func seed(t testing.TB, where string, n int) []*member {
	t.Helper()
	s, err := store.Open(t.Context(), where, make([]byte, 32)) // nothing here writes the audit log
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	salt := []byte("0123456789abcdef")
	b64 := base64.RawStdEncoding
	hash := fmt.Sprintf("$argon2id$v=%d$m=64,t=1,p=1$%s$%s", argon2.Version, b64.EncodeToString(salt),
		b64.EncodeToString(argon2.IDKey([]byte(crowdPassword), salt, 1, 64, 1, 32)))
	members := make([]*member, n)
	now := time.Now().UnixMilli()
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		for i := range members {
			m := &member{user: fmt.Sprintf("p%d@demo.test", i), device: fmt.Sprintf("d-crowd%d", i), transport: newSigner(t), approval: newSigner(t)}
			members[i] = m
			id := fmt.Sprintf("u-crowd%d", i)
			if _, err := tx.AddUser(store.User{ID: id, Email: m.user, Login: fmt.Sprintf("p%d", i), Name: m.user, Password: hash, ConfirmedAt: now}); err != nil {
				return err
			}
			if err := errors.Join(tx.AddDevice(store.Device{
				ID: m.device, UserID: id, Profile: "rms", Name: "phone", Platform: "test", Simulated: true, KeyID: protocol.Thumbprint(m.transport.Public()),
				Transport: m.transport.Public(), Approval: m.approval.Public(), State: store.DeviceActive, Fallback: []byte{}, PairedAt: now, SeenAt: now,
			}), tx.SetTwoStep(store.TwoStep{UserID: id, Profile: "rms", On: true, Method: "companion"})); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return members
}

// call sends a signed request of m's device. A status of 0 means that no answer came.
func (m *member) call(ctx context.Context, client *http.Client, origin, method, path string, message, into any) (status int, code string, err error) {
	var body []byte
	if message != nil {
		if body, err = json.Marshal(message); err != nil {
			return 0, "", err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, origin+path, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if err := protocol.SignRequest(r, body, m.transport, time.Now()); err != nil {
		return 0, "", err
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", err
	}
	if answer.StatusCode >= 400 {
		var told protocol.ErrorAnswer
		err := json.Unmarshal(content, &told)
		return answer.StatusCode, told.Error.Code, err
	}
	if into != nil {
		err = json.Unmarshal(content, into)
	}
	return answer.StatusCode, "", err
}

// poll asks for what waits; it waits up to 25 s when what it sees is still after.
func (m *member) poll(ctx context.Context, client *http.Client, origin, after string) (protocol.RequestsAnswer, error) {
	var answer protocol.RequestsAnswer
	status, code, err := m.call(ctx, client, origin, http.MethodGet, protocol.PathRequests+"?wait=25&after="+url.QueryEscape(after), nil, &answer)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("poll: %d %s", status, code)
	}
	return answer, err
}

// accept answers a request with the number of its page.
func (m *member) accept(ctx context.Context, client *http.Client, origin string, r protocol.Pending, number string) (status int, code string, err error) {
	now := time.Now().Unix()
	decision, err := protocol.Decision{
		Issuer: protocol.Thumbprint(m.approval.Public()), Audience: origin, Challenge: r.ID, ChallengeHash: protocol.Hash(r.Challenge),
		Act: protocol.ActApprove, Number: number, IssuedAt: now, Expires: now + 60, ID: protocol.Nonce(),
	}.Sign(m.approval)
	if err != nil {
		return 0, "", err
	}
	return m.call(ctx, client, origin, http.MethodPost, protocol.PathRequests+"/"+r.ID+"/answer", protocol.AnswerRequest{Decision: decision}, nil)
}

// tab is a browser without a screen: cookies and forms.
type tab struct {
	client *http.Client
	origin string
	at     string // path of the page
	body   string
}

func newTab(t testing.TB, origin string) *tab {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &tab{client: &http.Client{Jar: jar, Timeout: patience}, origin: origin}
}

func (b *tab) read(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	b.at, b.body = answer.Request.URL.Path, string(content)
	return nil
}

func (b *tab) open(path string) error { return b.read(b.client.Get(b.origin + path)) }

var (
	csrfField   = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	numberField = regexp.MustCompile(`id="number">([0-9]{2})<`)
)

// signIn sends the sign-in form of the first site.
func (b *tab) signIn(user string) error {
	if err := b.open("/app/rms/login"); err != nil {
		return err
	}
	token := csrfField.FindStringSubmatch(b.body)
	if token == nil {
		return fmt.Errorf("no form at %s", b.at)
	}
	return b.read(b.client.PostForm(b.origin+"/app/rms/login", url.Values{"csrf": {token[1]}, "user": {user}, "password": {crowdPassword}}))
}

// number is the number to match on the page, "" for none.
func (b *tab) number() string {
	if found := numberField.FindStringSubmatch(b.body); found != nil {
		return found[1]
	}
	return ""
}

// shown is the start of the page, for messages.
func (b *tab) shown() string {
	text := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(b.body, " ")), " ")
	return b.at + ": " + text[:min(len(text), 300)]
}
