package tui

// The screens with a real driver of another maker's server, and its fake server
// behind it: no part of the way is played by this package.

import (
	"net/url"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/approve/privacyidea"
	"nod/approve/privacyidea/privacyideatest"
	"nod/vault/vaulttest"
)

// withPush runs test in a bubble with an unlocked copy of the fixture and a push
// service that is not paired yet.
func withPush(t *testing.T, test func(d *driver, s *privacyideatest.Server)) {
	t.Helper()
	place := testVault(t)
	synctest.Test(t, func(t *testing.T) {
		s := privacyideatest.New(t)
		c := Config{
			Place: place, Cost: vaulttest.Cost, Home: filepath.Dir(filepath.Dir(place.File)), Vault: openTest(t, place),
			Drivers: []approve.Driver{
				newFakeServer(),
				privacyidea.New(s.Client(), privacyidea.KeyBits(2048)), privacyidea.NewEduMFA(s.Client(), privacyidea.KeyBits(2048)),
			},
		}
		d := drive(t, New(t.Context(), c))
		t.Cleanup(d.m.end)
		d.wait(100 * time.Millisecond)
		test(d, s)
	})
}

// openPairing pastes a link and goes on to what it says, with a name for this device.
func openPairing(d *driver, link string) {
	d.press("a")
	d.press(keyAddLink.Keys()[0])
	d.send(tea.PasteMsg{Content: link})
	d.see("pairs this device with a server")
	d.press("enter", "ctrl+u")
	d.text("ana-laptop")
}

// openAsk opens the one request that waits.
func openAsk(d *driver) {
	d.wait(16 * time.Second)
	d.press("A")
	d.wait(grace + time.Millisecond)
	d.see("Is it you signing in?")
}

// ask adds a request with a nonce that is the same each time.
func ask(s *privacyideatest.Server, nonce string, change func(*privacyideatest.Ask)) *privacyideatest.Ask {
	return s.Ask(func(a *privacyideatest.Ask) {
		a.Nonce = nonce
		if change != nil {
			change(a)
		}
	})
}

// answered fails the test unless exactly these answers came, each without what
// differs each time.
func answered(d *driver, s *privacyideatest.Server, want ...map[string]string) {
	d.t.Helper()
	got := s.Answers()
	if len(got) != len(want) {
		d.t.Fatalf("answered %v, want %v", got, want)
	}
	for i, fields := range want {
		for name, value := range fields {
			if got[i][name] != value {
				d.t.Errorf("answer %d has %s %q, want %q", i, name, got[i][name], value)
			}
		}
	}
}

// TestPush takes the whole way: the link, and each answer.
func TestPush(t *testing.T) {
	withPush(t, func(d *driver, s *privacyideatest.Server) {
		openPairing(d, s.Link(func(q url.Values) {
			q.Set("sslverify", "0")
			q.Set("app_force_unlock", "any")
		}))
		d.golden("link")
		if n := len(s.Calls()); n != 0 {
			t.Errorf("%d calls before it was agreed to", n)
		}
		d.press("enter")
		d.see("Demo is paired. Login requests show here from now on.")
		d.press("2")

		ask(s, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", func(a *privacyideatest.Ask) {
			a.Title, a.Question, a.Choices = "Intranet", "Log in ana@demo.test to vpn.demo.test from 192.0.2.10?", "07,42,99"
		})
		openAsk(d)
		d.golden("choices")
		d.text("07")
		d.text(testPIN)
		d.press("enter")
		d.see("Accepted. Intranet is signing you in.")
		accepted := map[string]string{"nonce": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "presence_answer": "07", "decline": ""}
		answered(d, s, accepted)
		d.press("enter")

		s.Change(func() { s.Code = "739" })
		ask(s, "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", nil)
		openAsk(d)
		d.golden("plain")
		d.text(testPIN)
		d.press("enter")
		d.see("Type this code: 739")
		d.golden("code")
		d.press("enter")

		ask(s, "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", nil)
		openAsk(d)
		d.press("d")
		d.see("Denied.")
		denied := map[string]string{"nonce": "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", "decline": "1", "decline_reason": ""}
		d.press("enter")

		ask(s, "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD", nil)
		openAsk(d)
		d.press("i")
		d.see("Ignored here.")
		answered(d, s, accepted, map[string]string{"nonce": "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"}, denied)
	})
}
