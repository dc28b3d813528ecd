package tui

// The drivers of Keycloak's extensions on the screen, with the servers that the drivers
// are tested against.

import (
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/keycloak"
	"nod/approve/keycloak/keycloaktest"
	"nod/vault/vaulttest"
)

// inKeycloak runs test in a bubble, with an unlocked copy of the fixture and the driver
// that serve makes.
func inKeycloak(t *testing.T, serve func(t *testing.T) approve.Driver, test func(d *driver)) {
	t.Helper()
	place := testVault(t)
	synctest.Test(t, func(t *testing.T) {
		c := Config{
			Place: place, Drivers: []approve.Driver{newFakeServer(), serve(t)}, Cost: vaulttest.Cost,
			Home: filepath.Dir(filepath.Dir(place.File)), Vault: openTest(t, place),
		}
		d := drive(t, New(t.Context(), c))
		t.Cleanup(d.m.end)
		d.wait(100 * time.Millisecond)
		test(d)
	})
}

// openNext opens the request that has just been asked for.
func openNext(d *driver) {
	d.wait(20 * time.Second) // who presses no key is asked for every 15 s
	d.press("A")
	d.wait(grace + time.Millisecond)
	d.see("Is it you signing in?")
}

func sameAnswers(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("answers %q, want %q", got, want)
	}
}

func TestKeycloakPush(t *testing.T) {
	var srv *keycloaktest.Push
	serve := func(t *testing.T) approve.Driver {
		srv = keycloaktest.NewPush(keycloaktest.Base, t.Errorf)
		return keycloak.NewPush(keycloaktest.Client(srv))
	}
	inKeycloak(t, serve, func(d *driver) {
		pasteLink(d, srv.Link(nil), "pairs this device with a server")
		d.see("id.demo.test", "Nothing was sent yet.")
		d.press("enter")
		d.see("The realm's administrator gives you a client id and secret.")
		d.text(keycloaktest.ClientID)
		d.press("tab")
		d.text(keycloaktest.ClientSecret)
		d.hide(keycloaktest.ClientSecret)
		if n := srv.Called(""); n != 0 {
			t.Errorf("%d calls before it was agreed to", n)
		}
		d.press("enter")
		d.see("is paired")

		srv.AskNumber("34", "5", "34", "07")
		openNext(d)
		d.golden("numbers")
		d.text("34")
		d.text(testPIN)
		d.press("enter")
		d.wait(time.Second)
		d.see("Accepted. Wiki is signing you in.")
		sameAnswers(t, srv.Answers(), "approve")

		d.wait(2 * fading)
		srv.AskPIN("0071")
		openNext(d)
		d.golden("pin")
		d.press("tab", "tab")
		d.press("d")
		d.wait(time.Second)
		sameAnswers(t, srv.Answers(), "approve", "deny")

		d.wait(2 * fading)
		srv.Ask(nil)
		openNext(d)
		d.golden("no-number")
		calls := srv.Called("POST /push-mfa")
		d.press("i")
		d.wait(20 * time.Second)
		sameAnswers(t, srv.Answers(), "approve", "deny")
		if n := srv.Called("POST /push-mfa"); n != calls {
			t.Errorf("ignoring made %d calls", n-calls)
		}
	})
}

func TestKeycloakApp(t *testing.T) {
	var srv *keycloaktest.App
	serve := func(t *testing.T) approve.Driver {
		srv = keycloaktest.NewApp(keycloaktest.Base, t.Errorf)
		return keycloak.NewApp(keycloaktest.Client(srv))
	}
	inKeycloak(t, serve, func(d *driver) {
		pasteLink(d, srv.Link(nil), "pairs this device with a server")
		d.see("id.demo.test", "Nothing was sent yet.")
		d.press("enter")
		d.see("is paired")

		srv.Ask("Qw3rTy0Aa9Zz", keycloaktest.Fields{"jti": "first"}, nil)
		openNext(d)
		d.golden("request")
		d.text(testPIN)
		d.press("enter")
		d.wait(time.Second)
		d.see("Accepted. Wiki is signing you in.")
		sameAnswers(t, srv.Answers(), "granted")

		d.wait(2 * fading)
		srv.Ask("Qw3rTy0Aa9Zz", keycloaktest.Fields{"jti": "second"}, nil)
		openNext(d)
		d.press("d")
		d.wait(time.Second)
		sameAnswers(t, srv.Answers(), "granted", "refused")

		d.wait(2 * fading)
		srv.Ask("Qw3rTy0Aa9Zz", keycloaktest.Fields{"jti": "third"}, nil)
		openNext(d)
		d.press("i")
		d.wait(20 * time.Second)
		sameAnswers(t, srv.Answers(), "granted", "refused")
	})
}
