package approve

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

func TestWatchShowsRequests(t *testing.T) {
	inBubble(t, func(b *bench) {
		events, stop := b.watch()
		defer stop()
		ev := b.latest(events)
		if len(ev.Requests) != 0 || len(ev.Servers) != 1 || !ev.Servers[0].Polling || !ev.Servers[0].Live {
			b.Errorf("at the start: %+v", ev)
		}
		if w, _ := b.srv.asked(); len(w) != 2 || w[0] != 0 || w[1] != longPoll {
			b.Errorf("waits = %v, want one without and then the long poll", w)
		}
		b.srv.ask(newRequest("r-1"))
		r := b.only(b.latest(events))
		if r.ID != "r-1" || r.State != Waiting || r.Device != b.dev.ID || r.Server != b.dev.Server || r.NumberNeeded != true {
			b.Errorf("request = %+v", r)
		}
		b.srv.ask(newRequest("r-2"), newRequest("r-3"))
		ev = b.latest(events)
		if got := ids(ev.Requests); got != "r-1 r-2 r-3" {
			b.Errorf("requests = %s", got)
		}
		if s := ev.Servers[0]; !s.Live || s.Err != nil || !s.LastAnswer.Equal(time.Now()) {
			b.Errorf("server = %+v", s)
		}
		b.srv.end("r-2", Denied, "phone-ana")
		ev = b.latest(events)
		if got := ids(ev.Requests); got != "r-1 r-3 r-2" {
			b.Errorf("requests = %s, want the ended one last", got)
		}
		if r := ev.Requests[2]; r.State != Denied || r.AnsweredBy != "phone-ana" || r.App != "RMS" {
			b.Errorf("ended request = %+v", r)
		}
		b.wantHistory("r-2", vault.EventElsewhere)
	})
}

func ids(requests []Request) (s string) {
	for i, r := range requests {
		if i > 0 {
			s += " "
		}
		s += r.ID
	}
	return s
}

// TestServerText: what a driver lets through is made safe once more, and the
// origin is that of the vault.
func TestServerText(t *testing.T) {
	inBubble(t, func(b *bench) {
		r := newRequest("r-text")
		r.App, r.Server, r.Device = "R\x1b[31mM\u202eS", "https://evil.demo.test", "d-EVIL00"
		r.Devices = []string{"phone\x07-ana"}
		b.srv.ask(r)
		got := b.only(b.fetched())
		if got.App != "RMS" || got.Server != b.dev.Server || got.Device != b.dev.ID || got.Devices[0] != "phone-ana" {
			b.Errorf("request = %+v", got)
		}
	})
}

func TestLocalExpiry(t *testing.T) {
	inBubble(t, func(b *bench) {
		events, stop := b.watch()
		defer stop()
		b.srv.ask(newRequest("r-out"))
		b.only(b.latest(events))
		b.srv.change(func(f *fakeServer) { f.err = ErrUnreachable }) // nobody will tell
		time.Sleep(2*time.Minute - time.Millisecond)
		if r := b.only(b.latest(events)); r.State != Waiting {
			b.Errorf("state before the end = %s", r.State)
		}
		time.Sleep(time.Millisecond)
		if r := b.only(b.latest(events)); r.State != Expired {
			b.Errorf("state at the end = %s", r.State)
		}
		b.wantHistory("r-out", vault.EventExpired)
		if _, err := b.in.Answer(b.Context(), "r-out", Decision{Act: Deny}, vault.Credential{}); err == nil {
			b.Error("an expired request was answered")
		}
		time.Sleep(59 * time.Minute)
		if ev := b.latest(events); len(ev.Requests) != 1 {
			b.Errorf("after 59 minutes: %v", ids(ev.Requests))
		}
		time.Sleep(2 * time.Minute)
		if ev := b.latest(events); len(ev.Requests) != 0 {
			b.Errorf("after an hour: %v", ids(ev.Requests))
		}
		b.wantHistory("r-out", vault.EventExpired)
	})
}

func TestSlowReceiver(t *testing.T) {
	inBubble(t, func(b *bench) {
		events, stop := b.watch()
		defer stop()
		for i := range 20 {
			b.srv.ask(newRequest(fmt.Sprintf("r-slow-%02d", i)))
			time.Sleep(time.Second)
		}
		if ev := b.latest(events); len(ev.Requests) != 20 {
			b.Errorf("the event that was waiting holds %d requests, want 20", len(ev.Requests))
		}
		select {
		case ev := <-events:
			b.Errorf("an older event came after the newest: %d requests", len(ev.Requests))
		default:
		}
	})
}

func TestWatchEnds(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.lag = time.Second
		ctx, cancel := context.WithCancel(b.Context())
		first, second := b.in.Watch(ctx), b.in.Watch(ctx) // the bubble finds what is left of either
		time.Sleep(time.Minute)
		cancel()
		for range first {
		}
		for range second {
		}
		if b.srv.open != 0 {
			b.Errorf("%d polls are still under way", b.srv.open)
		}
		before := len(b.srv.polls)
		time.Sleep(time.Hour)
		if len(b.srv.polls) != before {
			b.Error("polls go on")
		}
		if _, ok := <-first; ok {
			b.Error("the channel is not closed")
		}
	})
}

func TestDevicesComeAndGo(t *testing.T) {
	inBubble(t, func(b *bench) {
		events, stop := b.watch()
		defer stop()
		b.srv.ask(newRequest("r-gone"))
		b.only(b.latest(events))
		other := b.pair(vault.DeviceActive, "fake", "https://other.demo.test")
		if err := b.v.RemoveDevice(b.dev.ID); err != nil {
			b.Fatal(err)
		}
		time.Sleep(lookAround + time.Second)
		ev := b.latest(events)
		if len(ev.Servers) != 1 || ev.Servers[0].Device.ID != other.ID || !ev.Servers[0].Live {
			b.Errorf("servers = %+v", ev.Servers)
		}
		for _, r := range ev.Requests {
			if r.Device == b.dev.ID && r.State != Cancelled {
				b.Errorf("request of a pairing that is gone: %+v", r)
			}
		}
	})
}

func TestRevoked(t *testing.T) {
	inBubble(t, func(b *bench) {
		events, stop := b.watch()
		defer stop()
		b.srv.ask(newRequest("r-rev"))
		b.only(b.latest(events))
		b.srv.change(func(f *fakeServer) { f.err = fmt.Errorf("poll: %w", ErrRevoked) })
		ev := b.latest(events)
		if r := b.only(ev); r.State != Cancelled {
			b.Errorf("request = %+v", r)
		}
		if d, err := b.v.Device(b.dev.ID); err != nil || d.State != vault.DeviceRevoked {
			b.Errorf("device = %+v, %v", d, err)
		}
		if h := b.lastLine(b.dev.ID); h.Kind != vault.EventRevoked {
			b.Errorf("history = %+v", h)
		}
		if b.srv.open != 0 {
			b.Errorf("%d polls are still under way", b.srv.open)
		}
		before := len(b.srv.polls)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(b.srv.polls) != before {
			b.Errorf("%d polls after the device was revoked", len(b.srv.polls)-before)
		}
	})
}

func TestFetch(t *testing.T) {
	inBubble(t, func(b *bench) {
		down := newFakeServer("down")
		down.err = ErrUnreachable
		b.in = NewInbox(b.v, b.srv, down)
		b.pair(vault.DeviceActive, "down", "https://down.demo.test")
		b.pair(vault.DeviceRevoked, "down", "https://revoked.demo.test")
		b.srv.ask(newRequest("r-fetch"))
		ev, err := b.in.Fetch(b.Context())
		if b.only(ev).ID != "r-fetch" || !errIs(err, ErrUnreachable) {
			b.Errorf("event %+v, error %v", ev, err)
		}
		if len(down.polls) != 1 {
			b.Errorf("%d polls of the server that is down, want 1", len(down.polls))
		}
		if b.srv.waits[0] != 0 {
			b.Errorf("Fetch waited %v", b.srv.waits[0])
		}
	})
}

func TestUnknownDriver(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.pair(vault.DeviceActive, "another", "https://another.demo.test")
		events, stop := b.watch()
		defer stop()
		b.srv.ask(newRequest("r-known"))
		if ev := b.latest(events); len(ev.Servers) != 2 || b.only(ev).ID != "r-known" {
			b.Errorf("event = %+v", ev)
		}
	})
}
