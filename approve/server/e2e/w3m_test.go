package e2e

// One pass with w3m, a browser of the terminal without scripts: what a person
// at a console sees.

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestW3M(t *testing.T) {
	path, err := exec.LookPath("w3m")
	need(t, "w3m (package w3m)", err == nil)
	w := newWorld(t)
	dump := func(at string) string {
		t.Helper()
		cmd := exec.Command(path, "-dump", "-cols", "80", w.origin+at)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "TERM=dumb")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("w3m %s: %v\n%s", at, err, out)
		}
		return strings.Join(strings.Fields(string(out)), " ") // lines break where they will
	}
	for at, texts := range map[string][]string{
		"/":                     {"RMS (Teltonika demo)", "1Global demo", "HelpDesk", "Remote Management Service", "Keys (SALTO KS demo)"},
		"/app/rms/login":        {"Sign in to RMS", "E-mail or user name", "Password", "Password [", "] Sign in"},
		"/app/keys/login":       {"Sign in to Keys"},
		"/app/helpdesk/login":   {"Sign in to HelpDesk"},
		"/app/oneglobal/login":  {"Sign in to 1Global"},
		"/app/rmscloud/login":   {"Sign in to RMS (Buffalo)"},
		"/app/rms/login?ended=": {"Sign in to RMS"},
	} {
		page := dump(at)
		for _, text := range texts {
			if !strings.Contains(page, text) {
				t.Errorf("w3m %s does not show %q:\n%s", at, text, page)
			}
		}
	}
}
