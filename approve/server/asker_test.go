package server

// An app under the control of a test.

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// asker is an app of someone else under a test's control.
type asker struct {
	b          *bench
	id, secret string
	key        string // of its webhooks
}

// asker makes an app at the first profile; webhook may be "".
func (b *bench) asker(name, webhook string) *asker {
	b.t.Helper()
	c := &asker{b: b}
	b.update(func(tx *store.Tx) error {
		a, secrets, err := b.newApp(tx, newAppForm{Name: name, Profile: firstProfile().Name}, doer{Name: "test"})
		if err != nil {
			return err
		}
		c.id, c.secret, c.key, a.Webhook = a.ID, secrets.Secret, newToken(), webhook
		a.WebhookKey = b.keys.seal([]byte(c.key), webhookContext(a))
		return tx.SetApp(a)
	})
	return c
}

// call makes a call and reads its answer into into, or the error.
func (c *asker) call(method, path string, message, into any) (int, protocol.Error) {
	c.b.t.Helper()
	return c.as(c.id+"."+c.secret, method, path, message, into)
}

// as makes a call with credentials of any kind.
func (c *asker) as(credentials, method, path string, message, into any) (int, protocol.Error) {
	c.b.t.Helper()
	body, ok := message.(string)
	if text, err := json.Marshal(message); !ok && message != nil && err == nil {
		body = string(text)
	}
	r, err := http.NewRequestWithContext(c.b.t.Context(), method, testOrigin+path, strings.NewReader(body))
	if err != nil {
		c.b.t.Fatal(err)
	}
	if credentials != "" {
		r.Header.Set("Authorization", "Bearer "+credentials)
	}
	return c.b.phone("").send(r, into)
}

type object map[string]any

// start asks for ana and fails the test when that is refused.
func (c *asker) start(more object) authStarted {
	c.b.t.Helper()
	message := object{"user": "ana@demo.test", "ip": "192.0.2.10", "browser": "Firefox 145", "os": "Linux"}
	for name, value := range more {
		message[name] = value
	}
	var started authStarted
	if status, e := c.call(http.MethodPost, "/v1/auth", message, &started); status != http.StatusCreated {
		c.b.t.Fatalf("start: %d %+v", status, e)
	}
	return started
}

// stands is how a request stands.
func (c *asker) stands(id string) authAnswer {
	c.b.t.Helper()
	var answer authAnswer
	if status, e := c.call(http.MethodGet, "/v1/auth/"+id, nil, &answer); status != http.StatusOK {
		c.b.t.Fatalf("state: %d %+v", status, e)
	}
	return answer
}

func (p *phone) challenge(q protocol.Pending) protocol.Challenge {
	p.b.t.Helper()
	c, err := protocol.VerifyChallenge(q.Challenge, p.b.public(), testOrigin, protocol.Thumbprint(p.transport.Public()), p.b.now())
	if err != nil {
		p.b.t.Fatal(err)
	}
	return c
}

// readAll reads a body for a test's own server.
func readAll(r *http.Request) []byte {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	return bytes.TrimSpace(body)
}
