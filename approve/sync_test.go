package approve

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

// fakeSet is a fakeServer that holds a set of tokens.
type fakeSet struct {
	*fakeServer
	synced Synced
	err    error
	have   []Held
}

func (f *fakeSet) Sync(_ context.Context, _ Device, have []Held) (Synced, error) {
	f.have = have
	return f.synced, f.err
}

func (f *fakeSet) Rollover(context.Context, Device) error { return f.err }

func (f *fakeSet) PushDriver() string { return "push" }

func TestTokens(t *testing.T) {
	inBubble(t, func(b *bench) {
		set := &fakeSet{fakeServer: newFakeServer("set")}
		b.in = NewInbox(b.v, b.srv, set)
		d := b.pair(vault.DeviceActive, "set", "https://pi.demo.test")
		other := b.pair(vault.DeviceActive, "set", "https://other.demo.test")
		push := b.pair(vault.DeviceActive, "push", d.Server)
		b.pair(vault.DeviceRevoked, "push", d.Server)
		b.pair(vault.DeviceActive, "push", other.Server)
		key := otp.Key{Type: otp.TOTP, Name: "x", Secret: make([]byte, 20), Algorithm: otp.SHA1, Digits: 6, Period: 30}
		day, counter := key, key
		day.Name, day.Period = "day", 86400
		counter.Name, counter.Type, counter.Period, counter.Counter = "hotp", otp.HOTP, 0, 7
		added, err := b.v.Add(false,
			vault.NewAccount{Key: key, Source: TokenSource(d, "TOTP0001")}, vault.NewAccount{Key: day, Source: "link"},
			vault.NewAccount{Key: counter, Source: TokenSource(other, "OATH0001")})
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			for _, x := range added {
				if err := b.v.Remove(x.ID); err != nil {
					b.Error(err)
				}
			}
		}()
		have, err := b.in.Tokens(d.ID)
		want := []Held{{ID: added[0].ID, Serial: "TOTP0001", Type: "totp"}, {ID: push.ID, Serial: push.RemoteID, Type: "push"}}
		if err != nil || !slices.Equal(have, want) {
			b.Errorf("tokens %+v, %v, want %+v", have, err, want)
		}

		// By codes: those of HOTP are used up, those of a clock are still to come, and
		// a password of the day is found by none.
		if byCodes, err := b.in.TokenByCodes(added[1].ID, time.Now()); err == nil {
			b.Errorf("a password of the day by codes: %+v", byCodes)
		}
		byCodes, err := b.in.TokenByCodes(added[0].ID, time.Now())
		codes := [2]string{}
		for i := range codes {
			codes[i], _ = key.Code(time.Now().Add(time.Duration(i+1) * 30 * time.Second))
		}
		if err != nil || byCodes.Type != "totp" || byCodes.Codes != codes {
			b.Errorf("by codes %+v, %v, want %q", byCodes, err, codes)
		}
		hotp, err := b.in.TokenByCodes(added[2].ID, time.Now())
		if x, _ := b.v.Account(added[2].ID); err != nil || hotp.Counter != 7 || x.Counter != 9 || hotp.Codes[0] == hotp.Codes[1] {
			b.Errorf("by codes %+v, %v, then counter %d", hotp, err, x.Counter)
		}
		found := byCodes
		found.ID, found.Serial = added[1].ID, "DYPW0001"
		set.synced = Synced{Known: []Held{found}}
		if _, err := b.in.Synchronise(b.Context(), d.ID, []Held{byCodes}); err != nil || len(set.have) != 1 {
			b.Errorf("synchronise: %v", err)
		}
		if have, err = b.in.Tokens(d.ID); err != nil || len(have) != 3 || have[1].Serial != "DYPW0001" {
			b.Errorf("tokens then %+v, %v", have, err)
		}
	})
}

func TestNoSet(t *testing.T) {
	inBubble(t, func(b *bench) {
		if _, err := b.in.Tokens(b.dev.ID); !errors.Is(err, ErrNoSet) {
			b.Errorf("tokens: %v", err)
		}
		if _, err := b.in.Synchronise(b.Context(), b.dev.ID, nil); !errors.Is(err, ErrNoSet) {
			b.Errorf("synchronise: %v", err)
		}
		if err := b.in.Rollover(b.Context(), b.dev.ID); !errors.Is(err, ErrNoSet) {
			b.Errorf("roll over: %v", err)
		}
	})
}

// A server that no longer knows the device ends the pairing here.
func TestSyncRevokes(t *testing.T) {
	inBubble(t, func(b *bench) {
		set := &fakeSet{fakeServer: newFakeServer("set"), err: ErrRevoked}
		b.in = NewInbox(b.v, b.srv, set)
		for _, call := range []func(id string) error{
			func(id string) error { _, err := b.in.Synchronise(b.Context(), id, nil); return err },
			func(id string) error { return b.in.Rollover(b.Context(), id) },
		} {
			d := b.pair(vault.DeviceActive, "set", "https://pi.demo.test")
			if err := call(d.ID); !errors.Is(err, ErrRevoked) {
				b.Errorf("%v", err)
			}
			if now, err := b.v.Device(d.ID); err != nil || now.State != vault.DeviceRevoked {
				b.Errorf("state %s, %v", now.State, err)
			}
		}
	})
}
