package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
)

// postOffice is a server that delivers to a real mail server.
func postOffice(t *testing.T) (*bench, *mailServer, *[]string) {
	m := startMail(t, TLSStart, "nod", "right-nod")
	lines := &[]string{}
	b := newBench(t, func(c *Config) {
		c.Mail = &m.SMTP
		c.Log = func(format string, args ...any) { *lines = append(*lines, fmt.Sprintf(format, args...)) }
	})
	return b, m, lines
}

// post puts a mail into the outbox and returns it as it is after one round.
func (b *bench) post(to, subject, body string) store.Mail {
	b.t.Helper()
	b.update(func(tx *store.Tx) error { return b.mail(tx, to, subject, body) })
	return b.round()
}

// round delivers what is due and returns the newest mail.
func (b *bench) round() store.Mail {
	b.t.Helper()
	if err := b.sendDueMails(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return b.outbox()[0]
}

func TestDelivered(t *testing.T) {
	b, server, lines := postOffice(t)
	m := b.post("ana@demo.test", "Your code for nod", "Your code is 482913. It works for 10 minutes.")
	if m.State != store.MailSent || m.Tries != 1 || m.Body != "" {
		t.Errorf("the mail is %s after %d tries with body %q, want sent, 1 and none", m.State, m.Tries, m.Body)
	}
	if got := server.next(t); !strings.Contains(got.Text, "482913") || got.To[0] != "ana@demo.test" {
		t.Errorf("the server took %+v", got)
	}
	if again := b.round(); again != m {
		t.Errorf("a second round changed it to %+v", again)
	}
	if all := strings.Join(*lines, "\n"); strings.Contains(all, "482913") {
		t.Errorf("the log holds the code:\n%s", all)
	}
}

func TestDeliveryRefused(t *testing.T) {
	b, _, lines := postOffice(t)
	for _, c := range []struct{ to, problem string }{
		{"nobody@demo.test", "recipient: 550 5.1.1 there is no such person"},
		{"quote@demo.test", "text: 554 5.7.1 not taken: Your code is ... and https://127.0.0.1/invite/..."},
		{"not an address", "the recipient is not an e-mail address"},
	} {
		m := b.post(c.to, "x", "Your code is 482913 and https://127.0.0.1/invite/dGhlIHRva2VuIGl0c2")
		if m.State != store.MailFailed || m.Tries != 1 {
			t.Errorf("%s: the mail is %s after %d tries, want failed at once", c.to, m.State, m.Tries)
		}
		if m.Problem != c.problem {
			t.Errorf("%s: problem %q, want %q", c.to, m.Problem, c.problem)
		}
	}
	if all := strings.Join(*lines, "\n"); strings.Contains(all, "482913") || strings.Contains(all, "dGhl") {
		t.Errorf("the log holds what the mails said:\n%s", all)
	}
}

// What the server does not take now is tried again, ever less often, for an hour.
func TestDeliveryAgain(t *testing.T) {
	b, _, _ := postOffice(t)
	m := b.post("later@demo.test", "x", "y")
	start, wait := b.now(), time.Duration(0)
	for m.State == store.MailQueued {
		next := fromMillis(m.NextAt)
		if next.Sub(b.now()) < wait || m.Problem != "recipient: 451 4.7.1 come back later" {
			t.Fatalf("try %d: again after %v, before after %v; %q", m.Tries, next.Sub(b.now()), wait, m.Problem)
		}
		wait = next.Sub(b.now())
		if early := b.round(); early != m {
			t.Fatalf("it was tried before its time: %+v", early)
		}
		b.advance(wait)
		m = b.round()
	}
	if m.State != store.MailFailed || m.Tries < 5 || b.now().Sub(start) > deliverLife {
		t.Errorf("%s after %d tries and %v, want failed after some tries within %v", m.State, m.Tries, b.now().Sub(start), deliverLife)
	}
}

// A wrong password of ours is no fault of the mail: it is tried again.
func TestDeliveryWrongPassword(t *testing.T) {
	b, server, _ := postOffice(t)
	server.Password = "wrong"
	m := b.post("ana@demo.test", "x", "y")
	if m.State != store.MailQueued || !strings.HasPrefix(m.Problem, "sign in: 535") {
		t.Errorf("the mail is %s: %q, want queued after a 535", m.State, m.Problem)
	}
	server.Password = "right-nod"
	b.advance(deliverAgain[0])
	if m = b.round(); m.State != store.MailSent {
		t.Errorf("the mail is %s: %q, want sent", m.State, m.Problem)
	}
}

// Two processes over one store send a mail once.
func TestDeliveredOnce(t *testing.T) {
	b, server, _ := postOffice(t)
	b.update(func(tx *store.Tx) error { return b.mail(tx, "ana@demo.test", "one", "y") })
	m := b.outbox()[0]
	const workers = 4
	failed := make(chan error, workers)
	for range workers {
		go func() { failed <- b.deliver(t.Context(), m) }()
	}
	for range workers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	b.post("ana@demo.test", "two", "y")
	for _, want := range []string{"Subject: one", "Subject: two"} {
		if got := server.next(t); !strings.Contains(got.Text, want) {
			t.Errorf("got %q, want %q", got.Text, want)
		}
	}
}

// Work delivers by itself and ends when the server stops.
func TestWork(t *testing.T) {
	b, server, _ := postOffice(t)
	b.update(func(tx *store.Tx) error { return b.mail(tx, "ana@demo.test", "one", "y") })
	done := make(chan struct{})
	go func() { b.Work(t.Context()); close(done) }()
	if got := server.next(t); !strings.Contains(got.Text, "Subject: one") {
		t.Errorf("got %q", got.Text)
	}
	b.Stop()
	<-done
	if m := b.outbox()[0]; m.State != store.MailSent {
		t.Errorf("the mail that was taken is %s, want sent", m.State)
	}
}

// Without a mail server everything stays in the outbox to be read.
func TestMailKept(t *testing.T) {
	b := newBench(t)
	if m := b.post("ana@demo.test", "x", "y"); m.State != store.MailKept || m.Body != "y" {
		t.Errorf("the mail is %s with %q, want kept as it is", m.State, m.Body)
	}
}
