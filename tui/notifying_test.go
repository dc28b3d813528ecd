package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/tui/clipboard"
	"nod/tui/notify"
)

// raw is what the program has sent to the terminal past the screen.
func (d *driver) raw() string {
	var b strings.Builder
	for _, msg := range d.sent {
		if r, ok := msg.(tea.RawMsg); ok {
			b.WriteString(r.Msg.(string))
		}
	}
	return b.String()
}

// TestNotify: once for each request, and taken back when it ends.
func TestNotify(t *testing.T) {
	env := map[string]string{"NOD_NOTIFY": "bell,osc99", "NOD_NOTIFY_CMD": "/nowhere/tell"}
	n, err := notify.New(t.Context(), func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, Config{Notifier: n}, func(d *driver, srv *fakeServer) {
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.see("/nowhere/tell") // a warning
		srv.ask("r-2", "ana@demo.test")
		d.wait(5 * time.Second)
		got := d.raw()
		for _, want := range []string{"i=nod-r-1:d=0", "i=nod-r-2:d=0"} {
			if strings.Count(got, want) != 1 {
				t.Errorf("%q holds %s %d times, want once", got, want, strings.Count(got, want))
			}
		}
		if strings.Count(got, "\a") != 2+4 { // bells, and ends of strings
			t.Errorf("%q rings too often or too rarely", got)
		}
		if strings.Contains(got, "p=close") {
			t.Errorf("%q takes a notification back too early", got)
		}
		srv.end("r-1", approve.Denied, "phone-ana")
		d.wait(5 * time.Second)
		if got := d.raw(); strings.Count(got, "p=close") != 1 || !strings.Contains(got, "i=nod-r-1:p=close") {
			t.Errorf("%q does not take back the one that ended", got)
		}
	})
}

// TestClearBlindly: the terminal's clipboard is cleared on wish only.
func TestClearBlindly(t *testing.T) {
	for _, blind := range []bool{false, true} {
		clip := &fakeClipboard{err: clipboard.ErrNoTool}
		inBubble(t, Config{Clipboard: clip, Clearing: clipboard.Clearing{After: 10 * time.Second, Blind: blind}}, func(d *driver, _ *fakeServer) {
			d.press("y")
			d.see("sent to the terminal")
			d.hide("copied", "tool failed")
			d.wait(9 * time.Second)
			if cleared := strings.Contains(d.raw(), clip.Sequence("")); cleared {
				t.Error("cleared too early")
			}
			d.wait(2 * time.Second)
			if cleared := strings.Contains(d.raw(), clip.Sequence("")); cleared != blind {
				t.Errorf("blind %v: cleared %v", blind, cleared)
			}
		})
	}
}
