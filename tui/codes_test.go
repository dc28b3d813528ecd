package tui

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

func TestCodes(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.golden("list")
		d.wait(26 * time.Second)
		d.golden("last-seconds")
		d.press("n", "j")
		srv.ask("r-1", "ana@demo.test")
		d.wait(11 * time.Second)
		d.golden("request-waits")
		d.press("H")
		d.golden("hidden")
	})
}

func TestSearch(t *testing.T) {
	inBubble(t, Config{Clipboard: &fakeClipboard{}}, func(d *driver, _ *fakeServer) {
		d.press("/")
		d.text("rms")
		d.golden("rms")
		d.see("2 of 9")
		d.press("esc")
		d.text("portal desk") // words in any order: a tag and the issuer
		d.see("1 of 9", "HelpDesk")
		d.text("j") // a letter is text here
		d.see("Nothing matches")
		d.press("backspace", "enter")
		d.see("copied")
		if d.m.session.codes.searching {
			t.Error("Enter does not leave the search")
		}
	})
}

func TestHOTP(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("j", "j", "j", "j", "j", "j")
		d.wait(time.Minute)
		d.see("#14", "Enter: next")
		d.press("enter")
		// RFC 4226 secret, counter 14.
		want, err := testHOTP(14)
		if err != nil {
			t.Fatal(err)
		}
		d.see(spaced(want))
		a, _ := d.m.account(d.m.session.codes.selected)
		if a.Counter != 15 {
			t.Errorf("counter = %d, want 15", a.Counter)
		}
		d.golden("stepped")
	})
}

func testHOTP(counter uint64) (string, error) {
	k := fixtureAccounts[6].Key
	k.Counter = counter
	return k.Code(time.Time{})
}

func TestCopy(t *testing.T) {
	clip := &fakeClipboard{}
	inBubble(t, Config{Clipboard: clip}, func(d *driver, _ *fakeServer) {
		c, err := d.m.session.vault.Code(d.m.session.codes.order[0], d.m.now)
		if err != nil {
			t.Fatal(err)
		}
		d.press("y")
		d.golden("copied")
		if clip.text != c.Value {
			t.Errorf("copied %q, want %q", clip.text, c.Value)
		}
		d.wait(27*time.Second + 500*time.Millisecond) // less than three seconds left
		d.press("y")
		if clip.text != c.Next {
			t.Errorf("copied %q, want the next code %q", clip.text, c.Next)
		}
		d.see("the next code")
		d.wait(20 * time.Second)
		if clip.text == "" {
			t.Error("the first copy's time cleared the second")
		}
		d.wait(11 * time.Second)
		if clip.text != "" {
			t.Error("the clipboard is not cleared after 30 seconds")
		}
		d.see("clipboard cleared")
	})
}

func TestCopyLeavesOthersTextAlone(t *testing.T) {
	clip := &fakeClipboard{}
	inBubble(t, Config{Clipboard: clip}, func(d *driver, _ *fakeServer) {
		d.press("y")
		if _, err := clip.Copy(t.Context(), "a shopping list"); err != nil {
			t.Fatal(err)
		}
		d.wait(31 * time.Second)
		if clip.text != "a shopping list" {
			t.Errorf("clipboard = %q", clip.text)
		}
	})
}

func TestCopyByTerminal(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("y")
		d.see("sent to the terminal")
		d.hide("copied", "clears in")
		if len(d.sent) != 1 || fmt.Sprintf("%T", d.sent[0]) != fmt.Sprintf("%T", tea.SetClipboard("x")()) {
			t.Errorf("sent %T, want an OSC 52 message", d.sent)
		}
	})
}

func TestCopyFallsBack(t *testing.T) {
	clip := &fakeClipboard{err: fmt.Errorf("wl-copy: no display")}
	inBubble(t, Config{Clipboard: clip}, func(d *driver, _ *fakeServer) {
		d.press("y")
		d.see("tool failed", "sent to")
		if len(d.sent) != 1 {
			t.Errorf("sent %v", d.sent)
		}
	})
}

func TestSortAndSteadyRows(t *testing.T) {
	inBubble(t, Config{Clipboard: &fakeClipboard{}}, func(d *driver, _ *fakeServer) {
		d.press("j", "j")
		third := d.m.session.codes.order[2]
		d.press("y")
		d.wait(time.Second)
		if d.m.session.codes.order[2] != third {
			t.Error("copying moved the row under the cursor")
		}
		d.press("2", "1")
		if d.m.session.codes.order[0] != third {
			t.Error("the last used account is not the first after coming back")
		}
		d.press("s")
		if d.m.session.codes.order[0] == third {
			t.Error("s does not sort by issuer")
		}
	})
}

func TestDetails(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("j", "j", "j", "enter")
		d.golden("details")
		d.press("e")
		d.golden("edit")
		d.press("tab", "tab")
		d.text(", night")
		d.press("enter")
		d.see("Saved HelpDesk", "work, portal, night")
	})
}

func TestSecret(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("j", "j", "j", "S")
		d.golden("asks")
		d.text("9999")
		d.press("enter")
		d.see("Wrong PIN. 9 tries left.")
		d.hide("JBSW", "Secret key")
		d.text(testPIN)
		d.press("enter")
		d.see("Secret key")
		d.golden("shown")
		d.see("▀")
		d.press("x")
		d.hide("Secret key")
		if s, ok := d.m.screen.(*revelation); ok || s != nil {
			t.Error("the secret stays")
		}
	})
}

func TestDelete(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("j", "j", "j", "D")
		d.golden("asks")
		d.text("ana@demo.test")
		d.press("tab")
		d.text("9999")
		d.press("enter")
		d.see("Wrong PIN")
		d.text(testPIN)
		d.press("enter")
		d.see("Deleted HelpDesk", "8 accounts")
	})
}
