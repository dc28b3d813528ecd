// Package simtest gives a Go test a whole sign-in: a demo server, phones that
// answer by themselves and people in the browser. It is the only package that puts
// package sim and the reference server together; programs do not import it.
//
//	srv := simtest.NewServer(t)
//	srv.Phone(t, "ana", sim.Accept())
//	srv.Login(t, "rms", "ana").WantSignedIn()
package simtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve/server"
	"nod/approve/sim"
)

// Server is a demo server with its sample people. The test ends it.
type Server struct {
	*server.Server
	// URL is the server's origin.
	URL string
	// Clock is the server's.
	Clock Clock

	client *http.Client

	mu     sync.Mutex
	phones map[string]int // by person
}

// NewServer starts a server in this process. Only its Client reaches it: there is
// no network in between, so that it also runs on the clock of a synctest bubble.
// A change changes its configuration before it starts.
func NewServer(t testing.TB, change ...func(*server.Config)) *Server {
	t.Helper()
	s := open(t, "http://127.0.0.1:8420", change)
	s.use(t, s.Server.Client())
	return s
}

// Listen starts a server at a free port of the loopback, for tests with other
// programs.
func Listen(t testing.TB, change ...func(*server.Config)) *Server {
	t.Helper()
	web := httptest.NewUnstartedServer(nil)
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	s := open(t, "http://"+web.Listener.Addr().String(), change)
	web.Config.Handler = s.Server
	web.Start()
	s.use(t, web.Client())
	return s
}

func open(t testing.TB, origin string, change []func(*server.Config)) *Server {
	t.Helper()
	c := server.Config{Data: t.TempDir(), Origin: origin, Demo: true}
	for _, f := range change {
		f(&c)
	}
	demo, err := server.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = demo.Close() }) // phones and people have left before: they came later
	return &Server{Server: demo, URL: origin, phones: map[string]int{}}
}

func (s *Server) use(t testing.TB, client *http.Client) {
	s.client, s.Clock = client, Clock{t, s.URL, client}
}

// Client returns a client that reaches the server.
func (s *Server) Client() *http.Client { return s.client }

// Person returns a sample person by address or by what is before the @.
func Person(t testing.TB, user string) server.Person {
	t.Helper()
	for _, p := range server.People() {
		local, _, _ := strings.Cut(p.Email, "@")
		if strings.EqualFold(user, p.Email) || strings.EqualFold(user, local) {
			return p
		}
	}
	t.Fatalf("%q is none of the sample people", user)
	return server.Person{}
}

// NewPhone returns a phone that is not paired yet. It looks numbers up at the server.
func (s *Server) NewPhone(do ...sim.Behaviour) *sim.Phone {
	return &sim.Phone{Client: s.client, Do: do, Number: sim.DevNumber(s.URL, s.client)}
}

// Phone pairs a phone with the account of user, whose 2-step verification that
// switches on, and runs it until the test ends. The first one is called
// phone-ana, the next phone-ana-2.
func (s *Server) Phone(t testing.TB, user string, do ...sim.Behaviour) *sim.Phone {
	t.Helper()
	p := s.NewPhone(do...)
	s.Pair(t, p, user)
	Run(t, p)
	return p
}

// Pair pairs p with the account of user, and plays the person who says yes.
func (s *Server) Pair(t testing.TB, p *sim.Phone, user string) {
	t.Helper()
	email := Person(t, user).Email
	local, _, _ := strings.Cut(email, "@")
	s.mu.Lock()
	s.phones[email]++
	name := "phone-" + local
	if n := s.phones[email]; n > 1 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	s.mu.Unlock()
	code, err := s.RegistrationCode(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Pair(t.Context(), s.URL, code, name); err != nil {
		t.Fatal(err)
	}
	if err := s.Confirm(t.Context(), email, p.ID()); err != nil {
		t.Fatal(err)
	}
	if err := p.Confirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Clock is a server's clock.
type Clock struct {
	t      testing.TB
	origin string
	client *http.Client
}

// Advance moves the clock forward, and wakes whoever waits for it.
func (c Clock) Advance(d time.Duration) {
	c.t.Helper()
	body, err := json.Marshal(map[string]string{"advance": d.String()})
	if err != nil {
		c.t.Fatal(err)
	}
	answer, err := c.client.Post(c.origin+"/dev/clock", "application/json", bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		c.t.Fatalf("move the clock: %s", answer.Status)
	}
}
