package tui

// A tiqr server, with the real driver: nothing of it comes by itself.

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/tiqr"
	"nod/approve/tiqr/tiqrtest"
	"nod/vault/vaulttest"
)

// pasteLink gives the screen for links what a page shows, and opens it.
func pasteLink(d *driver, link, says string) {
	d.t.Helper()
	d.press("1", "a")
	d.press(keyAddLink.Keys()[0])
	d.paste(link)
	d.see(says)
	d.press("enter")
	d.wait(grace + time.Millisecond)
}

// TestTiqr pairs by a pasted link, accepts one sign-in and ignores another.
func TestTiqr(t *testing.T) {
	place := testVault(t)
	synctest.Test(t, func(t *testing.T) {
		srv := tiqrtest.New(t)
		c := Config{Place: place, Home: filepath.Dir(filepath.Dir(place.File)), Cost: vaulttest.Cost, Vault: openTest(t, place)}
		c.Drivers = []approve.Driver{newFakeServer(), tiqr.New(srv.Client())}
		d := drive(t, New(t.Context(), c))
		t.Cleanup(d.m.end)
		d.wait(100 * time.Millisecond)

		pasteLink(d, srv.Enrol(), "pairs this device with a server")
		d.see("tiqr.demo.test", "! The link works once", "! The secret is shared with the server", "Nothing was sent yet.")
		if calls := srv.Calls(); len(calls) != 0 {
			t.Errorf("the link alone called %v", calls)
		}
		d.press("enter")
		d.see("Demo tiqr is paired.")

		link := srv.Ask(tiqrtest.User)
		pasteLink(d, link, "a sign-in that waits for your answer")
		d.golden("asked")
		for _, key := range []string{"d", "!"} {
			d.press(key)
			d.see("This server takes no such answer. Ignoring is always possible.")
		}
		d.text(testPIN)
		d.press("enter")
		d.golden("accepted")
		if got := srv.Answers(); !slices.Equal(got, []tiqrtest.Answer{{User: tiqrtest.User, Reply: "OK"}}) {
			t.Fatalf("answered %v", got)
		}

		d.press("enter") // back to the list
		pasteLink(d, link, "a sign-in that waits for your answer")
		d.see("! Already answered on")
		d.press("esc")
		calls := len(srv.Calls())
		pasteLink(d, srv.Ask(""), "a sign-in that waits for your answer")
		d.press("i")
		d.see("Ignored here.")
		d.press("enter")
		pasteLink(d, strings.Replace(srv.Ask(""), tiqrtest.Service, "id.demo.test", 1), "a sign-in that waits for your answer")
		d.see("That sign-in is for no pairing of this vault.")
		if got := len(srv.Calls()); got != calls {
			t.Errorf("%d calls for ignoring", got-calls)
		}
	})
}
