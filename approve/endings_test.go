package approve

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nod/vault"
)

// A command that starts after a request has ended still says how it ended.
func TestAnswerUnseenEnd(t *testing.T) {
	for _, c := range []struct {
		state State
		want  error
	}{
		{Expired, ErrExpired},
		{Cancelled, ErrExpired},
		{Accepted, &AnsweredError{State: Accepted, Device: "phone-ana"}},
		{Mismatch, &AnsweredError{State: Mismatch, Device: "phone-ana"}},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			inBubble(t, func(b *bench) {
				b.srv.end("r-gone", c.state, "phone-ana")
				_, err := b.in.Answer(b.Context(), "r-gone", Decision{Act: Deny}, vault.Credential{})
				if answered, ok := errors.AsType[*AnsweredError](c.want); ok {
					got, _ := errors.AsType[*AnsweredError](err)
					if got == nil || got.State != answered.State || got.Device != answered.Device {
						b.Errorf("error %v, want %v", err, c.want)
					}
				} else if !errors.Is(err, c.want) {
					b.Errorf("error %v, want %v", err, c.want)
				}
				if len(b.srv.answers) > 0 {
					b.Error("an answer was sent")
				}
				if _, err := b.in.Answer(b.Context(), "r-other", Decision{Act: Deny}, vault.Credential{}); !errors.Is(err, ErrNoRequest) {
					b.Errorf("unknown request: %v, want ErrNoRequest", err)
				}
			})
		})
	}
}

// TestEnded: what ended before an inbox could see it is told by the server, or else by
// the history.
func TestEnded(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(b *bench, id string)
		want State
		by   string
	}{
		"here": {func(b *bench, id string) {
			if _, err := b.in.Answer(b.Context(), id, Decision{Act: Accept, Number: "47"}, pin()); err != nil {
				b.Fatal(err)
			}
		}, Accepted, "ana-laptop"},
		"on another device": {func(b *bench, id string) { b.srv.end(id, Denied, "phone"); b.fetched() }, Denied, "phone"},
		"wrong number":      {func(b *bench, id string) { b.srv.end(id, Mismatch, "phone"); b.fetched() }, Mismatch, "phone"},
		"expired":           {func(b *bench, id string) { time.Sleep(3 * time.Minute); b.fetched() }, Expired, ""},
		"cancelled":         {func(b *bench, id string) { b.srv.end(id, Cancelled, ""); b.fetched() }, Cancelled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				id := "r-" + strings.Fields(name)[0] // other tests left theirs in the history
				b.srv.ask(newRequest(id))
				b.fetched()
				c.end(b, id)
				for _, name := range []string{id, b.dev.ID + "/" + id} {
					r, ok := NewInbox(b.v, b.srv).Ended(name)
					if !ok || r.State != c.want || r.AnsweredBy != c.by || r.App != "RMS" || r.Server != b.dev.Server {
						b.Errorf("%s: %+v, %v", name, r, ok)
					}
				}
				// The server may tell it, too, before anybody asks; it knows no names.
				late := NewInbox(b.v, b.srv)
				late.merge(b.dev, Batch{Ended: []Request{{ID: id, State: c.want, AnsweredBy: c.by}}}, 0)
				if r, ok := late.Ended(id); !ok || r.State != c.want || r.AnsweredBy != c.by || r.App != "RMS" || r.IP == "" {
					b.Errorf("told twice: %+v, %v", r, ok)
				}
				if r, ok := NewInbox(b.v, b.srv).Ended("d-other/" + id); ok {
					b.Errorf("another pairing's: %+v", r)
				}
			})
		})
	}
	inBubble(t, func(b *bench) {
		b.srv.end("r-unseen", Accepted, "phone")
		b.fetched()
		if r, ok := b.in.Ended("r-unseen"); !ok || r.State != Accepted || r.AnsweredBy != "phone" || r.App != b.dev.App || r.Server != b.dev.Server {
			b.Errorf("told by the server: %+v, %v", r, ok)
		}
	})
}
