package tui

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/tui/clipboard"
	"nod/vault"
)

// TestMain shows local times in one zone.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	if dir := os.Getenv(programDir); dir != "" {
		os.Exit(programMain(dir))
	}
	code := m.Run()
	os.RemoveAll(fixture.dir)
	os.Exit(code)
}

// The PIN and passphrase of the test vaults.
const (
	testPIN        = "4821"
	testPassphrase = "copper lantern orbit maple"
	testServer     = "https://id.demo.test"
)

// fakeServer is a driver with its server in memory.
type fakeServer struct {
	mu       sync.Mutex
	news     chan struct{} // closed and replaced at each change
	waiting  []approve.Request
	ended    []approve.Request
	answers  []approve.Decision
	state    vault.DeviceState
	status   approve.Status
	fail     error // of every call
	answer   error // of Answer
	unpair   error // of Unpair without force
	pairErr  error
	offer    approve.Offer   // of the last pairing
	outcome  approve.Outcome // Code and Message of an accept
	mailErr  error
	mailCode string
	unpaired []bool // force of each call
	renamed  string
	slow     time.Duration // of Answer
	pause    approve.Pause // as asked for, or the server's own
	pauseErr error
	ahead    time.Duration // its clock, of this machine's
}

func newFakeServer() *fakeServer {
	return &fakeServer{
		news: make(chan struct{}), state: vault.DeviceActive, mailCode: "730164",
		status: approve.Status{
			State: vault.DeviceActive, App: "RMS", Account: "ana@demo.test", TwoStep: true, Required: true,
			Methods: []string{"companion", "TOTP"}, RecoveryLeft: 8,
			RecoveryMade: time.Date(1999, 12, 20, 9, 0, 0, 0, time.UTC),
			Devices: []approve.RemoteDevice{
				{ID: "1", Name: "ana-workstation", Platform: "terminal", This: true, Paired: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
				{ID: "2", Name: "phone-ana", Platform: "phone", Paired: time.Date(1999, 10, 2, 8, 11, 0, 0, time.UTC), Used: time.Date(1999, 12, 31, 20, 51, 0, 0, time.UTC)},
			},
			SecurityURL: testServer + "/account/security",
		},
	}
}

// change does something to the server and wakes those who wait.
func (f *fakeServer) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.news)
	f.news = make(chan struct{})
}

// ask adds a login request that runs for two minutes.
func (f *fakeServer) ask(id, account string) {
	f.change(func() {
		now := time.Now()
		f.waiting = append(f.waiting, approve.Request{
			ID: id, App: "RMS", Account: account, Action: "sign in", IP: "82.135.10.4", Place: "Vilnius, LT", PlaceNew: true,
			Browser: "Firefox 133", OS: "Linux", AskedAt: now, ExpiresAt: now.Add(2 * time.Minute),
			Devices: []string{"this one", "phone-ana"}, NumberNeeded: true, State: approve.Waiting, Challenge: []byte(id),
		})
	})
}

// askOther is ask with a request that differs.
func (f *fakeServer) askOther(id string, differs func(*approve.Request)) {
	f.ask(id, "ana@demo.test")
	f.change(func() {
		r := &f.waiting[len(f.waiting)-1]
		r.NumberNeeded = false
		differs(r)
	})
}

// end takes a request away, as when another device has answered it.
func (f *fakeServer) end(id string, state approve.State, by string) {
	f.change(func() { f.endLocked(id, state, by) })
}

func (f *fakeServer) endLocked(id string, state approve.State, by string) {
	for i, r := range f.waiting {
		if r.ID == id {
			r.State, r.AnsweredBy, r.AnsweredAt = state, by, time.Now()
			f.ended = append(f.ended, r)
			f.waiting = append(f.waiting[:i:i], f.waiting[i+1:]...)
			return
		}
	}
}

// got returns the answers that have come.
func (f *fakeServer) got() []approve.Decision {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]approve.Decision(nil), f.answers...)
}

func (f *fakeServer) Name() string { return "fake" }

func (f *fakeServer) Preview(link string) (approve.Preview, error) {
	p := approve.Preview{Driver: "fake", Server: testServer, App: "RMS", Account: "ana@demo.test"}
	switch {
	case strings.HasPrefix(link, "nod://pair"):
		p.AtSite = true
	case strings.HasPrefix(link, "other://pair"):
		p.Needs = []string{approve.NeedClient}
		p.Details = []approve.Detail{{Label: "Serial", Text: "PIPU0006EF85"}}
		p.Risks = []string{"The link turns certificate checks off. That is not followed."}
	default:
		return approve.Preview{}, approve.ErrNotMine
	}
	return p, nil
}

// Scan reads the links other://sign-in/ID.
func (f *fakeServer) Scan(devices []approve.Device, link string) (approve.Request, error) {
	id, ok := strings.CutPrefix(link, "other://sign-in/")
	switch {
	case !ok:
		return approve.Request{}, approve.ErrNotMine
	case len(devices) == 0:
		return approve.Request{}, approve.ErrNotPaired
	}
	f.ask(id, "ana@demo.test")
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.waiting[len(f.waiting)-1]
	r.Device = devices[0].ID
	return r, nil
}

func (f *fakeServer) Pair(_ context.Context, o approve.Offer, _ *vault.Keys) (approve.Paired, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offer = o
	if f.pairErr != nil {
		return approve.Paired{}, f.pairErr
	}
	return approve.Paired{
		Device: vault.Device{
			Driver: "fake", Server: testServer, App: "RMS", Account: "ana@demo.test", Name: o.DeviceName,
			Words: []string{"copper", "lantern", "orbit", "maple"}, State: f.state, RemoteID: "1",
		},
		Fallback: "otpauth://totp/RMS%20(Teltonika):ana@demo.test?secret=KRUGKIDROVUWG2ZAMJZG653OEBTG66BA&issuer=RMS%20(Teltonika)",
	}, nil
}

func (f *fakeServer) Poll(ctx context.Context, d approve.Device, wait time.Duration) (approve.Batch, error) {
	f.mu.Lock()
	news, fail := f.news, f.fail
	f.mu.Unlock()
	if fail != nil {
		return approve.Batch{}, fail
	}
	select {
	case <-ctx.Done():
		return approve.Batch{}, ctx.Err()
	case <-news:
	case <-time.After(wait):
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	d.Clock.Set(time.Now().Add(f.ahead), 0)
	return approve.Batch{Requests: append([]approve.Request(nil), f.waiting...), Ended: append([]approve.Request(nil), f.ended...)}, nil
}

func (f *fakeServer) Answer(_ context.Context, _ approve.Device, r approve.Request, d approve.Decision, key vault.Signer) (approve.Outcome, error) {
	time.Sleep(f.slow)
	if d.Act == approve.Accept {
		if _, err := key.Sign([]byte("yes")); err != nil {
			return approve.Outcome{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answer != nil {
		return approve.Outcome{}, f.answer
	}
	f.answers = append(f.answers, d)
	state := map[approve.Act]approve.State{
		approve.Accept: approve.Accepted, approve.Ignore: approve.Ignored,
		approve.Deny: approve.Denied, approve.Report: approve.Reported,
	}[d.Act]
	if state != approve.Ignored {
		f.endLocked(r.ID, state, "ana-workstation")
	}
	return approve.Outcome{State: state, AnsweredBy: "ana-workstation", At: time.Now(), Ticket: "A-0017", Code: f.outcome.Code, Message: f.outcome.Message}, nil
}

func (f *fakeServer) Status(context.Context, approve.Device) (approve.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.status
	s.State, s.Pause = f.state, f.pause
	return s, f.fail
}

func (f *fakeServer) Pause(_ context.Context, _ approve.Device, length time.Duration) (approve.Pause, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.pauseErr != nil:
		return approve.Pause{}, f.pauseErr
	case f.pause.Why != "" && f.pause.Why != approve.PauseDevice: // stays
	case length > 0:
		f.pause = approve.Pause{Until: time.Now().Add(length), Why: approve.PauseDevice}
	default:
		f.pause = approve.Pause{}
	}
	return f.pause, nil
}

func (f *fakeServer) Rename(_ context.Context, _ approve.Device, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renamed = name
	return f.fail
}

func (f *fakeServer) Unpair(_ context.Context, _ approve.Device, force bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unpaired = append(f.unpaired, force)
	if force {
		return nil
	}
	return f.unpair
}

func (f *fakeServer) StartEmail(context.Context, string, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.mailErr
}

func (f *fakeServer) ConfirmEmail(_ context.Context, _, _, code string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if code != f.mailCode {
		return &approve.BadCodeError{Left: 4, Mail: true}
	}
	return nil
}

// fakeClipboard remembers what it was given.
type fakeClipboard struct {
	mu   sync.Mutex
	text string
	err  error
}

func (c *fakeClipboard) Copy(_ context.Context, text string) (clipboard.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return clipboard.Receipt{}, c.err
	}
	c.text = text
	r := clipboard.NewReceipt("wl-copy", text)
	r.Readable = true
	return r, nil
}

func (c *fakeClipboard) Clear(_ context.Context, r clipboard.Receipt) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil || !r.Is(c.text) {
		return false, c.err
	}
	c.text = ""
	return true, nil
}

func (c *fakeClipboard) ClearBlindly(ctx context.Context, r clipboard.Receipt, _ func(string) error) (bool, error) {
	return c.Clear(ctx, r)
}

func (c *fakeClipboard) Sequence(text string) string {
	return clipboard.New(func(string) string { return "" }).Sequence(text)
}

var errAway = fmt.Errorf("poll: %w", approve.ErrUnreachable)
