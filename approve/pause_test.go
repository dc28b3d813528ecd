package approve

import (
	"context"
	"errors"
	"testing"
	"time"

	"nod/vault"
)

// fakePauser is a fakeServer that can be asked for quiet.
type fakePauser struct {
	*fakeServer
	pause Pause
	fail  error
	lag   time.Duration // of Status
}

func (f *fakePauser) Pause(_ context.Context, _ Device, length time.Duration) (Pause, error) {
	if f.fail != nil {
		return Pause{}, f.fail
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pause = Pause{}
	if length > 0 {
		f.pause = Pause{Until: time.Now().Add(length), Why: PauseDevice}
	}
	return f.pause, nil
}

func (f *fakePauser) Status(ctx context.Context, d Device) (Status, error) {
	s, err := f.fakeServer.Status(ctx, d)
	f.mu.Lock()
	s.Pause = f.pause
	f.mu.Unlock()
	time.Sleep(f.lag)
	return s, err
}

func TestPause(t *testing.T) {
	inBubble(t, func(b *bench) {
		srv := &fakePauser{fakeServer: b.srv}
		b.in = NewInbox(b.v, srv)
		events, stop := b.watch()
		defer stop()
		b.latest(events)

		want := time.Now().Add(time.Hour)
		p, err := b.in.Pause(b.Context(), b.dev.ID, time.Hour)
		if err != nil || !p.Until.Equal(want) || !p.On(time.Now()) || p.On(want) {
			t.Errorf("pause %+v, %v", p, err)
		}
		if got := b.latest(events).Servers[0].Pause; got != p {
			t.Errorf("the event has %+v, want %+v", got, p)
		}
		if p, err = b.in.Resume(b.Context(), b.dev.ID); err != nil || p != (Pause{}) {
			t.Errorf("resume %+v, %v", p, err)
		}
		if got := b.latest(events).Servers[0].Pause; got != p {
			t.Errorf("the event has %+v after resuming", got)
		}

		// What another device asked for comes with the status.
		srv.pause = Pause{Until: want, Why: PauseReport}
		if _, err := b.in.Status(b.Context(), b.dev.ID); err != nil {
			t.Error(err)
		}
		if got := b.latest(events).Servers[0].Pause; got != srv.pause {
			t.Errorf("the event has %+v, want %+v", got, srv.pause)
		}
	})
}

// A status that comes late does not undo what is known of a pause.
func TestPauseOvertakesStatus(t *testing.T) {
	inBubble(t, func(b *bench) {
		srv := &fakePauser{fakeServer: b.srv, lag: time.Second}
		b.in = NewInbox(b.v, srv)
		done := make(chan error)
		go func() {
			_, err := b.in.Status(b.Context(), b.dev.ID)
			done <- err
		}()
		time.Sleep(time.Millisecond)
		p, err := b.in.Pause(b.Context(), b.dev.ID, time.Hour)
		if err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := b.fetched().Servers[0].Pause; got != p {
			t.Errorf("pause = %+v, want %+v", got, p)
		}
	})
}

func TestPauseErrors(t *testing.T) {
	inBubble(t, func(b *bench) {
		if _, err := b.in.Pause(b.Context(), b.dev.ID, time.Hour); !errors.Is(err, ErrNoPause) {
			t.Errorf("a driver that can not pause: %v", err)
		}
		srv := &fakePauser{fakeServer: b.srv}
		b.in = NewInbox(b.v, srv)
		for _, length := range []time.Duration{0, -time.Second, MaxPause + 1} {
			if _, err := b.in.Pause(b.Context(), b.dev.ID, length); err == nil {
				t.Errorf("paused for %s", length)
			}
		}
		if _, err := b.in.Pause(b.Context(), "d-none", time.Hour); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("no such pairing: %v", err)
		}
		srv.fail = ErrRevoked
		if _, err := b.in.Resume(b.Context(), b.dev.ID); !errors.Is(err, ErrRevoked) {
			t.Errorf("revoked: %v", err)
		}
		if d, err := b.v.Device(b.dev.ID); err != nil || d.State != vault.DeviceRevoked {
			t.Errorf("the pairing is %s, %v", d.State, err)
		}
	})
}
