package approve

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"nod/vault"
)

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		act    Act
		number string
		want   State
		sent   Decision
		kind   vault.EventKind
	}{
		{Accept, "07", Accepted, Decision{Act: Accept, Number: "07"}, vault.EventAccepted},
		{Deny, "", Denied, Decision{Act: Deny, Reason: "cancelled"}, vault.EventDenied},
		{Report, "", Reported, Decision{Act: Report, Reason: "not_me"}, vault.EventReported},
		{Ignore, "", Ignored, Decision{Act: Ignore}, vault.EventIgnored},
	} {
		t.Run(string(c.act), func(t *testing.T) {
			inBubble(t, func(b *bench) {
				events, stop := b.watch()
				defer stop()
				b.srv.ask(newRequest("r-1"))
				b.only(b.latest(events))
				var with vault.Credential // none: refusing must be easier than accepting
				if c.act == Accept {
					with = pin()
				}
				out, err := b.in.Answer(b.Context(), "r-1", Decision{Act: c.act, Number: c.number}, with)
				if err != nil || out.State != c.want || out.AnsweredBy != "ana-laptop" || !out.At.Equal(time.Now()) {
					b.Fatalf("outcome = %+v, %v", out, err)
				}
				if len(b.srv.answers) != 1 || b.srv.answers[0] != c.sent {
					b.Errorf("sent %+v, want %+v", b.srv.answers, c.sent)
				}
				if hasKey := b.srv.keys[0] != nil; hasKey != (c.act == Accept) {
					b.Errorf("the driver got the approval key: %v", hasKey)
				}
				if r := b.only(b.latest(events)); r.State != c.want {
					b.Errorf("request = %+v", r)
				}
				b.wantHistory("r-1", c.kind)
			})
		})
	}
}

// TestKeyIsClosed: after the answer the approval key signs no more.
func TestKeyIsClosed(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-key"))
		if _, err := b.in.Answer(b.Context(), "r-key", Decision{Act: Accept, Number: "47"}, pin()); err != nil {
			b.Fatal(err)
		}
		if _, err := b.srv.keys[0].Sign([]byte("x")); err == nil {
			b.Error("the approval key still signs")
		}
	})
}

// TestNothingSent: what is wrong here does not reach the server.
func TestNothingSent(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-1"))
		b.fetched()
		for _, number := range []string{"", "7", "123", "4a", "\u0664\u0667", "-1"} {
			if _, err := b.in.Answer(b.Context(), "r-1", Decision{Act: Accept, Number: number}, pin()); !errIs(err, ErrNumberNeeded) {
				b.Errorf("number %q: error = %v, want ErrNumberNeeded", number, err)
			}
		}
		_, err := b.in.Answer(b.Context(), "r-1", Decision{Act: Accept, Number: "47"}, vault.PIN([]byte("111222")))
		if wrong, ok := errors.AsType[*vault.PINError](err); !ok || wrong.Left == 0 {
			b.Errorf("wrong PIN: error = %v", err)
		}
		if _, err := b.in.Answer(b.Context(), "r-none", Decision{Act: Deny}, vault.Credential{}); !errIs(err, ErrNoRequest) {
			b.Errorf("unknown request: error = %v", err)
		}
		if _, err := b.in.Answer(b.Context(), "r-1", Decision{Act: "yes"}, vault.Credential{}); err == nil {
			b.Error("an unknown act was taken")
		}
		if n := b.srv.sent(); n != 0 {
			b.Errorf("%d answers reached the server", n)
		}
		if r := b.only(b.fetched()); r.State != Waiting {
			b.Errorf("state = %s", r.State)
		}
		// The right PIN still works, and takes the count of wrong ones back.
		if _, err := b.in.Answer(b.Context(), "r-1", Decision{Act: Accept, Number: "47"}, pin()); err != nil {
			b.Error(err)
		}
	})
}

func TestNumberNotNeeded(t *testing.T) {
	inBubble(t, func(b *bench) {
		r := newRequest("r-plain")
		r.NumberNeeded = false
		b.srv.ask(r)
		if _, err := b.in.Answer(b.Context(), "r-plain", Decision{Act: Accept, Number: "99"}, pin()); err != nil {
			b.Fatal(err)
		}
		if b.srv.answers[0].Number != "" {
			b.Error("a number was sent that nobody asked for")
		}
	})
}

// TestAnswerErrors: what the server may say to an answer, and where it leaves the request.
func TestAnswerErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		out   Outcome
		after State
		kinds []vault.EventKind
	}{
		"unreachable":       {err: fmt.Errorf("answer: %w", ErrUnreachable), after: Waiting},
		"limited":           {err: &LimitedError{RetryAfter: time.Minute}, after: Waiting},
		"refused":           {err: ErrRefused, after: Waiting},
		"clock":             {err: ErrClock, after: Waiting},
		"number needed":     {err: ErrNumberNeeded, after: Waiting},
		"wrong number":      {err: ErrNumber, out: Outcome{State: Mismatch}, after: Mismatch, kinds: []vault.EventKind{vault.EventMismatch}},
		"expired":           {err: ErrExpired, after: Expired, kinds: []vault.EventKind{vault.EventExpired}},
		"unknown there":     {err: ErrNoRequest, after: Cancelled, kinds: []vault.EventKind{vault.EventElsewhere}},
		"another was first": {err: &AnsweredError{State: Denied, Device: "phone-ana"}, after: Denied, kinds: []vault.EventKind{vault.EventElsewhere}},
		"another was, too":  {err: &AnsweredError{State: Reported, Device: "phone-ana"}, after: Reported, kinds: []vault.EventKind{vault.EventElsewhere}},
		"revoked":           {err: ErrRevoked, after: Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				b.srv.ask(newRequest("r-err"))
				b.srv.onAnswer = func(Request, Decision) (Outcome, error) { return c.out, c.err }
				out, err := b.in.Answer(b.Context(), "r-err", Decision{Act: Report}, vault.Credential{})
				if !errIs(err, c.err) || out.State != c.out.State {
					b.Errorf("outcome %+v, error %v, want %v", out, err, c.err)
				}
				if r := b.only(b.in.event()); r.State != c.after {
					b.Errorf("state = %s, want %s", r.State, c.after)
				}
				b.wantHistory("r-err", c.kinds...)
				if d, err := b.v.Device(b.dev.ID); err != nil || (d.State == vault.DeviceRevoked) != (name == "revoked") {
					b.Errorf("device %+v, %v", d, err)
				}
				_, err = b.in.Answer(b.Context(), "r-err", Decision{Act: Deny}, vault.Credential{})
				answered, ok := errors.AsType[*AnsweredError](err)
				if wantsAnswered := c.after == Denied || c.after == Reported || c.after == Mismatch; ok != wantsAnswered || ok && answered.State != c.after {
					b.Errorf("a second answer: %v", err)
				}
			})
		})
	}
}

// TestLostReceipt: when the same answer had come through and only the receipt
// was lost, trying again tells of success.
func TestLostReceipt(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-lost"))
		b.srv.onAnswer = func(Request, Decision) (Outcome, error) { return Outcome{}, ErrUnreachable }
		if _, err := b.in.Answer(b.Context(), "r-lost", Decision{Act: Accept, Number: "47"}, pin()); !errIs(err, ErrUnreachable) {
			b.Fatalf("error = %v", err)
		}
		b.srv.onAnswer = func(Request, Decision) (Outcome, error) {
			return Outcome{}, &AnsweredError{State: Accepted, Device: "ana-laptop", At: time.Now()}
		}
		out, err := b.in.Answer(b.Context(), "r-lost", Decision{Act: Accept, Number: "47"}, pin())
		if err != nil || out.State != Accepted {
			b.Errorf("outcome %+v, %v", out, err)
		}
		b.wantHistory("r-lost", vault.EventAccepted)
	})
}

// TestIgnoreOffline: ignoring needs no server.
func TestIgnoreOffline(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-off"))
		b.fetched()
		b.srv.onAnswer = func(Request, Decision) (Outcome, error) { return Outcome{}, ErrUnreachable }
		out, err := b.in.Answer(b.Context(), "r-off", Decision{Act: Ignore}, vault.Credential{})
		if err != nil || out.State != Ignored {
			b.Errorf("outcome %+v, %v", out, err)
		}
		b.wantHistory("r-off", vault.EventIgnored)
	})
}

// TestPollDuringAnswer: a poll that sees the answer before its receipt comes
// neither loses nor doubles it.
func TestPollDuringAnswer(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-dur"))
		b.fetched()
		b.srv.onAnswer = func(r Request, d Decision) (Outcome, error) {
			b.srv.change(func(f *fakeServer) { f.waiting = nil }) // gone, and not yet listed as ended
			if r := b.only(b.fetched()); r.State != Waiting {
				b.Errorf("state while it is answered = %s", r.State)
			}
			b.srv.end("r-dur", Accepted, "ana-laptop")
			b.fetched()
			return Outcome{State: Accepted, AnsweredBy: "ana-laptop", At: time.Now()}, nil
		}
		out, err := b.in.Answer(b.Context(), "r-dur", Decision{Act: Accept, Number: "47"}, pin())
		if err != nil || out.State != Accepted {
			b.Errorf("outcome %+v, %v", out, err)
		}
		b.wantHistory("r-dur", vault.EventAccepted)
	})
}

// TestSameID: ids are the servers' own, and two servers may use the same one.
func TestSameID(t *testing.T) {
	inBubble(t, func(b *bench) {
		other := b.pair(vault.DeviceActive, "fake", "https://other.demo.test")
		b.srv.ask(newRequest("r-two")) // the fake server shows it to both
		if ev := b.fetched(); len(ev.Requests) != 2 {
			b.Fatalf("requests = %+v", ev.Requests)
		}
		if _, err := b.in.Answer(b.Context(), "r-two", Decision{Act: Deny}, vault.Credential{}); !errIs(err, ErrNoRequest) {
			b.Errorf("error = %v", err)
		}
		var device string
		b.srv.onAnswer = func(r Request, _ Decision) (Outcome, error) {
			device = r.Device
			return Outcome{State: Denied}, nil
		}
		if _, err := b.in.Answer(b.Context(), other.ID+"/r-two", Decision{Act: Deny}, vault.Credential{}); err != nil || device != other.ID {
			b.Errorf("answered for %q, %v", device, err)
		}
		if _, err := b.in.Answer(b.Context(), "r-two", Decision{Act: Deny}, vault.Credential{}); err != nil || device != b.dev.ID {
			b.Errorf("the one left: answered for %q, %v", device, err)
		}
	})
}

// TestHistoryFails: when the history can not be written the outcome is not
// lost, and the line is not either.
func TestHistoryFails(t *testing.T) {
	v, err := newVault(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	srv := newFakeServer("fake")
	d, err := v.AddDevice(vault.Device{Driver: "fake", Server: "https://nod.demo.test", Name: "ana-laptop", State: vault.DeviceActive}, vault.NewKeys())
	if err != nil {
		t.Fatal(err)
	}
	in := NewInbox(v, srv)
	srv.ask(newRequest("r-hist"))
	srv.onAnswer = func(Request, Decision) (Outcome, error) {
		v.Close() // as when the vault is locked right now
		return Outcome{State: Accepted, AnsweredBy: d.Name, At: time.Now()}, nil
	}
	out, err := in.Answer(t.Context(), "r-hist", Decision{Act: Accept, Number: "47"}, pin())
	if err != nil || out.State != Accepted {
		t.Errorf("outcome %+v, %v", out, err)
	}
	if ev := in.event(); !errIs(ev.Err, vault.ErrLocked) {
		t.Errorf("event error = %v, want ErrLocked", ev.Err)
	}
	if len(in.unsaved) != 1 || in.unsaved[0].Request != "r-hist" {
		t.Errorf("unsaved = %+v", in.unsaved)
	}
}
