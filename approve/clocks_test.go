package approve

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

// TestClocks: a driver's poll tells the time, else any answer's Date; what is learned
// is remembered, and known to who asks nobody.
func TestClocks(t *testing.T) {
	status, date := 404, true
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
		if !date {
			w.Header()["Date"] = nil
		}
		w.WriteHeader(status)
	}))
	defer web.Close()
	for _, d := range testVault.Devices() {
		if err := testVault.RemoveDevice(d.ID); err != nil {
			t.Fatal(err)
		}
	}
	d, err := testVault.AddDevice(vault.Device{Driver: "quiet", Server: web.URL, App: "RMS", State: vault.DeviceActive}, vault.NewKeys())
	if err != nil {
		t.Fatal(err)
	}
	defer testVault.RemoveDevice(d.ID)
	quiet := newFakeServer("quiet")
	quiet.err = ErrRefused // it says nothing of the time
	in := NewInbox(testVault, quiet)
	for _, status = range []int{404, 302, 503, 200} {
		c := in.Clocks(t.Context(), web.Client(), []vault.Device{d})[0]
		if off := c.Reading.Offset + 10*time.Minute; c.Err != nil || c.Trusted || c.Reading.Source != SourceDate || off.Abs() > time.Minute {
			t.Errorf("status %d: %+v", status, c)
		}
	}
	now := time.Now()
	if known := testVault.Differences(now); len(known) != 1 || known[0].Device != d.ID || (known[0].Offset+10*time.Minute).Abs() > time.Minute {
		t.Errorf("remembered: %+v", known)
	}
	if s := in.event().Servers; len(s) != 1 || s[0].Clock.At.IsZero() || s[0].Offset != s[0].Clock.Offset {
		t.Errorf("state %+v", s)
	}
	date = false
	if c := in.Clocks(t.Context(), web.Client(), []vault.Device{d})[0]; !errors.Is(c.Err, ErrUnreachable) || !c.Reading.At.IsZero() {
		t.Errorf("without a Date: %+v", c)
	}
	web.Close()
	if c := in.Clocks(t.Context(), web.Client(), []vault.Device{d})[0]; !errors.Is(c.Err, ErrUnreachable) {
		t.Errorf("without a server: %+v", c)
	}
}

// TestClockReadings: a Date is a reading, and not what requests are signed by.
func TestClockReadings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		if r := c.Reading(); !r.At.IsZero() {
			t.Errorf("reading of nothing: %+v", r)
		}
		c.Set(time.Now().Add(time.Minute), 0)
		c.Hear(time.Now().Add(42*time.Second), time.Second)
		offset, _ := c.Offset()
		if r := c.Reading(); offset != time.Minute || r != (Reading{43 * time.Second, time.Second, time.Now(), SourceDate}) {
			t.Errorf("offset %s, reading %+v", offset, r)
		}
		c.Correct(-time.Second)
		if offset, _ := c.Offset(); offset != -time.Second || c.Reading().Source != SourceDate {
			t.Errorf("corrected: %s, %+v", offset, c.Reading())
		}
	})
}

// TestLocalIsMonotonic: the end of a request does not move when the clock is set.
func TestLocalIsMonotonic(t *testing.T) {
	var c Clock
	c.Set(time.Now().Add(time.Hour), 0)
	end := time.Now().Add(time.Hour + 2*time.Minute).Round(0).UTC()
	local := c.Local(end)
	if left := time.Until(local); left < time.Minute || left > 2*time.Minute+time.Second {
		t.Errorf("%s are left", left)
	}
	if local == local.Round(0) { // which takes the monotonic reading away
		t.Error("it has no monotonic reading")
	}
}

func TestProven(t *testing.T) {
	for _, test := range []struct {
		device vault.Device
		want   bool
	}{
		{vault.Device{Server: "https://id.demo.test"}, true},
		{vault.Device{Server: "http://127.0.0.1:8443"}, false},
		{vault.Device{Server: "https://id.demo.test", Memory: Trust{Unchecked: true}.Remember(nil)}, false},
		{vault.Device{Server: "https://id.demo.test", Memory: Trust{Roots: "x"}.Remember(nil)}, true},
	} {
		if got := proven(test.device); got != test.want {
			t.Errorf("%+v: %v", test.device, got)
		}
	}
}
