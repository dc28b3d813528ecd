package e2e

// A server that is killed in the middle of sign-ins: what was accepted stays
// accepted, and nothing is accepted twice.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const (
	killedLogins = 200
	killEvery    = 30 // logins
)

// freeAddress is an address of this machine that nothing listens at.
func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until calls do until it gives no error: connections break when a server dies.
func until(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		select {
		case <-time.After(20 * time.Millisecond): // let the server come back
		case <-ctx.Done():
		}
	}
}

func TestKilledServer(t *testing.T) {
	for name, shared := range map[string]bool{"sqlite": false, "postgres": true} {
		t.Run(name, func(t *testing.T) { killAndSignIn(t, shared) })
	}
}

// front keeps an address while the server behind it is started anew: a port that nobody
// holds meanwhile may be somebody else's then.
type front struct {
	net.Listener
	server atomic.Pointer[string] // its address, nil when there is none
}

func newFront(t testing.TB) *front {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{Listener: l}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go f.carry(client)
		}
	}()
	return f
}

// carry is one connection; it breaks when the server dies.
func (f *front) carry(client net.Conn) {
	defer client.Close()
	address := f.server.Load()
	if address == nil {
		return
	}
	server, err := net.Dial("tcp", *address)
	if err != nil {
		return
	}
	go func() {
		defer server.Close()
		io.Copy(server, client)
	}()
	io.Copy(client, server)
}

func killAndSignIn(t *testing.T, shared bool) {
	front := newFront(t)
	p := newPlace(t, "http://"+front.Addr().String(), shared)
	members := seed(t, p.store, killedLogins)
	server := p.run("127.0.0.1:0")
	address := server.address
	front.server.Store(&address)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	queue, finished := make(chan *member), make(chan struct{}, killedLogins)
	var people sync.WaitGroup
	for range 8 {
		people.Go(func() {
			for m := range queue {
				if err := signInThroughKills(ctx, t, p.origin, m); err != nil {
					t.Errorf("%s: %v", m.user, err)
				}
				finished <- struct{}{}
			}
		})
	}
	go func() {
		defer close(queue)
		for _, m := range members {
			queue <- m
		}
	}()
	kills := 0
	for i := range killedLogins {
		<-finished
		if (i+1)%killEvery == 0 {
			front.server.Store(nil)
			server.end(os.Kill)
			p.start(server, "127.0.0.1:0")
			address := server.address
			front.server.Store(&address)
			kills++
		}
	}
	people.Wait()
	server.end(os.Kill)
	t.Logf("%d sign-ins, %d kills", killedLogins, kills)
	checkVerdicts(t, p.store)
	p.verified()
}

// signInThroughKills signs a member in, and asks again whenever the connection
// breaks. It fails when an accepted request does not sign in, or can be accepted
// a second time.
func signInThroughKills(ctx context.Context, t *testing.T, origin string, m *member) error {
	browser := newTab(t, origin)
	client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
	defer client.CloseIdleConnections()
	if err := until(ctx, func() error {
		if err := browser.signIn(m.user); err != nil {
			return err
		}
		if browser.number() == "" { // the answer to the form was lost: its request waits, and the next is too soon
			if err := browser.open("/login/wait"); err != nil {
				return err
			}
			if browser.number() == "" {
				return fmt.Errorf("no number at %s", browser.shown())
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	var pending protocol.Pending
	if err := until(ctx, func() error {
		answer, err := m.poll(ctx, client, origin, "")
		if err == nil && len(answer.Requests) == 0 {
			err = errors.New("nothing waits")
		}
		if err == nil {
			pending = answer.Requests[len(answer.Requests)-1]
		}
		return err
	}); err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	number := browser.number()
	if err := until(ctx, func() error {
		status, code, err := m.accept(ctx, client, origin, pending, number)
		switch {
		case err != nil:
			return err
		case status == http.StatusOK, code == protocol.CodeAnswered: // the first answer was lost on its way back
			return nil
		}
		return fmt.Errorf("accept: %d %s", status, code)
	}); err != nil {
		return err
	}
	if err := until(ctx, func() error {
		status, code, err := m.accept(ctx, client, origin, pending, number)
		if err == nil && code != protocol.CodeAnswered {
			t.Errorf("%s: accepted twice: %d %s", m.user, status, code)
		}
		return err
	}); err != nil {
		return fmt.Errorf("accept again: %w", err)
	}
	cut := false
	return until(ctx, func() error {
		if err := browser.open("/login/wait"); err != nil {
			cut = true
			return err
		}
		if cut && browser.at == "/app/rms/login" {
			return nil // signed in, as the audit log must say, but the cookie was lost with the answer
		}
		if browser.at != "/app/rms" {
			return fmt.Errorf("accepted, but at %s", browser.shown())
		}
		return nil
	})
}

// checkVerdicts looks into the audit log: each request was accepted once.
func checkVerdicts(t *testing.T, where string) {
	t.Helper()
	s, err := store.Open(t.Context(), where, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	accepted, signedIn := map[string]int{}, map[string]int{}
	if err := s.View(t.Context(), func(tx *store.Tx) error {
		entries, err := tx.Audit()
		for _, e := range entries {
			switch {
			case e.Type == "request.answered" && e.Detail == store.Accepted:
				accepted[e.Subject]++
			case e.Type == "login.signed_in":
				signedIn[e.Subject]++
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(accepted) != killedLogins || len(signedIn) != killedLogins {
		t.Errorf("%d requests accepted, %d people signed in, want %d", len(accepted), len(signedIn), killedLogins)
	}
	for id, n := range accepted {
		if n != 1 {
			t.Errorf("request %s was accepted %d times", id, n)
		}
	}
}
