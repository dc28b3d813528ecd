package tui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
)

// openDialog brings up the dialog of one request, its grace period not yet over.
func openDialog(d *driver, srv *fakeServer) {
	srv.ask("r-7Q2M", "ana@demo.test")
	d.wait(24 * time.Second)
	d.press("A")
}

func TestDialog(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.wait(grace + time.Millisecond)
		d.golden("empty")
		d.text("4x7") // digits only
		d.text("12")
		d.golden("typing")
		d.press("enter")
		if got := srv.got(); len(got) != 0 {
			t.Fatalf("answered %v with half a PIN", got)
		}
		d.press("backspace", "backspace")
		d.text("9999")
		d.press("enter")
		d.golden("wrong-pin")
		if got := srv.got(); len(got) != 0 {
			t.Fatalf("answered %v with a wrong PIN", got)
		}
		d.wait(time.Second)
		d.text(testPIN)
		d.press("enter")
		d.golden("accepted")
		if got := srv.got(); len(got) != 1 || got[0].Act != approve.Accept || got[0].Number != "47" {
			t.Fatalf("answered %v", got)
		}
		d.press("enter")
		d.see("accepted")
	})
}

// The focus goes from number to PIN by itself; who presses Tab there, too, still
// types the PIN. A second Tab goes on.
func TestTabAfterNumber(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.wait(grace + time.Millisecond)
		d.text("47")
		d.press("tab")
		d.text(testPIN)
		d.press("tab")
		if got := d.m.screen.(*dialog).focus; got != onAccept {
			t.Errorf("the focus is at %d, want the Accept button", got)
		}
		d.press("enter")
		if got := srv.got(); len(got) != 1 || got[0].Act != approve.Accept || got[0].Number != "47" {
			t.Fatalf("answered %v", got)
		}
	})
}

// A key meant for the screen below must not answer a request.
func TestGrace(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.press("d", "i", "!", "esc", "q", "L", "2")
		d.text("47")
		if _, ok := d.m.screen.(*dialog); !ok {
			t.Fatalf("a key within the grace period left the dialog: %T", d.m.screen)
		}
		d.wait(grace - 10*time.Millisecond)
		d.press("d")
		if got := srv.got(); len(got) != 0 {
			t.Fatalf("answered %v within the grace period", got)
		}
		if got := d.m.screen.(*dialog).number.value(); got != "" {
			t.Errorf("number = %q", got)
		}
		d.wait(20 * time.Millisecond)
		d.press("d")
		if got := srv.got(); len(got) != 1 || got[0].Act != approve.Deny {
			t.Fatalf("answered %v, want deny", got)
		}
		d.see("Denied.")
	})
}

// The number is typed, as it was read off the page; a PIN may come from a
// password manager.
func TestPaste(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.wait(time.Second)
		d.send(tea.PasteMsg{Content: "47"})
		d.text("47")
		d.send(tea.PasteMsg{Content: testPIN})
		d.press("enter")
		s := d.m.screen.(*dialog)
		if s.number.value() != "" || len(s.secret.typed) != 0 {
			t.Errorf("number %q, %d digits of the PIN, want both gone with the answer", s.number.value(), len(s.secret.typed))
		}
		if got := srv.got(); len(got) != 1 || got[0].Act != approve.Accept || got[0].Number != "47" {
			t.Errorf("answered %v, want one accept of 47", got)
		}
	})
}

func TestAnsweredElsewhere(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.wait(time.Second)
		d.text("47" + testPIN)
		srv.end("r-7Q2M", approve.Accepted, "phone-ana")
		d.wait(time.Millisecond)
		d.golden("closed")
		d.press("d", "i")
		d.see("Already answered on phone-ana at 00:00:25 (accepted).")
		if got := srv.got(); len(got) != 0 {
			t.Errorf("answered %v", got)
		}
		if n := len(d.m.screen.(*dialog).secret.typed); n != 0 {
			t.Error("the PIN stays in the dialog")
		}
	})
}

func TestDialogExpires(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.wait(2 * time.Minute)
		d.see("This request has expired.")
		d.press("enter")
		d.see("expired, nobody answered")
	})
}

func TestDialogResults(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want string
		open bool // the request can be tried again
	}{
		{"number", approve.ErrNumber, "That number does not match. The sign-in was stopped.", false},
		{"expired", approve.ErrExpired, "This request has expired.", false},
		{"revoked", approve.ErrRevoked, "no longer knows this device", false},
		{"unreachable", errAway, "Could not reach RMS; the answer was NOT sent.", true},
		{"limited", &approve.LimitedError{RetryAfter: 30 * time.Second}, "Too many tries. Wait 30 seconds.", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
				openDialog(d, srv)
				d.wait(time.Second)
				srv.change(func() { srv.answer = test.err })
				d.text("47" + testPIN)
				d.press("enter")
				d.see(test.want)
				d.golden("result")
				srv.change(func() { srv.answer = nil })
				if ended := d.m.screen.(*dialog).ended != ""; ended == test.open {
					t.Errorf("ended = %v", ended)
				}
				if test.open {
					d.text(testPIN)
					d.press("enter")
					d.see("Accepted.")
				}
			})
		})
	}
}

func TestPrevNext(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		srv.ask("r-2", "ben@demo.test")
		d.wait(time.Second)
		d.press("A")
		d.wait(time.Second)
		d.see("request 2 of 2", "ben@demo.test")
		d.press("[")
		d.see("request 1 of 2", "ana@demo.test")
		d.press("]") // within the grace period of the other
		d.see("request 1 of 2")
		d.wait(time.Second)
		d.press("]")
		d.see("request 2 of 2")
	})
}

func TestNotMe(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openDialog(d, srv)
		d.wait(time.Second)
		d.press("!")
		d.golden("asks")
		d.press("esc")
		d.see("Is it you signing in?")
		d.wait(time.Second)
		d.press("!", "r")
		d.golden("reported")
		if got := srv.got(); len(got) != 1 || got[0].Act != approve.Report || got[0].Reason != "not_me" {
			t.Errorf("answered %v", got)
		}
		d.press("enter")
		d.see("REPORTED")
	})
}

// Refusing keys work from the number box, the PIN box and the buttons, but are
// text in a passphrase box.
func TestRefusingKeys(t *testing.T) {
	for _, test := range []struct {
		name  string
		keys  []string
		sends bool
	}{
		{"number", []string{"d"}, true},
		{"pin", []string{"tab", "d"}, true},
		{"button", []string{"tab", "tab", "d"}, true},
		{"passphrase", []string{"tab", "f2", "d"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
				openDialog(d, srv)
				d.wait(time.Second)
				d.press(test.keys...)
				if sent := len(srv.got()) == 1; sent != test.sends {
					t.Errorf("answers = %v", srv.got())
				}
			})
		})
	}
}

// What a site says beside the request stands in the dialog, whole.
func TestDialogMessage(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.ask("r-7Q2M", "ana@demo.test")
		srv.change(func() { srv.waiting[0].Message = "deploy of nod 1.0.0 to production by ana, order 7" })
		d.wait(24 * time.Second)
		d.press("A")
		d.wait(grace + time.Millisecond)
		d.golden("message")
	})
}
