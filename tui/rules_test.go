package tui

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"nod/approve"
)

// ruleFile writes a file of rules.
func ruleFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRule: what a rule has ignored rings no bell and waits for nobody; a notice and
// the list say which rule it was.
func TestRule(t *testing.T) {
	file := ruleFile(t, "[[rule]]\nname = \"night\"\ndo = \"ignore\"\naccount = \"ana@*\"\n")
	inBubble(t, Config{Rules: file}, func(d *driver, srv *fakeServer) {
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.see("ignored by rule night")
		d.hide("login request waiting")
		if len(d.sent) > 0 {
			t.Errorf("sent %v", d.sent)
		}
		d.press("2")
		d.see("Nothing to approve.", "ignored by rule night")
		if n := len(srv.answers); n != 1 || srv.answers[0].Act != approve.Ignore {
			t.Errorf("answers = %+v", srv.answers)
		}
		srv.ask("r-2", "ben@demo.test")
		d.wait(time.Second)
		if len(d.sent) != 1 {
			t.Errorf("no bell for a request that no rule decides on: %v", d.sent)
		}
	})
}

// TestRulesChange: a file that is mended is followed, and one that is spoilt leaves the
// rules as they were, and is told.
func TestRulesChange(t *testing.T) {
	const night = "[[rule]]\nname = \"night\"\ndo = \"ignore\"\naccount = \"ana@*\"\n"
	file := ruleFile(t, "[[rule]]\n")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inBubble(t, Config{Rules: file}, func(d *driver, srv *fakeServer) {
		d.see("No rule is applied")
		write(night)
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		if n := len(srv.answers); n != 1 || srv.answers[0].Act != approve.Ignore {
			t.Errorf("answers = %+v", srv.answers)
		}
		write(night + "do = \"accept\"\n")
		srv.ask("r-2", "ana@demo.test")
		d.wait(time.Second)
		d.see("The rules from before go on: ", "rules.toml, line 5: ")
		if n := len(srv.answers); n != 2 || srv.answers[1].Act != approve.Ignore {
			t.Errorf("answers = %+v", srv.answers)
		}
	})
}

// TestBadRules: a file that is wrong is told, and no rule is applied.
func TestBadRules(t *testing.T) {
	file := ruleFile(t, "[[rule]]\nname = \"night\"\ndo = \"accept\"\napp = \"*\"\n")
	inBubble(t, Config{Rules: file}, func(d *driver, srv *fakeServer) {
		d.see("No rule is applied", "rules.toml, line 3: ")
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.see("Waiting (1)")
		if len(srv.answers) > 0 {
			t.Errorf("answers = %+v", srv.answers)
		}
	})
}
