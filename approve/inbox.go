package approve

// This file holds the Inbox: what it knows, how it says so, and one round of
// asking every server.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"nod/vault"
)

// Inbox holds the pending requests of all paired devices of a vault. Its
// methods may be called from several goroutines.
type Inbox struct {
	v       *vault.Vault // nil during the first run
	drivers []Driver

	mu       sync.Mutex
	lines    map[string]*line   // by vault device id
	entries  []*entry           // in order of arrival
	endings  map[string]Request // of requests never seen waiting, by pairing and id
	arrivals int
	relaxed  bool // nobody looks at present
	rules    Rules
	source   *rulesSource // of rules, nil: no file
	watchers map[chan struct{}]bool

	noteMu  sync.Mutex
	unsaved []vault.Event // history that could not be written yet
	noteErr error
}

// line is the state of one pairing's connection.
type line struct {
	clock Clock
	state ServerState // all but Device, Offset and Clock
	kick  chan struct{}
	stop  context.CancelFunc // ends the poll of a loop that is under way, or nil
	wish  int                // counts calls of Pause and Resume that were answered
}

// Event is all that is known after a change: it replaces the one before.
type Event struct {
	Requests []Request // waiting ones first in order of arrival; then those ended or ignored in the last hour, newest first
	Servers  []ServerState
	Err      error // history could not be written; it is tried again with the next event
}

// ServerState tells how one pairing is doing.
type ServerState struct {
	Device     vault.Device
	Live       bool          // the last poll was answered
	Unasked    bool          // polls ask nobody: requests are scanned, or there are none
	Polling    bool          // a poll is under way
	LastAnswer time.Time     // zero: none yet
	RetryAt    time.Time     // zero, or when the next poll starts after a failure
	Err        error         // of the last poll
	Offset     time.Duration // server's clock minus ours: Clock's
	Clock      Reading       // the last look at the server's clock; At is zero when there was none
	Dropped    int           // challenges that did not verify, since start
	Pause      Pause         // as Status, Pause or Resume was last told
}

// NewInbox returns an inbox of v's devices, spoken to through drivers. With a
// nil vault (first run) only Preview, StartEmail and ConfirmEmail may be called.
func NewInbox(v *vault.Vault, drivers ...Driver) *Inbox {
	return &Inbox{
		v:        v,
		drivers:  drivers,
		lines:    map[string]*line{},
		watchers: map[chan struct{}]bool{},
	}
}

// Fetch polls every device once without waiting, for commands. It returns what
// it got, and an error when a server did not answer.
func (in *Inbox) Fetch(ctx context.Context) (Event, error) {
	devices := in.v.Devices()
	errs := make([]error, len(devices))
	var wg sync.WaitGroup
	for i, d := range devices {
		if d.State == vault.DeviceRevoked {
			continue
		}
		wg.Go(func() {
			if _, err := in.poll(ctx, ctx, d.ID, 0); err != nil {
				errs[i] = fmt.Errorf("%s: %w", d.Server, err)
			}
		})
	}
	wg.Wait()
	in.expire(time.Now())
	in.changed()
	return in.event(), errors.Join(errs...)
}

// Check makes every loop of Watch poll now.
func (in *Inbox) Check() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, l := range in.lines {
		select {
		case l.kick <- struct{}{}:
		default:
		}
		if l.stop != nil {
			l.stop()
		}
	}
}

// event gathers all that is known.
func (in *Inbox) event() Event {
	devices := in.v.Devices()
	in.noteMu.Lock()
	ev := Event{Err: in.noteErr}
	in.noteMu.Unlock()

	in.mu.Lock()
	defer in.mu.Unlock()
	for _, e := range in.entries {
		if e.State == Waiting {
			ev.Requests = append(ev.Requests, e.copy())
		}
	}
	for _, e := range slices.Backward(in.entries) {
		if e.State != Waiting && !e.hidden {
			ev.Requests = append(ev.Requests, e.copy())
		}
	}
	for _, d := range devices {
		s := in.line(d.ID).state
		s.Device = d
		s.Clock = in.line(d.ID).clock.Reading()
		s.Offset = s.Clock.Offset
		ev.Servers = append(ev.Servers, s)
	}
	return ev
}

// line returns the line of a device; in.mu is held.
func (in *Inbox) line(id string) *line {
	l := in.lines[id]
	if l == nil {
		l = &line{kick: make(chan struct{}, 1)}
		in.lines[id] = l
	}
	return l
}

// device returns a pairing as its driver wants it, with that driver.
func (in *Inbox) device(id string) (Device, Driver, error) {
	d, err := in.v.Device(id)
	if err != nil {
		return Device{}, nil, fmt.Errorf("read pairing: %w", err)
	}
	driver := in.driver(d.Driver)
	if driver == nil {
		return Device{}, nil, fmt.Errorf("read pairing: this nod does not speak %q", d.Driver)
	}
	transport, err := in.v.Transport(id)
	if err != nil {
		return Device{}, nil, fmt.Errorf("read pairing: %w", err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return Device{Device: d, Transport: transport, Secret: deviceSecret{in.v, id}, Clock: &in.line(id).clock}, driver, nil
}

// deviceSecret is the Secret of one device.
type deviceSecret struct {
	v  *vault.Vault
	id string
}

func (s deviceSecret) Use(use func(secret []byte) error) error { return s.v.DeviceSecret(s.id, use) }

func (s deviceSecret) Set(secret []byte) error { return s.v.SetDeviceSecret(s.id, secret) }

// driver returns the driver of that name, or nil.
func (in *Inbox) driver(name string) Driver {
	for _, d := range in.drivers {
		if d.Name() == name {
			return d
		}
	}
	return nil
}

// subscribe returns a channel that tells of changes; a full one is left alone.
func (in *Inbox) subscribe() chan struct{} {
	c := make(chan struct{}, 1)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.watchers[c] = true
	return c
}

func (in *Inbox) unsubscribe(c chan struct{}) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.watchers, c)
}

// changed tells every Watch that there is something new.
func (in *Inbox) changed() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for c := range in.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
