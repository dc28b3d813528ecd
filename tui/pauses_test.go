package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

func TestPause(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("2")
		d.see("z pause")
		d.press("z")
		d.golden("asks")
		d.press("enter")
		d.see("Requests are paused until 01:00. Codes still work.", "z resume")
		d.press("g")
		d.see("polling RMS (paused, live)")
		d.golden("paused")
		d.press("1")
		d.see("Requests are paused until 01:00.", "z to resume")
		d.golden("banner")
		d.press("3")
		d.see("paused until 01:00", "paused, live")
		d.golden("server")

		d.press("z")
		d.golden("resumes")
		d.press("enter")
		d.see("Requests are sent again.", "ok, live")
		d.press("1")
		d.hide("paused")

		for key, until := range map[string]string{"2": "00:20", "1": "01:00", "8": "08:00", "7": "01-08 00:00"} {
			d.press("2", "z", key)
			d.see("Requests are paused until " + until + ".")
		}
		d.press("z", "esc")
		d.see("Nothing to approve.")
		d.press("z", "k", "k", "k", "k", "k", "enter")
		d.see("Requests are paused until 00:20.")
	})
}

func TestPauseFits(t *testing.T) {
	inBubble(t, Config{ASCII: true}, func(d *driver, srv *fakeServer) {
		srv.change(func() { srv.pause = approve.Pause{Until: time.Now().AddDate(0, 0, 7), Why: approve.PauseLimit} })
		for _, keys := range [][]string{{"2"}, {"1"}, {"3"}, {"z"}} {
			d.press(keys...)
			d.press("G")
			everySize(d, keys[0])
			if i := strings.IndexFunc(d.screen(), func(r rune) bool { return r > '~' }); i >= 0 {
				t.Errorf("after %v:\n%s", keys, d.screen())
			}
		}
		d.press("z", "8", "ctrl+c")
		if _, ok := d.sent[len(d.sent)-1].(tea.QuitMsg); !ok {
			t.Errorf("sent %v", d.sent)
		}
	})
}

// On its screen a server is paused alone.
func TestPauseOneServer(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		if _, err := d.own().AddDevice(vault.Device{
			Driver: "fake", Server: "https://keys.demo.test", App: "Keys", Account: "ana@demo.test", Name: "ana-workstation",
			RemoteID: "2", State: vault.DeviceActive, ServerKey: make([]byte, 32), Words: []string{"copper", "lantern", "orbit", "maple"},
		}, vault.NewKeys()); err != nil {
			t.Fatal(err)
		}
		d.wait(10 * time.Second)
		d.press("1", "z")
		d.see("All 2 servers: ")
		d.press("esc", "3", "g", "z")
		d.see("Pause login requests for", ", ana@demo.test")
		d.hide("All 2 servers")
	})
}

func TestPauseLine(t *testing.T) {
	m := &Model{now: time.Date(2026, 11, 22, 21, 4, 0, 0, time.UTC)}
	at := func(app string, after time.Duration, why approve.PauseReason) approve.ServerState {
		return approve.ServerState{Device: vault.Device{App: app}, Pause: approve.Pause{Until: m.now.Add(after), Why: why}}
	}
	rms, keys := at("RMS", 20*time.Minute, approve.PauseDevice), at("Keys", 8*time.Hour, approve.PauseReport)
	for _, c := range []struct {
		on   []approve.ServerState
		all  int
		want string
	}{
		{nil, 2, ""},
		{[]approve.ServerState{rms}, 1, "Requests are paused until 21:24."},
		{[]approve.ServerState{rms}, 2, "Requests are paused: RMS until 21:24."},
		{[]approve.ServerState{rms, rms}, 2, "Requests are paused until 21:24."},
		{[]approve.ServerState{rms, keys}, 2, "Requests are paused: RMS until 21:24, Keys until 11-23 05:04 after a report."},
	} {
		if got := m.pauseLine(c.on, c.all); got != c.want {
			t.Errorf("line = %q, want %q", got, c.want)
		}
	}
}

// A pause that is over is not told of any more.
func TestPauseEnds(t *testing.T) {
	inBubble(t, Config{IdleLock: time.Hour}, func(d *driver, srv *fakeServer) {
		d.press("2", "z", "2")
		d.wait(19 * time.Minute)
		d.see("paused until 00:20")
		d.wait(2 * time.Minute)
		d.press("k")
		d.hide("paused")
		d.see("z pause")
	})
}

// What another device or the server has done shows when the list opens, when
// nod checks, and after a report.
func TestPauseOfOthers(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		ends := time.Now().Add(30 * time.Minute)
		set := func(p approve.Pause) { srv.change(func() { srv.pause = p }) }
		set(approve.Pause{Until: ends, Why: approve.PauseDevice})
		d.press("2")
		d.see("Requests are paused until 00:30.")
		set(approve.Pause{})
		d.press("r")
		d.wait(time.Second)
		d.hide("Requests are paused")
		set(approve.Pause{Until: ends, Why: approve.PauseLimit})
		d.press("z")
		d.see("Requests are paused until 00:30 after too many requests.")
		d.press("r")
		d.see("! Requests are paused until 00:30 after too many requests. Only the server")
		set(approve.Pause{})
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.press("!")
		set(approve.Pause{Until: ends, Why: approve.PauseReport})
		d.press("r", "esc")
		d.see("Requests are paused until 00:30 after a report.")
	})
}

func TestPauseFails(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.change(func() { srv.pauseErr = approve.ErrNoPause })
		d.press("2", "z", "1")
		d.see("! RMS: This server can not pause requests.", "Nothing to approve.")
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.press("X")
		d.see("1 request ignored. RMS: This server can not pause requests.")
		srv.change(func() { srv.pauseErr = errors.Join(approve.ErrRevoked) })
		d.press("z", "enter")
		d.see("The server no longer knows this device.")
		d.press("z")
		d.see("There is no server to ask for a pause.")
	})
}

// X does not make a pause shorter.
func TestIgnoreAllKeepsPause(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("2")
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.press("z", "8", "X")
		d.see("1 request ignored. Requests are paused until 08:00.")
	})
}
