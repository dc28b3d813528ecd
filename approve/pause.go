package approve

// This file asks servers for quiet: a paused one sends no requests to any device
// of the account until a time, and codes go on working.

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// MaxPause is the longest pause that may be asked for.
const MaxPause = 30 * 24 * time.Hour

// Pauser is a Driver whose servers can be asked to send no requests for a while.
type Pauser interface {
	// Pause asks for quiet for length from now, for all devices of the account;
	// 0 or less lifts the pause. It returns the pause that the server then keeps,
	// which may be a longer one of its own; ErrNoPause when it can not pause.
	Pause(ctx context.Context, d Device, length time.Duration) (Pause, error)
}

// PauseReason says who wanted a pause.
type PauseReason string

// The reasons for a pause. A server lifts those of its own by itself only.
const (
	PauseDevice PauseReason = "device" // a device of the account asked for it
	PauseReport PauseReason = "report" // the server's own, after a report
	PauseLimit  PauseReason = "limit"  // the server's own, after too many unwelcome requests
)

// Pause is the time in which a server sends no requests for an account.
type Pause struct {
	Until time.Time   // by this machine's clock; zero: requests are sent
	Why   PauseReason // "" when requests are sent, or the server does not say
}

// On tells whether the pause has not ended yet.
func (p Pause) On(now time.Time) bool { return p.Until.After(now) }

// Pause asks the server of one pairing to send no requests for length, 0 < length
// <= MaxPause. The pause that it returns may be a longer one of the server's own.
// Errors: ErrNoPause, ErrUnreachable, ErrRevoked, ErrRefused.
func (in *Inbox) Pause(ctx context.Context, deviceID string, length time.Duration) (Pause, error) {
	if length <= 0 || length > MaxPause {
		return Pause{}, fmt.Errorf("pause requests: %s is not between 0 and %s", length, MaxPause)
	}
	return in.pause(ctx, deviceID, length)
}

// Resume lifts the pause of one pairing. A pause of the server's own stays, and
// is returned. Errors: as of Pause.
func (in *Inbox) Resume(ctx context.Context, deviceID string) (Pause, error) {
	return in.pause(ctx, deviceID, 0)
}

func (in *Inbox) pause(ctx context.Context, deviceID string, length time.Duration) (Pause, error) {
	d, driver, err := in.device(deviceID)
	if err != nil {
		return Pause{}, err
	}
	pauser, ok := driver.(Pauser)
	if !ok {
		return Pause{}, fmt.Errorf("pause requests: %w", ErrNoPause)
	}
	p, err := pauser.Pause(ctx, d, length)
	if err != nil {
		if errors.Is(err, ErrRevoked) {
			in.revoke(d.Device)
		}
		return Pause{}, err
	}
	in.mu.Lock()
	in.line(deviceID).wish++
	wish := in.line(deviceID).wish
	in.mu.Unlock()
	in.setPause(deviceID, p, wish)
	return p, nil
}

// wish returns how many calls of Pause and Resume the server has answered.
func (in *Inbox) wish(id string) int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.line(id).wish
}

// setPause keeps what a server said of its pause, and tells when that is news.
// What was asked before the last wish was answered is out of date.
func (in *Inbox) setPause(id string, p Pause, wish int) {
	in.mu.Lock()
	l := in.line(id)
	news := l.wish == wish && (!l.state.Pause.Until.Equal(p.Until) || l.state.Pause.Why != p.Why)
	if news {
		l.state.Pause = p
	}
	in.mu.Unlock()
	if news {
		in.changed()
	}
}
