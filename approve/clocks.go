package approve

// This file asks servers for the time, and remembers how far their clocks are off
// for commands that ask nobody.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"nod/vault"
)

// ClockTolerance is how far the clocks of a server and of those who sign requests
// to it may differ: the limit of nod's own servers, of privacyIDEA and of Keycloak's
// plug-ins. A code is refused sooner, after its period.
const ClockTolerance = time.Minute

// A measured difference is remembered when it has changed by noteStep, or when the
// remembered one is older than noteAge.
const (
	noteStep = 500 * time.Millisecond
	noteAge  = time.Hour
)

// dateTime is how long a server may take to answer a question for its Date alone.
const dateTime = 10 * time.Second

// ServerClock is what one paired server's clock says.
type ServerClock struct {
	Device  vault.Device
	Reading Reading // At is zero when Err is set
	Trusted bool    // the server has proved who it is; else its time is a hint only
	Err     error   // why there is no reading
}

// Clocks asks the servers of devices for the time, at once. Where a driver's poll
// brings none, client asks for the Date of the server's first page. The order is
// that of devices. Errors are in the answers: ErrUnreachable when a server
// does not answer or tells no time, and those of Driver.Poll.
func (in *Inbox) Clocks(ctx context.Context, client *http.Client, devices []vault.Device) []ServerClock {
	clocks := make([]ServerClock, len(devices))
	connections := NewConnections(client)
	var wg sync.WaitGroup
	for i, d := range devices {
		wg.Go(func() { clocks[i] = in.serverClock(ctx, connections, d) })
	}
	wg.Wait()
	in.expire(time.Now())
	in.changed()
	return clocks
}

// serverClock asks one server.
func (in *Inbox) serverClock(ctx context.Context, connections *Connections, d vault.Device) ServerClock {
	c := ServerClock{Device: d, Trusted: proven(d)}
	in.mu.Lock()
	clock := &in.line(d.ID).clock
	in.mu.Unlock()
	before := clock.Reading()
	if d.State != vault.DeviceRevoked {
		_, c.Err = in.poll(ctx, ctx, d.ID, 0)
	}
	c.Reading = clock.Reading()
	if !c.Reading.At.Equal(before.At) {
		c.Err = nil // whatever else it said
		return c
	}
	c.Reading = Reading{}
	if errors.Is(c.Err, ErrUnreachable) || ctx.Err() != nil {
		return c
	}
	date, trip, err := askDate(ctx, connections, d)
	if c.Err = err; err == nil {
		clock.Hear(date, trip)
		c.Reading = clock.Reading()
		in.noteClock(Device{Device: d, Clock: clock})
	}
	return c
}

// askDate reads the Date of an answer of d's server, whatever it answers.
func askDate(ctx context.Context, connections *Connections, d vault.Device) (time.Time, time.Duration, error) {
	client, err := connections.Client(TrustOf(d))
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("ask for the time: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, d.Server+"/", nil)
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("ask for the time: %w", ErrAddress)
	}
	sent := time.Now()
	answer, err := Call(client, req, dateTime, 1<<10)
	date, bad := http.ParseTime(answer.Header.Get("Date"))
	switch {
	case answer.Header == nil:
		return time.Time{}, 0, fmt.Errorf("ask for the time: %w", err)
	case bad != nil || answer.Header.Get("Age") != "":
		return time.Time{}, 0, fmt.Errorf("ask for the time: %w: its answer has none", ErrUnreachable)
	}
	return date, time.Since(sent), nil
}

// proven tells whether d's server proves who it is, by a certificate that is checked.
func proven(d vault.Device) bool {
	return strings.HasPrefix(d.Server, "https://") && !TrustOf(d).Unchecked
}

// noteClock remembers the last reading of d's clock on this machine, when it says
// something new. One that can not be kept leaves out a warning, nothing else.
func (in *Inbox) noteClock(d Device) {
	r := d.Clock.Reading()
	if r.At.IsZero() {
		return
	}
	for _, known := range in.v.Differences(r.At) {
		if known.Device == d.ID && (known.Offset-r.Offset).Abs() < noteStep && r.At.Sub(known.At) < noteAge {
			return
		}
	}
	_ = in.v.NoteDifference(vault.Difference{
		Device: d.ID, Offset: r.Offset.Round(time.Millisecond), At: r.At, Trusted: proven(d.Device),
	})
}
