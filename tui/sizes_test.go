package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"nod/approve"
)

// places are ways to every screen of a session, from the codes list.
var places = map[string][]string{
	"codes":      nil,
	"search":     {"/", "r", "m"},
	"hidden":     {"H"},
	"details":    {"j", "enter"},
	"edit":       {"e"},
	"removal":    {"D"},
	"revelation": {"S"},
	"add":        {"a"},
	"image":      {"a", "i"},
	"link":       {"a", "u"},
	"secret":     {"a", "k"},
	"pair":       {"a", "r"},
	"approvals":  {"2"},
	"servers":    {"3"},
	"rename":     {"3", "R"},
	"unpair":     {"3", "U"},
	"history":    {"4"},
	"help":       {"?"},
	"dialog":     {"A"},
}

// TestEverySize draws every screen in every size from 40x10 to 100x30: no line
// is wider than the window, and there are exactly as many as it has. One goroutine
// draws, so that the race detector has nothing to say of one size more: under it a
// screen is drawn in every 20th width and every 10th height, elsewhere in all sizes.
func TestEverySize(t *testing.T) {
	for name, keys := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
				srv.ask("r-7Q2M", "ana@demo.test")
				srv.ask("r-8A1B", "a-very-long-name-of-a-person@a-very-long-domain.demo.test")
				d.wait(27 * time.Second)
				d.press(keys...)
				d.wait(time.Second)
				everySize(d, name)
				if name == "dialog" {
					d.press("!")
					everySize(d, "not me")
				}
			})
		})
	}
}

func everySize(d *driver, name string) {
	d.t.Helper()
	wider, higher := 1, 1
	if raced {
		wider, higher = 20, 10
	}
	for w := minWidth; w <= 100; w += wider {
		for h := minHeight; h <= 30; h += higher {
			d.update(tea.WindowSizeMsg{Width: w, Height: h})
			lines := strings.Split(d.m.View().Content, "\n")
			if len(lines) != h {
				d.t.Fatalf("%s at %dx%d has %d lines:\n%s", name, w, h, len(lines), d.screen())
			}
			for _, l := range lines {
				if got := ansi.StringWidth(l); got >= w {
					d.t.Fatalf("%s at %dx%d has a line of %d cells: %q", name, w, h, got, ansi.Strip(l))
				}
			}
		}
	}
}

func TestTooSmall(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.size(32, 8)
		if got, want := strings.ReplaceAll(d.screen(), "\n", " "), "Make the window larger: 40x10 needed, 32x8 now"; got != want {
			t.Errorf("screen = %q, want %q", got, want)
		}
		d.press("D", "L")
		d.size(80, 24)
		d.see("9 accounts")
		for _, size := range [][2]int{{1, 1}, {3, 2}, {39, 30}, {100, 9}} {
			d.size(size[0], size[1])
			d.fits("too small", d.screen(), size[0], size[1])
		}
	})
}

func TestASCII(t *testing.T) {
	inBubble(t, Config{ASCII: true}, func(d *driver, srv *fakeServer) {
		srv.ask("r-7Q2M", "ana@demo.test")
		d.wait(27 * time.Second)
		for _, name := range slices.Sorted(maps.Keys(places)) {
			d.press(places[name]...)
			d.wait(time.Second)
			if i := strings.IndexFunc(d.screen(), func(r rune) bool { return r > '~' }); i >= 0 {
				t.Errorf("%s shows %q:\n%s", name, d.screen()[i:i+3], d.screen())
			}
			home(d)
		}
		d.golden("codes")
		srv.ask("r-8A1B", "ana@demo.test")
		d.wait(time.Second)
		d.press("A")
		d.wait(time.Second)
		d.golden("dialog")
	})
}

// home goes back to the codes list from anywhere.
func home(d *driver) {
	for range 5 {
		d.press("esc")
		d.wait(time.Second)
	}
	if d.m.session.codes.hidden {
		d.press("H")
	}
	d.press("1")
}

// Without colour everything is still said: the active tab, the selection, the
// last seconds, the state of a server.
func TestWithoutColour(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
		d.wait(26 * time.Second)
		d.see("[1 Codes]", "4s!", "next ")
		srv.ask("r-7Q2M", "ana@demo.test")
		d.wait(time.Second)
		d.press("2")
		d.see("[2 Approvals]", "(1)", "[2:00]")
	})
}

func TestLightBackground(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		dark := d.m.View().Content
		d.send(tea.BackgroundColorMsg{Color: ansi.White})
		if light := d.m.View().Content; light == dark {
			t.Error("a light background changes no colour")
		}
	})
}

// Text of servers and QR codes can not steer the terminal.
func TestHostileText(t *testing.T) {
	const evil = "RMS\x1b]0;owned\x07\x1b[2J\u202e\u200b\r\nx"
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.change(func() {
			now := time.Now()
			srv.waiting = append(srv.waiting, approve.Request{
				ID: "r-1", App: evil, Account: evil, IP: evil, Place: evil, Browser: evil, OS: evil, Action: evil,
				AskedAt: now, ExpiresAt: now.Add(time.Minute), Devices: []string{evil}, State: approve.Waiting,
			})
			srv.status.Support, srv.status.Methods = evil, []string{evil}
			srv.status.Devices[0].Name = evil
		})
		d.wait(time.Second)
		for _, keys := range [][]string{{"1"}, {"2"}, {"3"}, {"A"}} {
			d.press(keys...)
			d.wait(time.Second)
			content := d.m.View().Content
			for _, bad := range []string{"\x1b]", "\x07", "\x1b[2J", "\u202e", "\r"} {
				if strings.Contains(content, bad) {
					t.Errorf("after %v the screen holds %q", keys, bad)
				}
			}
		}
	})
}

func TestNotes(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		notes := make(chan string, 2)
		defer close(notes)
		notes <- "browser: signing in to rms as ana@demo.test"
		notes <- "browser: RMS shows the number 47 for ana@demo.test"
		d.m.config.Notes = notes
		d.run(waitForNote(notes))
		d.settle()
		for _, name := range slices.Sorted(maps.Keys(places)) {
			d.press(places[name]...)
			d.wait(time.Second)
			d.see("browser: RMS shows the number 47")
			home(d)
		}
		d.golden("codes")
		d.press("L")
		d.see("browser: RMS shows the number 47")
	})
}

func TestTitle(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		if got := d.m.View().WindowTitle; got != "nod" {
			t.Errorf("title = %q", got)
		}
		for i := range 2 {
			srv.ask(fmt.Sprint("r-", i), "ana@demo.test")
		}
		d.wait(time.Second)
		if got := d.m.View().WindowTitle; got != "nod (2)" {
			t.Errorf("title = %q", got)
		}
		if !d.m.View().AltScreen {
			t.Error("codes would stay in the scrollback")
		}
	})
}

func TestSuspendHidesCodes(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("ctrl+z")
		if _, ok := d.sent[len(d.sent)-1].(tea.SuspendMsg); !ok {
			t.Errorf("sent %v", d.sent)
		}
		d.send(tea.ResumeMsg{})
		d.see("•••")
	})
}

func TestCtrlCAlwaysQuits(t *testing.T) {
	for name, keys := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
				srv.ask("r-1", "ana@demo.test")
				d.wait(time.Second)
				d.press(keys...)
				d.press("ctrl+c")
				if _, ok := d.sent[len(d.sent)-1].(tea.QuitMsg); !ok {
					t.Errorf("sent %v", d.sent)
				}
			})
		})
	}
}
