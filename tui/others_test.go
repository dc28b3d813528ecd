package tui

// Servers of other makers: what they ask, the answers that they do not take, their
// pairing links, and sign-ins that are scanned.

import (
	"regexp"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
)

func openOther(d *driver, srv *fakeServer, differs func(*approve.Request)) {
	srv.askOther("r-7Q2M", differs)
	d.wait(24 * time.Second)
	d.press("A")
	d.wait(grace + time.Millisecond)
}

// One of the choices is typed; letters that are keys elsewhere are letters here.
func TestDialogChoices(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openOther(d, srv, func(r *approve.Request) { r.Choices = []string{"d", "iX", "07"} })
		d.golden("empty")
		d.text("i")
		d.press("enter")
		d.see("Type what the sign-in page shows")
		d.text("X")
		d.text(testPIN)
		d.golden("typed")
		d.press("enter")
		d.see("Accepted. RMS is signing you in.")
		if got := srv.got(); len(got) != 1 || got[0].Act != approve.Accept || got[0].Number != "iX" {
			t.Fatalf("answered %v", got)
		}
	})
}

// A code is typed; what the server answers is to be typed at the sign-in page.
func TestDialogCodes(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.outcome = approve.Outcome{Code: "03"}
		openOther(d, srv, func(r *approve.Request) { r.CodeLength = 4 })
		d.text("0042")
		d.text(testPIN)
		d.press("enter")
		d.see("Accepted. Type this code at the sign-in page: 03")
		if got := srv.got(); len(got) != 1 || got[0].Number != "0042" {
			t.Fatalf("answered %v", got)
		}
	})
}

// Where a server takes no refusal, or the connection is not to be trusted, that is
// said, and nothing else is sent.
func TestDialogFewerAnswers(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		openOther(d, srv, func(r *approve.Request) {
			r.Acts, r.Warnings = []approve.Act{approve.Ignore}, []string{"Certificates of this server are not checked."}
		})
		d.golden("only-ignore")
		for _, key := range []string{"d", "!"} {
			d.press(key)
			d.see("This server takes no such answer. Ignoring is always possible.")
		}
		d.press("tab", "tab", "enter")
		d.see("Ignored here.")
		if got := srv.got(); len(got) != 1 || got[0].Act != approve.Ignore {
			t.Fatalf("answered %v", got)
		}
	})
}

// A link of another maker's server is shown before anything is sent, and asks for
// what the server needs.
func TestPairOther(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("a")
		d.press(keyAddLink.Keys()[0])
		d.send(tea.PasteMsg{Content: "other://pair?token=x"})
		d.see("pairs this device with a server")
		d.press("enter")
		d.see("id.demo.test", "PIPU0006EF85", "! The link turns certificate checks off.", "Nothing was sent yet.")
		d.press("enter")
		d.see("The realm's administrator gives you a client id and secret.")
		d.text("nod-devices")
		d.press("tab")
		d.text("s3cret")
		d.see("[ nod-devices ", "[ ●●●●●●_ ")
		d.press("enter")
		d.see("is paired")
		if o := srv.offer; o.Link != "other://pair?token=x" || o.ClientID != "nod-devices" || o.ClientSecret != "s3cret" {
			t.Errorf("offered %+v", o)
		}
	})
}

// The link of a sign-in page opens its request.
func TestScanSignIn(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("a")
		d.press(keyAddLink.Keys()[0])
		d.send(tea.PasteMsg{Content: "other://sign-in/r-scan"})
		d.see("a sign-in that waits for your answer")
		d.press("enter")
		d.wait(grace + time.Millisecond)
		d.see("Is it you signing in?")
		d.text("47")
		d.text(testPIN)
		d.press("enter")
		d.see("Accepted.")
		if got := srv.got(); len(got) != 1 || got[0].Number != "47" {
			t.Fatalf("answered %v", got)
		}
	})
}

// Half a key is completed here, and the person types the other half at the site.
func TestHalfKey(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("a")
		d.press(keyAddLink.Keys()[0])
		d.send(tea.PasteMsg{Content: "otpauth://totp/TOTP0001?secret=GEZDGNBVGY3TQOJQ&issuer=privacyIDEA&2step_salt=8&2step_output=20&2step_difficulty=1000"})
		d.press("enter")
		d.see("Your half", "Type your half at the site once")
		half := regexp.MustCompile(`Your half +((?:[A-Z2-7]{4} ){4}[A-Z2-7]{4})`).FindStringSubmatch(d.screen())
		if half == nil {
			t.Fatalf("no half of 12 bytes:\n%s", d.screen())
		}
		d.press("enter")
		d.see("To finish, type at the site:")
		for _, a := range d.m.session.accounts {
			if a.Issuer == "privacyIDEA" {
				return
			}
		}
		t.Errorf("it is not stored:\n%s", d.screen())
	})
}
