package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nod/vault"
)

// oddEntries puts a vault in place that holds, beside one account, an entry of
// which only the id can be read and one of a kind that is not known.
func oddEntries(p vault.Place) error {
	data, err := os.ReadFile(filepath.Join("testdata", "odd.nod"))
	if err != nil {
		return err
	}
	for _, dir := range []string{filepath.Dir(p.File), p.State} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return os.WriteFile(p.File, data, 0o600)
}

func TestOddEntries(t *testing.T) {
	madeBubble(t, oddEntries, func(d *driver, _ *fakeServer) {
		d.text(testPassphrase)
		d.press("enter", "esc")
		d.golden("codes")
		d.press("g")
		for !strings.HasPrefix(d.m.session.codes.selected, "a-NEWER0") {
			before := d.m.session.codes.cursor()
			if d.press("j"); d.m.session.codes.cursor() == before {
				t.Fatalf("the entry is not in the list:\n%s", d.screen())
			}
		}
		for _, key := range []string{"y", "Y", "e", "S"} {
			d.press(key)
			d.see("This entry can not be used: it was stored by a newer nod.", "3 accounts")
		}
		d.press("enter")
		d.golden("details")
		d.press("D")
		d.golden("removal")
		d.press("enter")
		d.see("That is not the account's name.")
		d.text("a-NEWER0")
		d.press("enter")
		d.text(testPassphrase)
		d.press("enter")
		d.see("Deleted unreadable a-NEWER0", "HelpDesk")
		for _, a := range d.m.session.vault.Accounts() {
			if a.ID == "a-NEWER0" {
				t.Error("the entry is still in the vault")
			}
		}
		if got := len(d.m.session.codes.rows); got != 2 {
			t.Errorf("%d rows, want 2", got)
		}
	})
}
