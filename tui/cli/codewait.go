package cli

// This file: how `nod code` comes by a code that is fresh and good for long enough.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

// giving is what o asks of the vault.
func (a *app) giving(x vault.Account, o codeOptions) vault.Giving {
	return vault.Giving{
		Fresh: o.fresh, Next: o.next, At: o.when,
		Ahead: a.flags.json && !o.fresh && !o.next && !o.watch && x.Type != otp.HOTP,
	}
}

// awaitCode hands out a code of x as o wants it, and waits for the next ones where it
// may. It is a code of the moment at. Errors: those of Give, errTimeUp, *statusError
// where it may not wait.
func (a *app) awaitCode(ctx context.Context, src codeSource, x vault.Account, o codeOptions) (c vault.Code, at time.Time, err error) {
	if o.fresh && a.given == vault.RecordMissing && x.Type != otp.HOTP {
		a.warn("this machine has no record of the codes handed out: the present one may have been")
	}
	for {
		now := a.env.Now()
		if left := codeLeft(src, x, now); left < time.Duration(o.minLeft)*time.Second && x.Type != otp.HOTP {
			if !o.wait && !o.fresh && !o.watch || o.noWait {
				return vault.Code{}, now, tooLate("short_left", fmt.Sprintf("the code is good for %d seconds only", int(left.Seconds())),
					"add --wait to wait for the next code", left)
			}
			if err := a.waitFor(ctx, left, "the next code"); err != nil {
				return vault.Code{}, now, err
			}
			continue
		}
		c, err := src.Give(x.ID, now, a.giving(x, o))
		if !errors.Is(err, vault.ErrGiven) {
			return c, now, err
		}
		if o.noWait {
			return vault.Code{}, now, tooLate("given", "the present code was handed out before", "without --no-wait it waits for the next code", c.Left)
		}
		if err := a.waitFor(ctx, c.Left, "a code that was not handed out"); err != nil {
			return vault.Code{}, now, err
		}
	}
}

// codeLeft returns how long the code of now is good.
func codeLeft(src codeSource, x vault.Account, now time.Time) time.Duration {
	return otp.Key{Type: x.Type, Period: x.Period}.Left(now.Add(src.Shift() + x.Shift))
}

// tooLate says that there is no such code before left is over.
func tooLate(name, text, hint string, left time.Duration) error {
	return &statusError{exit: exitTime, name: name, text: text, hint: hint, retryAfter: seconds(left)}
}

// waitFor is sleep, and says so to a person who sits there.
func (a *app) waitFor(ctx context.Context, d time.Duration, what string) error {
	if isTerminal(a.env.Stderr) {
		a.say("waiting %s for %s", counted(seconds(d), "second"), what)
	}
	return sleep(ctx, d)
}

// sleep waits for d, which a change of the clock does not make longer or shorter.
// Errors: errTimeUp, context.Canceled.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(max(d, time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
