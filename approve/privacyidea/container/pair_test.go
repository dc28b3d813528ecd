package container

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/privacyidea/container/containertest"
	"nod/vault"
)

func TestPair(t *testing.T) {
	for name, c := range map[string]struct {
		prompt, passphrase string
		send               bool
	}{
		"plain": {}, "passphrase": {"PIN?", "sesame", false}, "passphrase that is sent": {"Password?", "bob|pw%41", true},
	} {
		t.Run(name, func(t *testing.T) {
			srv := containertest.New(testBase)
			o := offerOf(srv.Link(c.prompt, c.passphrase, c.send))
			o.Passphrase = c.passphrase
			k := vault.NewKeys()
			defer k.Wipe()
			p, err := newDriver(srv.Client()).Pair(t.Context(), o, k)
			if err != nil {
				t.Fatal(err)
			}
			d := p.Device
			if d.Driver != Name || d.Server != testOrigin || d.RemoteID != containertest.Serial || d.State != vault.DeviceActive || d.Name != "ana/laptop" {
				t.Errorf("device %+v", d)
			}
			if !srv.Registered() || !slices.Equal(srv.Calls(), []string{"/pi/container/register/finalize"}) {
				t.Errorf("calls %q", srv.Calls())
			}
			sent := srv.Last("finalize")
			if _, ok := sent["passphrase"]; ok != c.send {
				t.Errorf("the passphrase was sent: %v", ok)
			}
			if sent["device_model"] != "ana/laptop" || sent["device_brand"] != "nod" {
				t.Errorf("sent %q", sent)
			}
		})
	}
}

// Without the person's wish nothing is sent.
func TestPairRefusesUnasked(t *testing.T) {
	srv := containertest.New(testBase)
	link := srv.Link("", "", false)
	for name, c := range map[string]struct {
		offer approve.Offer
		want  error
	}{
		"not asked for":         {approve.Offer{Link: link}, approve.ErrContainer},
		"certificate unchecked": {approve.Offer{Link: link, Container: true, Trust: approve.Trust{Unchecked: true}}, errUnchecked},
		"no passphrase":         {approve.Offer{Link: srv.Link("PIN?", "sesame", false), Container: true}, nil},
		"code":                  {approve.Offer{Code: "123456", Server: testOrigin, Container: true}, approve.ErrNotMine},
		"this machine":          {approve.Offer{Link: linkWith("url", "https://localhost"), Container: true}, approve.ErrInsecure},
	} {
		if _, err := newDriver(srv.Client()).Pair(t.Context(), c.offer, vault.NewKeys()); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if calls := srv.Calls(); len(calls) != 0 {
		t.Errorf("calls %q", calls)
	}
}

func TestPairRefused(t *testing.T) {
	srv := containertest.New(testBase)
	d := newDriver(srv.Client())
	o := offerOf(srv.Link("PIN?", "sesame", false))
	o.Passphrase = "guess"
	if _, err := d.Pair(t.Context(), o, vault.NewKeys()); !errors.Is(err, approve.ErrRefused) || !strings.Contains(approve.Why(err), "passphrase") {
		t.Errorf("wrong passphrase: %v", err)
	}
	o.Passphrase = "sesame"
	if _, err := d.Pair(t.Context(), o, vault.NewKeys()); err != nil {
		t.Errorf("the right one then: %v", err)
	}
	if _, err := d.Pair(t.Context(), o, vault.NewKeys()); !errors.Is(err, approve.ErrRefused) {
		t.Errorf("the link again: %v", err)
	}
	if _, err := d.Pair(t.Context(), offerOf(strings.ReplaceAll(srv.Link("", "", false), containertest.Serial, "SMPH0002")), vault.NewKeys()); !errors.Is(err, approve.ErrRefused) {
		t.Errorf("unknown container: %v", err)
	}
}

func TestWithoutServer(t *testing.T) {
	srv := containertest.New(testBase)
	d := newDriver(srv.Client())
	dev := approve.Device{Device: vault.Device{State: vault.DeviceActive, App: "Demo", Account: "SMPH1"}}
	if b, err := d.Poll(t.Context(), dev, idle); err != nil || len(b.Requests) != 0 || b.Interval != idle || !b.Unasked {
		t.Errorf("poll %+v, %v", b, err)
	}
	if _, err := d.Answer(t.Context(), dev, approve.Request{}, approve.Decision{Act: approve.Accept}, nil); !errors.Is(err, approve.ErrNotOffered) {
		t.Errorf("answer %v", err)
	}
	if s, err := d.Status(t.Context(), dev); err != nil || s.State != vault.DeviceActive || s.App != "Demo" {
		t.Errorf("status %+v, %v", s, err)
	}
	if err := d.Rename(t.Context(), dev, "x"); err != nil {
		t.Error(err)
	}
	if len(srv.Calls()) != 0 || New(srv.Client()).Name() != "privacyidea-container" {
		t.Error("it spoke to the server")
	}
}
