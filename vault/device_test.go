package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDevices(t *testing.T) {
	v, _ := testVault(t)
	d, _, _ := pair(t, v)
	fallback := testKey("RMS", "ana")
	fallback.Device = d.ID
	a := mustAdd(t, v, fallback)
	if !strings.HasPrefix(d.ID, "d-") || d.Paired.IsZero() {
		t.Errorf("paired %+v", d)
	}
	d.Memory["seen"] = "changed by the caller"
	edited, err := v.EditDevice(d.ID, func(e *Device) {
		e.Name, e.State, e.Server = "desktop", DeviceRevoked, "https://evil.test"
		e.Memory["cursor"] = "42"
	})
	if err != nil || edited.Name != "desktop" || edited.State != DeviceRevoked || edited.Server != "https://rms.demo.test" {
		t.Errorf("edited %+v, %v", edited, err)
	}
	again := reopen(t, v, PIN([]byte(testPIN)))
	got, err := again.Device(d.ID)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(edited) || got.Memory["seen"] != "1" || len(again.Devices()) != 1 {
		t.Errorf("read %+v, %v", got, err)
	}
	if err := v.RemoveDevice(d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Account(a.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the fallback account is still there: %v", err)
	}
	if _, err := v.Transport(d.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the transport key is still there: %v", err)
	}
	if err := v.RemoveDevice(d.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
}

func TestHistoryOf90Days(t *testing.T) {
	v, _ := testVault(t)
	synctest.Test(t, func(t *testing.T) {
		if err := v.Note(Event{Kind: EventAccepted, Subject: "RMS", IP: "192.0.2.1", Place: "Vilnius", Request: "r1", Device: "d-1"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * 24 * time.Hour)
		if err := v.Note(Event{Kind: EventDenied}, Event{Kind: EventReported}); err != nil {
			t.Fatal(err)
		}
		h := v.History()
		if len(h) != 3 || h[2].Kind != EventAccepted || h[2].Place != "Vilnius" || h[2].Request != "r1" {
			t.Errorf("history = %+v", h)
		}
		time.Sleep(31 * 24 * time.Hour)
		if h := v.History(); len(h) != 2 {
			t.Errorf("after 91 days: %+v", h)
		}
		if err := v.SetOwner("ana@demo.test"); err != nil {
			t.Fatal(err)
		}
		if len(v.contents.history) != 2 {
			t.Errorf("stored: %d events", len(v.contents.history))
		}
	})
	many := make([]Event, historyLength+10)
	for i := range many {
		many[i] = Event{Kind: EventUsed, Detail: fmt.Sprint(i)}
	}
	if err := v.Note(many...); err != nil {
		t.Fatal(err)
	}
	if h := v.History(); len(h) != historyLength || !slices.ContainsFunc(h, func(e Event) bool { return e.Detail == "5009" }) {
		t.Errorf("%d events are kept", len(h))
	}
}

// What a driver keeps beside the two keys.
func TestDeviceSecret(t *testing.T) {
	v, _ := testVault(t)
	k := NewKeys()
	k.SetSecret([]byte("first"))
	k.SetSecret([]byte("a key of another kind"))
	d, err := v.AddDevice(Device{Driver: "other", Server: "https://other.demo.test", State: DeviceActive}, k)
	if err != nil {
		t.Fatal(err)
	}
	plain, _, _ := pair(t, v)
	want := func(v *Vault, id, want string) {
		t.Helper()
		var lent []byte
		err := v.DeviceSecret(id, func(secret []byte) error {
			if string(secret) != want {
				t.Errorf("secret of %s = %q, want %q", id, secret, want)
			}
			lent = secret
			return nil
		})
		if err != nil || strings.Trim(string(lent), "\x00") != "" {
			t.Errorf("after use: %q, %v", lent, err)
		}
	}
	want(v, d.ID, "a key of another kind")
	want(v, plain.ID, "")
	if err := v.SetDeviceSecret(d.ID, []byte("rotated")); err != nil {
		t.Fatal(err)
	}
	if _, err := v.EditDevice(d.ID, func(d *Device) { d.Name = "desk" }); err != nil {
		t.Fatal(err)
	}
	want(v, d.ID, "rotated")
	want(reopen(t, v, PIN([]byte(testPIN))), d.ID, "rotated")
	none := func([]byte) error { return nil }
	if err := v.DeviceSecret("d-000000", none); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no device: %v", err)
	}
	if err := v.SetDeviceSecret("d-000000", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("stored for no device: %v", err)
	}
	v.Close()
	if err := v.DeviceSecret(d.ID, none); !errors.Is(err, ErrLocked) {
		t.Errorf("of a locked vault: %v", err)
	}
}
