package approve

import (
	"errors"
	"testing"

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
