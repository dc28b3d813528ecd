package simtest

// What goes on in the background of a test: people who sign in, phones at work.

import (
	"context"
	"testing"

	"nod/approve/sim"
)

// Run lets p poll and answer until the test ends. The server must not have
// forgotten it by then.
func Run(t testing.TB, p *sim.Phone) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx); close(ended) }()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", p.Name(), err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// Login is a person in the browser who signs in and waits.
type Login struct {
	t      testing.TB
	number chan string // the first one
	ended  chan struct{}
	end    sim.End // once ended is closed
	err    error
}

// Login opens a browser that signs in at app as user and waits for an answer.
func (s *Server) Login(t testing.TB, app, user string) *Login {
	t.Helper()
	person := Person(t, user)
	ctx, cancel := context.WithCancel(t.Context())
	l := &Login{t: t, number: make(chan string, 1), ended: make(chan struct{})}
	browser := sim.Login{
		Server: s.URL, App: app, User: person.Email, Password: person.Password, Client: s.client,
		Page: func(p sim.Page) {
			if p.Number == "" {
				return
			}
			select {
			case l.number <- p.Number:
			default: // told already
			}
		},
	}
	go func() {
		defer close(l.ended)
		l.end, l.err = browser.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-l.ended })
	return l
}

// Number waits until the page shows a number, and returns it. It can be read once.
// A phone that accepts at once may leave no page that shows one.
func (l *Login) Number() string {
	l.t.Helper()
	select {
	case number := <-l.number:
		return number
	case <-l.ended:
		l.t.Fatalf("the sign-in ended (%s) before its page showed a number", l.end.State)
		return ""
	}
}

// End waits for the end of the sign-in, and returns it.
func (l *Login) End() sim.End {
	l.t.Helper()
	<-l.ended
	if l.err != nil {
		l.t.Fatal(l.err)
	}
	return l.end
}

// Want waits for the end of the sign-in, which must be in that state.
func (l *Login) Want(state string) {
	l.t.Helper()
	if end := l.End(); end.State != state {
		l.t.Fatalf("the sign-in ended %s (%s), want %s", end.State, end.Page.Text, state)
	}
}

// WantSignedIn waits for the end of the sign-in, which must have succeeded.
func (l *Login) WantSignedIn() {
	l.t.Helper()
	l.Want("signed_in")
}
