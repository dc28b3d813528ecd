package approve

// This file is a server that does what a test tells it, as its driver sees it.

import (
	"context"
	"slices"
	"sync"
	"time"

	"nod/vault"
)

// fakeServer is a Driver and the server behind it.
type fakeServer struct {
	name string

	mu       sync.Mutex
	waiting  []Request
	ended    []Request
	news     chan struct{} // closed when something changes
	changed  bool
	never    bool // never waits
	interval time.Duration
	dropped  int
	memory   map[string]string
	err      error         // of polls
	lag      time.Duration // that a poll takes to notice its end
	open     int           // polls under way
	polls    []time.Time
	waits    []time.Duration

	answers  []Decision
	keys     []vault.Signer
	onAnswer func(Request, Decision) (Outcome, error)

	state     vault.DeviceState
	statusErr error
	pairErr   error
	fallback  string
	unpairErr error
	unpaired  []bool
	renamed   string
}

func newFakeServer(name string) *fakeServer {
	return &fakeServer{name: name, news: make(chan struct{}), state: vault.DeviceActive}
}

// change changes the server and ends the polls that wait.
func (f *fakeServer) change(how func(f *fakeServer)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how(f)
	f.changed = true
	close(f.news)
	f.news = make(chan struct{})
}

func (f *fakeServer) ask(requests ...Request) {
	f.change(func(f *fakeServer) { f.waiting = append(f.waiting, requests...) })
}

// end takes a request away and lists it as ended.
func (f *fakeServer) end(id string, s State, by string) {
	f.change(func(f *fakeServer) {
		f.waiting = slices.DeleteFunc(f.waiting, func(r Request) bool { return r.ID == id })
		f.ended = append(f.ended, Request{ID: id, State: s, AnsweredBy: by, AnsweredAt: time.Now()})
	})
}

func (f *fakeServer) Name() string { return f.name }

func (f *fakeServer) Preview(link string) (Preview, error) {
	if link != f.name+"://pair" {
		return Preview{}, ErrNotMine
	}
	return Preview{Driver: f.name, Server: "https://nod.demo.test"}, nil
}

func (f *fakeServer) Pair(_ context.Context, o Offer, k *vault.Keys) (Paired, error) {
	if o.Link == "" && o.Code == "" {
		return Paired{}, ErrNotMine
	}
	return Paired{Device: vault.Device{
		Driver: f.name, Server: "https://nod.demo.test:8443", App: "RMS", Account: "ana@demo.test", Name: o.DeviceName,
		RemoteID: "x-9", State: vault.DevicePending, ServerKey: k.Transport().Public(), Words: []string{"acorn", "zebra", "maple", "orbit"},
	}, Fallback: f.fallback}, f.pairErr
}

func (f *fakeServer) Poll(ctx context.Context, d Device, wait time.Duration) (Batch, error) {
	f.mu.Lock()
	f.open++
	f.polls = append(f.polls, time.Now())
	f.waits = append(f.waits, wait)
	news, ready := f.news, f.changed || f.never || f.err != nil || f.interval > 0
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.open--
		f.mu.Unlock()
	}()
	if wait > 0 && !ready {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-news:
		case <-timer.C:
		case <-ctx.Done():
			time.Sleep(f.lag)
			return Batch{}, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = false
	if f.err != nil {
		return Batch{}, f.err
	}
	return Batch{Requests: slices.Clone(f.waiting), Ended: slices.Clone(f.ended), Interval: f.interval, Dropped: f.dropped, Memory: f.memory}, nil
}

func (f *fakeServer) Answer(_ context.Context, d Device, r Request, dec Decision, key vault.Signer) (Outcome, error) {
	f.mu.Lock()
	f.answers = append(f.answers, dec)
	f.keys = append(f.keys, key)
	on := f.onAnswer
	f.mu.Unlock()
	if on != nil {
		return on(r, dec)
	}
	state := actStates[dec.Act]
	if state != Ignored {
		f.end(r.ID, state, d.Name)
	}
	return Outcome{State: state, AnsweredBy: d.Name, At: time.Now()}, nil
}

func (f *fakeServer) Status(context.Context, Device) (Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Status{State: f.state}, f.statusErr
}

func (f *fakeServer) Rename(_ context.Context, _ Device, name string) error {
	f.renamed = name
	return f.err
}

func (f *fakeServer) Unpair(_ context.Context, _ Device, force bool) error {
	f.unpaired = append(f.unpaired, force)
	return f.unpairErr
}

// asked returns how long each poll so far was willing to wait, and when it came.
func (f *fakeServer) asked() (waits []time.Duration, at []time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.waits), slices.Clone(f.polls)
}

// sent returns how many answers the server has got.
func (f *fakeServer) sent() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.answers)
}

// fakeMailer is a fakeServer that confirms one address.
type fakeMailer struct{ *fakeServer }

func (fakeMailer) StartEmail(context.Context, string, string) error { return nil }

func (fakeMailer) ConfirmEmail(_ context.Context, _, _, code string) error {
	if code != "482913" {
		return &BadCodeError{Left: 4, Mail: true}
	}
	return nil
}
