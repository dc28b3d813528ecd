//go:build unix

package tui

// This file runs the program in a pseudo-terminal, ends it in every way, and
// looks at what is left on the screen and above it.

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func fixtureDir(t *testing.T) string {
	return filepath.Dir(filepath.Dir(testVault(t).File))
}

// TestEndings: whatever ends the program, the screen is as it was before.
func TestEndings(t *testing.T) {
	sign := func(s syscall.Signal) func(w *window) {
		return func(w *window) {
			if err := w.cmd.Process.Signal(s); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	key := func(text string) func(w *window) { return func(w *window) { w.write(text) } }
	for _, test := range []struct {
		name   string
		end    func(w *window)
		status int
		says   string
	}{
		{"q", key(" q"), 0, ""}, // the first key hides the secret
		{"Ctrl+C", key("\x03"), 0, ""},
		{"SIGINT", sign(syscall.SIGINT), 0, ""},
		{"SIGTERM", sign(syscall.SIGTERM), 0, ""},
		{"SIGHUP", sign(syscall.SIGHUP), 0, ""},
		{"SIGQUIT", sign(syscall.SIGQUIT), 0, ""},
		{"panic in Update", key("\x1b[20~"), 1, "in Update"},
		{"panic in View", key("\x1b[21~"), 1, "in View"},
		{"panic in a command", key("\x1b[24~"), 1, "in a command"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := fixtureDir(t)
			// The shell keeps the terminal, so that its state can be looked at.
			w := openWindow(t, dir, `exec 3<&0; "$0"; echo "ended with $?"; read line`)
			secrets := w.unlock()
			if strings.HasPrefix(test.name, "SIG") {
				w.cmd.Process = process(t, dir)
			}
			test.end(w)
			w.see(fmt.Sprintf("ended with %d", test.status))
			w.restored(secrets)
			cooked(t, w.tty)
			if !strings.Contains(w.all(), test.says) {
				t.Errorf("it does not say what happened:\n%s", w.all())
			}
			w.write("\n")
			w.wait()
		})
	}
}

// TestSuspended: under a shell with job control the terminal is handed back and
// the program goes on with hidden codes, or locked when the idle time is over.
func TestSuspended(t *testing.T) {
	const shell = `set -m; "$0"; echo "stopped with $?"; read line; fg >/dev/null; echo "ended with $?"; read line`
	for _, test := range []struct {
		name, idle string
		bySignal   bool
		see        string
	}{
		{"Ctrl+Z", "", false, "codes hidden"},
		{"SIGTSTP", "", true, "codes hidden"},
		{"idle", "15", false, "locked"}, // longer than unlocking takes on a busy machine
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := fixtureDir(t)
			w := openWindow(t, dir, shell, programIdle+"="+test.idle)
			secrets := w.unlock()
			if test.bySignal {
				if err := process(t, dir).Signal(syscall.SIGTSTP); err != nil {
					t.Fatal(err)
				}
			} else {
				w.write(" \x1a")
			}
			w.see(`stopped with \d+`)
			w.restored(secrets)
			cooked(t, w.tty)
			if test.idle != "" {
				time.Sleep(15100 * time.Millisecond) // the idle time of a process that is stopped
			}
			w.write("\n")
			w.see(test.see)
			if text := w.all(); strings.Contains(text, secrets[0]) || strings.Contains(text, secrets[1]) {
				t.Errorf("a secret is drawn again:\n%s", text)
			}
			w.write("\x1a") // and once more
			w.see(`ended with \d+`)
			if !test.bySignal {
				return
			}
			w.restored(secrets)
		})
	}
}

// Where nothing could continue the program it is not stopped, but goes on.
func TestSuspendedAlone(t *testing.T) {
	w := openWindow(t, fixtureDir(t), "")
	secrets := w.unlock()
	w.write(" \x1a")
	w.see("codes hidden")
	if text := w.all(); strings.Contains(text, secrets[0]) {
		t.Errorf("a code is drawn again:\n%s", text)
	}
	w.write("\x03")
	w.wait()
	w.restored(secrets)
}
