package tui

import (
	"strings"
	"testing"
	"time"

	"nod/approve"
)

func TestApprovals(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("2")
		d.golden("empty")
		srv.ask("r-7Q2M", "ana@demo.test")
		d.wait(19 * time.Second)
		srv.ask("r-8A1B", "ana@demo.test")
		d.wait(time.Second)
		d.golden("two")
		d.press("j")
		if got := d.m.session.approvals.selected; !strings.HasSuffix(got, "/r-8A1B") {
			t.Errorf("selected %q", got)
		}
		srv.end("r-7Q2M", approve.Accepted, "phone-ana")
		d.wait(time.Second)
		d.see("accepted")
		d.wait(4 * time.Second)
		d.see("accepted on phone-ana")
		if got := d.m.session.approvals.selected; !strings.HasSuffix(got, "/r-8A1B") {
			t.Errorf("the selection moved to %q", got)
		}
		d.golden("answered-elsewhere")
		d.wait(90 * time.Second)
		d.see("! ")
		d.wait(26 * time.Second)
		d.see("expired")
		d.wait(5 * time.Second)
		d.see("Nothing to approve.", "expired, nobody answered")
		d.golden("expired")
	})
}

func TestBell(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("1")
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.see("1 login request waiting.", "A to open")
		if _, ok := d.m.screen.(*codes); !ok {
			t.Errorf("a request opened %T by itself", d.m.screen)
		}
		if len(d.sent) != 1 {
			t.Errorf("sent %v, want one bell", d.sent)
		}
		d.wait(30 * time.Second)
		if len(d.sent) != 1 {
			t.Errorf("the bell rang %d times for one request", len(d.sent))
		}
	})
}

func TestIgnoreAndUndo(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("2")
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.press("i")
		d.see("ignored here; u takes it back")
		d.golden("ignored")
		d.press("u")
		d.see("Waiting (1)")
		d.wait(10 * time.Second)
		d.see("Waiting (1)")
		d.press("enter")
		d.wait(grace + time.Millisecond)
		d.text("47" + testPIN)
		d.press("enter")
		d.see("Accepted. RMS is signing you in.")
		if got := srv.got(); len(got) != 2 || got[0].Act != approve.Ignore || got[1].Act != approve.Accept {
			t.Errorf("answers = %v", got)
		}
	})
}

func TestIgnoreAll(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("2")
		for _, id := range []string{"r-1", "r-2", "r-3"} {
			srv.ask(id, "ana@demo.test")
		}
		d.wait(time.Second)
		d.see("3 requests in 2 minutes for ana@demo.test")
		d.press("X")
		d.see("3 requests ignored. Requests are paused until 00:20.", "z resume")
		for _, a := range srv.got() {
			if a.Act != approve.Ignore {
				t.Errorf("answered %v", a)
			}
		}
	})
}

// Coming back from an answered request, the next one is selected.
func TestNextIsSelected(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.wait(grace + time.Millisecond)
		d.press("d")
		d.wait(2 * fading)
		srv.ask("r-next", "ana@demo.test")
		d.wait(time.Second)
		d.press("enter", "enter")
		if s, ok := d.m.screen.(*dialog); !ok || !strings.HasSuffix(s.id, "r-next") {
			t.Errorf("Enter opened %T, want the dialog of the next request", d.m.screen)
		}
	})
}
