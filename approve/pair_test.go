package approve

import (
	"context"
	"fmt"
	"testing"
	"time"

	"nod/vault"
)

const fallbackLink = "otpauth://totp/RMS:ana@demo.test?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=RMS"

func TestPair(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.fallback = fallbackLink
		d, err := b.in.Pair(b.Context(), Offer{Link: "fake://pair", DeviceName: "ana-laptop"})
		if err != nil || d.State != vault.DevicePending || d.ID == "" || len(d.Words) != 4 {
			b.Fatalf("device %+v, %v", d, err)
		}
		found := false
		for _, a := range b.v.Accounts() {
			found = found || a.Device == d.ID && a.Issuer == "RMS" && a.Source == "pairing with nod.demo.test:8443"
		}
		if !found {
			b.Errorf("the fallback is not among %+v", b.v.Accounts())
		}
		if h := b.lastLine(d.ID); h.Kind != vault.EventPaired {
			b.Errorf("history = %+v", h)
		}
	})
}

func TestPairWithoutFallback(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.fallback = "garbage"
		d, err := b.in.Pair(b.Context(), Offer{Server: "nod.demo.test", Code: "482913", DeviceName: "ana-laptop"})
		if err != nil {
			b.Fatal(err)
		}
		if h := b.lastLine(d.ID); h.Detail != "https://nod.demo.test:8443, without the code for when there is no network" {
			b.Errorf("history = %+v", h)
		}
	})
}

func TestPairFails(t *testing.T) {
	inBubble(t, func(b *bench) {
		before := len(b.v.Devices())
		if _, err := b.in.Pair(b.Context(), Offer{Link: "other://pair"}); !errIs(err, ErrNotMine) {
			b.Errorf("unknown link: %v", err)
		}
		if _, err := b.in.Pair(b.Context(), Offer{}); !errIs(err, ErrNotMine) {
			b.Errorf("empty offer: %v", err)
		}
		b.srv.pairErr = &BadCodeError{Left: 3}
		if _, err := b.in.Pair(b.Context(), Offer{Server: "nod.demo.test", Code: "111111"}); !errIs(err, ErrBadCode) || !errIs(err, ErrRefused) {
			b.Errorf("wrong code: %v", err)
		}
		if n := len(b.v.Devices()); n != before {
			b.Errorf("%d devices more", n-before)
		}
	})
}

func TestAwait(t *testing.T) {
	inBubble(t, func(b *bench) {
		d := b.pair(vault.DevicePending, "fake", "https://new.demo.test")
		b.srv.state, b.srv.statusErr = vault.DevicePending, ErrUnreachable
		began := time.Now()
		go func() {
			time.Sleep(3500 * time.Millisecond)
			b.srv.change(func(f *fakeServer) { f.statusErr = nil })
			time.Sleep(3 * time.Second)
			b.srv.change(func(f *fakeServer) { f.state = vault.DeviceActive })
		}()
		got, err := b.in.Await(b.Context(), d.ID)
		if err != nil || got.State != vault.DeviceActive {
			b.Errorf("device %+v, %v", got, err)
		}
		if took := time.Since(began); took != 7*time.Second {
			b.Errorf("it took %v, want 7 s", took)
		}
		if kept, err := b.v.Device(d.ID); err != nil || kept.State != vault.DeviceActive {
			b.Errorf("in the vault: %+v, %v", kept, err)
		}
	})
}

func TestAwaitRefused(t *testing.T) {
	for name, watching := range map[string]bool{"alone": false, "with Watch": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				d := b.pair(vault.DevicePending, "fake", "https://new.demo.test")
				b.srv.state = vault.DevicePending
				if watching {
					_, stop := b.watch()
					defer stop()
				}
				go func() {
					time.Sleep(1900 * time.Millisecond)
					b.srv.change(func(f *fakeServer) { f.statusErr = fmt.Errorf("ask: %w", ErrPairingRefused) })
				}()
				if _, err := b.in.Await(b.Context(), d.ID); !errIs(err, ErrRefused) {
					b.Errorf("error = %v, want ErrRefused", err)
				}
				if _, err := b.v.Device(d.ID); !errIs(err, vault.ErrNotFound) {
					b.Errorf("the device is still there: %v", err)
				}
			})
		})
	}
}

func TestAwaitEnds(t *testing.T) {
	inBubble(t, func(b *bench) {
		d := b.pair(vault.DevicePending, "fake", "https://new.demo.test")
		b.srv.state = vault.DevicePending
		ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
		defer cancel()
		if _, err := b.in.Await(ctx, d.ID); !errIs(err, context.DeadlineExceeded) {
			b.Errorf("error = %v", err)
		}
		if kept, err := b.v.Device(d.ID); err != nil || kept.State != vault.DevicePending {
			b.Errorf("in the vault: %+v, %v", kept, err)
		}
		b.srv.statusErr = fmt.Errorf("bad signature: %w", ErrRefused)
		if _, err := b.in.Await(b.Context(), d.ID); !errIs(err, ErrRefused) {
			b.Errorf("error = %v", err)
		}
		if _, err := b.v.Device(d.ID); err != nil {
			b.Errorf("a signature that was refused is not a no: %v", err)
		}
	})
}

// TestWatchConfirms: a pending pairing becomes active while Watch runs.
func TestWatchConfirms(t *testing.T) {
	inBubble(t, func(b *bench) {
		d := b.pair(vault.DevicePending, "fake", "https://new.demo.test")
		b.srv.state = vault.DevicePending
		events, stop := b.watch()
		defer stop()
		time.Sleep(10 * time.Second)
		b.srv.change(func(f *fakeServer) { f.state = vault.DeviceActive })
		time.Sleep(pendingEvery)
		for _, s := range b.latest(events).Servers {
			if s.Device.ID == d.ID && (s.Device.State != vault.DeviceActive || !s.Polling) {
				b.Errorf("server = %+v", s)
			}
		}
	})
}

func TestRename(t *testing.T) {
	inBubble(t, func(b *bench) {
		if err := b.in.Rename(b.Context(), b.dev.ID, " ana\x1b[1m-desk "); err != nil {
			b.Fatal(err)
		}
		if d, err := b.v.Device(b.dev.ID); err != nil || d.Name != "ana-desk" || b.srv.renamed != "ana-desk" {
			b.Errorf("device %+v, %v; server %q", d, err, b.srv.renamed)
		}
		b.srv.err = ErrUnreachable
		if err := b.in.Rename(b.Context(), b.dev.ID, "other"); !errIs(err, ErrUnreachable) {
			b.Errorf("error = %v", err)
		}
		if d, err := b.v.Device(b.dev.ID); err != nil || d.Name != "ana-desk" {
			b.Errorf("device %+v, %v", d, err)
		}
		if err := b.in.Rename(b.Context(), b.dev.ID, "\x1b[2J"); err == nil {
			b.Error("an empty name was taken")
		}
	})
}

func TestUnpair(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		force   bool
		state   vault.DeviceState
		removed bool
		asked   int
	}{
		"fine":                      {nil, false, vault.DeviceActive, true, 1},
		"last method":               {&LastMethodError{Devices: 1}, false, vault.DeviceActive, false, 1},
		"unreachable":               {ErrUnreachable, false, vault.DeviceActive, false, 1},
		"unreachable, with force":   {ErrUnreachable, true, vault.DeviceActive, true, 1},
		"unknown there":             {fmt.Errorf("unpair: %w", ErrRevoked), false, vault.DeviceActive, true, 1},
		"revoked, nobody to ask":    {ErrUnreachable, false, vault.DeviceRevoked, true, 0},
		"force goes to the server":  {nil, true, vault.DeviceActive, true, 1},
		"pending can be taken back": {nil, false, vault.DevicePending, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				d := b.pair(c.state, "fake", "https://old.demo.test")
				b.srv.unpairErr = c.err
				err := b.in.Unpair(b.Context(), d.ID, c.force)
				if (err == nil) != c.removed || err != nil && !errIs(err, c.err) {
					b.Errorf("error = %v", err)
				}
				if _, gone := b.v.Device(d.ID); errIs(gone, vault.ErrNotFound) != c.removed {
					b.Errorf("device: %v", gone)
				}
				if len(b.srv.unpaired) != c.asked || c.asked == 1 && b.srv.unpaired[0] != c.force {
					b.Errorf("asked %v", b.srv.unpaired)
				}
				if h := b.lastLine(d.ID); c.removed != (h.Kind == vault.EventUnpaired) {
					b.Errorf("history = %+v", h)
				}
			})
		})
	}
}

func TestStatusRevokes(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.statusErr = ErrRevoked
		if _, err := b.in.Status(b.Context(), b.dev.ID); !errIs(err, ErrRevoked) {
			b.Errorf("error = %v", err)
		}
		if d, err := b.v.Device(b.dev.ID); err != nil || d.State != vault.DeviceRevoked {
			b.Errorf("device %+v, %v", d, err)
		}
	})
}

// TestFirstRun: before there is a vault, addresses are confirmed and links read.
func TestFirstRun(t *testing.T) {
	in := NewInbox(nil, newFakeServer("fake"), fakeMailer{newFakeServer("mail")})
	if p, err := in.Preview("mail://pair"); err != nil || p.Driver != "mail" {
		t.Errorf("preview %+v, %v", p, err)
	}
	if _, err := in.Preview("https://nod.demo.test"); !errIs(err, ErrNotMine) {
		t.Errorf("error = %v", err)
	}
	if err := in.StartEmail(t.Context(), "nod.demo.test", "ana@demo.test"); err != nil {
		t.Error(err)
	}
	if err := in.ConfirmEmail(t.Context(), "nod.demo.test", "ana@demo.test", "000000"); !errIs(err, ErrBadCode) {
		t.Errorf("error = %v", err)
	}
	if err := in.ConfirmEmail(t.Context(), "nod.demo.test", "ana@demo.test", "482913"); err != nil {
		t.Error(err)
	}
	if err := NewInbox(nil, newFakeServer("fake")).StartEmail(t.Context(), "x", "y"); err == nil {
		t.Error("no driver can send mail, and yet")
	}
}

func TestOwner(t *testing.T) {
	in := NewInbox(testVault, fakeMailer{newFakeServer("mail")})
	if err := in.ConfirmEmail(t.Context(), "nod.demo.test", "ana@demo.test", "482913"); err != nil {
		t.Fatal(err)
	}
	if got := testVault.Owner(); got != "ana@demo.test" {
		t.Errorf("owner = %q", got)
	}
}
