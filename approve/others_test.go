package approve

// What servers of other makers need: other ways to confirm, fewer answers, links
// that are scanned, memory, and a slower pace while nobody looks.

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/vault"
)

// The driver gets what the sign-in page can have shown, and nothing else.
func TestAsks(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Request)
		fits   []string
		not    []string
	}{
		"number":  {func(r *Request) { r.NumberNeeded = true }, []string{"07"}, []string{"", "7", "123", "ab"}},
		"choices": {func(r *Request) { r.NumberNeeded, r.Choices = false, []string{"A", "007"} }, []string{"A", "007"}, []string{"", "a", "7"}},
		"code":    {func(r *Request) { r.NumberNeeded, r.CodeLength = false, 4 }, []string{"0042", "äöüß"}, []string{"", "42", "12345"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				r := newRequest("r-asks-" + name)
				test.change(&r)
				b.srv.ask(r)
				b.fetched()
				for _, text := range test.not {
					if _, err := b.in.Answer(b.Context(), r.ID, Decision{Act: Accept, Number: text}, pin()); !errors.Is(err, ErrNumberNeeded) {
						b.Errorf("%q: %v", text, err)
					}
				}
				for _, text := range test.fits {
					if !r.Fits(text) {
						b.Errorf("%q does not fit", text)
					}
				}
				if _, err := b.in.Answer(b.Context(), r.ID, Decision{Act: Accept, Number: test.fits[0]}, pin()); err != nil {
					b.Fatal(err)
				}
				if want := (Decision{Act: Accept, Number: test.fits[0]}); len(b.srv.answers) != 1 || b.srv.answers[0] != want {
					b.Errorf("sent %+v, want %+v", b.srv.answers, want)
				}
			})
		})
	}
}

// A server that takes no refusal gets none; ignoring is always possible.
func TestActs(t *testing.T) {
	inBubble(t, func(b *bench) {
		r := newRequest("r-acts")
		r.Acts, r.Warnings = []Act{Ignore}, []string{"Certificates are \x1b[31mnot checked."}
		b.srv.ask(r)
		if got := b.only(b.fetched()); len(got.Warnings) != 1 || got.Warnings[0] != "Certificates are not checked." {
			b.Errorf("warnings = %q", got.Warnings)
		}
		for _, act := range []Act{Accept, Deny, Report} {
			if _, err := b.in.Answer(b.Context(), r.ID, Decision{Act: act, Number: "12"}, pin()); !errors.Is(err, ErrNotOffered) {
				b.Errorf("%s: %v", act, err)
			}
		}
		if len(b.srv.answers) != 0 {
			b.Errorf("sent %+v", b.srv.answers)
		}
		if out, err := b.in.Answer(b.Context(), r.ID, Decision{Act: Ignore}, vault.Credential{}); err != nil || out.State != Ignored {
			b.Errorf("ignored: %+v, %v", out, err)
		}
	})
}

// What a driver wants to know at the next poll is kept in the vault.
func TestMemory(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.memory = map[string]string{"capabilities": "seen"}
		b.fetched()
		d, err := b.v.Device(b.dev.ID)
		if err != nil || d.Memory["capabilities"] != "seen" {
			b.Errorf("memory = %v, %v", d.Memory, err)
		}
		b.srv.memory = nil
		b.fetched()
		if d, _ := b.v.Device(b.dev.ID); d.Memory["capabilities"] != "seen" {
			b.Errorf("memory after a poll that says nothing of it: %v", d.Memory)
		}
	})
}

// A server that has to be asked is asked less often while nobody looks.
func TestRelax(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.interval = 3 * time.Second
		events, stop := b.watch()
		defer stop()
		b.latest(events)
		gaps := func() (gaps []time.Duration) {
			time.Sleep(61 * time.Second)
			_, at := b.srv.asked()
			for i, t := range at[1:] {
				gaps = append(gaps, t.Sub(at[i]))
			}
			return gaps[len(gaps)-3:]
		}
		if got := gaps(); slices.Max(got) != 3*time.Second {
			b.Errorf("watched: polls %v apart", got)
		}
		b.in.Relax(true)
		if got := gaps(); slices.Min(got) != 15*time.Second {
			b.Errorf("relaxed: polls %v apart", got)
		}
		before := len(b.srv.polls)
		b.in.Relax(false)
		time.Sleep(time.Millisecond)
		if _, at := b.srv.asked(); len(at) != before+1 {
			b.Errorf("%d polls when somebody looks again, want 1", len(at)-before)
		}
	})
}

// fakeScanner is a server whose requests are scanned.
type fakeScanner struct{ *fakeServer }

func (f fakeScanner) Scan(devices []Device, link string) (Request, error) {
	name, id, _ := strings.Cut(link, "://")
	if name != f.name {
		return Request{}, ErrNotMine
	}
	if len(devices) == 0 {
		return Request{}, ErrNotPaired
	}
	r := newRequest(id)
	r.Device = devices[0].ID
	f.ask(r)
	return r, nil
}

func TestScan(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.in = NewInbox(b.v, newFakeServer("other"), fakeScanner{b.srv})
		if _, err := b.in.Scan(b.Context(), "strange://r-1"); !errors.Is(err, ErrNotMine) {
			b.Errorf("another's link: %v", err)
		}
		r, err := b.in.Scan(b.Context(), "fake://r-scan")
		if err != nil || r.ID != "r-scan" || r.Device != b.dev.ID || r.State != Waiting {
			b.Fatalf("scanned %+v, %v", r, err)
		}
		if _, err := b.in.Answer(b.Context(), "r-scan", Decision{Act: Accept, Number: "42"}, pin()); err != nil {
			b.Fatal(err)
		}
		b.srv.ask(newRequest("r-scan")) // a server that shows it again
		var answered *AnsweredError
		if _, err := b.in.Scan(b.Context(), "fake://r-scan"); !errors.As(err, &answered) {
			b.Errorf("scanned again after the answer: %v", err)
		}
		later := NewInbox(b.v, fakeScanner{b.srv}) // another program
		if _, err := later.Scan(b.Context(), "fake://r-scan"); !errors.As(err, &answered) || answered.State != Accepted || answered.Device != b.dev.Name {
			b.Errorf("scanned again by a program that starts later: %v", err)
		}
		if err := b.v.RemoveDevice(b.dev.ID); err != nil {
			b.Fatal(err)
		}
		if _, err := b.in.Scan(b.Context(), "fake://r-2"); !errors.Is(err, ErrNotPaired) {
			b.Errorf("without a pairing: %v", err)
		}
	})
}

// A driver reaches the secret of its own pairing.
func TestSecret(t *testing.T) {
	inBubble(t, func(b *bench) {
		k := vault.NewKeys()
		k.SetSecret([]byte("first"))
		stored, err := b.v.AddDevice(vault.Device{Driver: "fake", Server: "https://s.demo.test", State: vault.DeviceActive}, k)
		if err != nil {
			b.Fatal(err)
		}
		d, _, err := b.in.device(stored.ID)
		if err != nil {
			b.Fatal(err)
		}
		want := func(want string) {
			b.Helper()
			if err := d.Secret.Use(func(s []byte) error {
				if string(s) != want {
					b.Errorf("secret %q, want %q", s, want)
				}
				return context.Canceled
			}); !errors.Is(err, context.Canceled) {
				b.Errorf("use: %v", err)
			}
		}
		want("first")
		if err := d.Secret.Set([]byte("second")); err != nil {
			b.Fatal(err)
		}
		want("second")
	})
}

// fakeRotator is a server that takes another key.
type fakeRotator struct{ *fakeServer }

func (f fakeRotator) Rotate(_ context.Context, d Device) error {
	if f.err != nil {
		return f.err
	}
	return d.Secret.Set([]byte("another"))
}

func TestRotate(t *testing.T) {
	inBubble(t, func(b *bench) {
		if err := b.in.Rotate(b.Context(), b.dev.ID); !errors.Is(err, ErrNoRotation) {
			b.Errorf("a server that can not: %v", err)
		}
		b.in = NewInbox(b.v, fakeRotator{b.srv})
		if err := b.in.Rotate(b.Context(), b.dev.ID); err != nil {
			b.Fatal(err)
		}
		if err := b.v.DeviceSecret(b.dev.ID, func(s []byte) error {
			if string(s) != "another" {
				b.Errorf("secret %q", s)
			}
			return nil
		}); err != nil {
			b.Error(err)
		}
		b.srv.err = ErrRefused
		if err := b.in.Rotate(b.Context(), b.dev.ID); !errors.Is(err, ErrRefused) {
			b.Errorf("refused: %v", err)
		}
	})
}
