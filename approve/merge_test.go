package approve

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"nod/vault"
)

func errIs(err, target error) bool { return errors.Is(err, target) }

// TestOtherContent: a known id with another challenge is not believed.
func TestOtherContent(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-same"))
		b.fetched()
		b.srv.change(func(f *fakeServer) {
			f.waiting[0].Challenge = []byte("another")
			f.waiting[0].App = "Bank"
		})
		ev := b.fetched()
		if r := b.only(ev); r.App != "RMS" || string(r.Challenge) != "challenge of r-same" {
			b.Errorf("request = %+v", r)
		}
		if ev.Servers[0].Dropped != 1 {
			b.Errorf("dropped = %d, want 1", ev.Servers[0].Dropped)
		}
		b.srv.change(func(f *fakeServer) { f.dropped = 2 })
		if ev := b.fetched(); ev.Servers[0].Dropped != 4 {
			b.Errorf("dropped = %d, want 1 + 2 of the driver + 1 again", ev.Servers[0].Dropped)
		}
	})
}

// TestReplay: what was answered once is never shown again, not even by an inbox
// that starts later.
func TestReplay(t *testing.T) {
	inBubble(t, func(b *bench) {
		again := newRequest("r-again")
		b.srv.ask(again)
		b.fetched()
		if _, err := b.in.Answer(b.Context(), "r-again", Decision{Act: Deny}, vault.Credential{}); err != nil {
			b.Fatal(err)
		}
		b.srv.change(func(f *fakeServer) { f.waiting, f.ended = []Request{again}, nil })
		if r := b.only(b.fetched()); r.State != Denied {
			b.Errorf("state = %s", r.State)
		}
		b.in = NewInbox(b.v, b.srv)
		if ev := b.fetched(); len(ev.Requests) != 0 {
			b.Errorf("shown again: %+v", ev.Requests)
		}
		if _, err := b.in.Answer(b.Context(), "r-again", Decision{Act: Accept, Number: "47"}, pin()); !errIs(err, ErrNoRequest) {
			b.Errorf("error = %v, want ErrNoRequest", err)
		}
		b.wantHistory("r-again", vault.EventDenied)
		if n := b.srv.sent(); n != 1 {
			b.Errorf("%d answers sent, want 1", n)
		}
	})
}

// TestIgnoredStaysIgnored: another process of the same vault sees what was ignored.
func TestIgnoredStaysIgnored(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-ign"))
		b.fetched()
		out, err := b.in.Answer(b.Context(), "r-ign", Decision{Act: Ignore}, vault.Credential{})
		if err != nil || out.State != Ignored {
			b.Fatalf("outcome %+v, %v", out, err)
		}
		b.in = NewInbox(b.v, b.srv)
		if r := b.only(b.fetched()); r.State != Ignored {
			b.Errorf("state = %s", r.State)
		}
		// It can be answered after all.
		out, err = b.in.Answer(b.Context(), "r-ign", Decision{Act: Accept, Number: "07"}, pin())
		if err != nil || out.State != Accepted {
			b.Errorf("outcome %+v, %v", out, err)
		}
		b.wantHistory("r-ign", vault.EventIgnored, vault.EventAccepted)
	})
}

// TestEnds: how a request can end without this device, and what is noted.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		state State
		by    string
		kind  vault.EventKind
		text  string
	}{
		{Accepted, "phone-ana", vault.EventElsewhere, "accepted on phone-ana"},
		{Reported, "phone-ana", vault.EventElsewhere, "reported on phone-ana"},
		{Mismatch, "phone-ana", vault.EventElsewhere, "number mismatch on phone-ana"},
		{Accepted, "ana-laptop", vault.EventAccepted, ""}, // by another process of this vault
		{Expired, "", vault.EventExpired, ""},
		{Cancelled, "", vault.EventElsewhere, "no longer waiting at the server"},
	} {
		t.Run(string(c.state)+" "+c.by, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				b.srv.ask(newRequest("r-end"))
				b.fetched()
				b.srv.end("r-end", c.state, c.by)
				b.fetched()
				r := b.only(b.fetched()) // the server lists it again and again
				if r.State != c.state || r.AnsweredBy != c.by {
					b.Errorf("request = %+v", r)
				}
				b.wantHistory("r-end", c.kind)
				h := b.lastLine(b.dev.ID)
				if h.Detail != c.text || h.Subject != "RMS" || h.Account != "ana@demo.test" || h.IP != "192.0.2.10" || h.Place != "Vilnius, LT" {
					b.Errorf("history = %+v", h)
				}
				// A second inbox, such as the agent's, does not note it twice.
				twin := NewInbox(b.v, b.srv)
				twin.entries = []*entry{{Request: newRequest("r-end"), arrival: 1}}
				twin.entries[0].Device = b.dev.ID
				if _, err := twin.Fetch(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.wantHistory("r-end", c.kind)
			})
		})
	}
}

// TestVanished: a server without a list of what ended just leaves it out.
func TestVanished(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-van"))
		b.fetched()
		b.srv.change(func(f *fakeServer) { f.waiting = nil })
		if r := b.only(b.fetched()); r.State != Cancelled {
			b.Errorf("state = %s", r.State)
		}
		b.wantHistory("r-van", vault.EventElsewhere)
	})
}

// TestOldPoll: a poll that began before a request arrived does not end it.
func TestOldPoll(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.ask(newRequest("r-new"))
		mark := b.in.arrivals
		b.fetched()
		b.in.merge(b.dev, Batch{}, mark)
		if r := b.only(b.in.event()); r.State != Waiting {
			b.Errorf("state = %s", r.State)
		}
	})
}

func TestFlood(t *testing.T) {
	inBubble(t, func(b *bench) {
		for i := range maxWaiting + 30 {
			b.srv.ask(newRequest(fmt.Sprintf("r-%d", i)))
		}
		ev := b.fetched()
		if len(ev.Requests) != maxWaiting || ev.Servers[0].Dropped != 30 {
			b.Errorf("%d requests, %d dropped", len(ev.Requests), ev.Servers[0].Dropped)
		}
	})
}

func TestDeadOnArrival(t *testing.T) {
	inBubble(t, func(b *bench) {
		r := newRequest("r-dead")
		r.ExpiresAt = time.Now()
		b.srv.ask(r)
		if ev := b.fetched(); len(ev.Requests) != 0 {
			b.Errorf("requests = %+v", ev.Requests)
		}
	})
}

// TestEventIsACopy: a receiver may do with an event what it likes.
func TestEventIsACopy(t *testing.T) {
	inBubble(t, func(b *bench) {
		r := newRequest("r-copy")
		r.Devices = []string{"phone-ana"}
		b.srv.ask(r)
		ev := b.fetched()
		ev.Requests[0].Devices[0], ev.Requests[0].Challenge[0] = "x", 'x'
		if r := b.only(b.in.event()); r.Devices[0] != "phone-ana" || r.Challenge[0] != 'c' {
			b.Errorf("request = %+v", r)
		}
	})
}
