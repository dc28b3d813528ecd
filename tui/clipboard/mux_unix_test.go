//go:build !windows

package clipboard

// This file: real tmux and real GNU screen, with a terminal that the test reads.

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"nod/tui/escape"
)

// window is a terminal with a program in it, and all that the program wrote.
type window struct {
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
}

func open(t *testing.T, cmd *exec.Cmd) *window {
	t.Helper()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	w := &window{t: t}
	read := make(chan struct{})
	go func() {
		defer close(read)
		part := make([]byte, 4096)
		for {
			n, err := tty.Read(part)
			w.mu.Lock()
			w.text.Write(part[:n])
			w.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = tty.Close()
		<-read
	})
	return w
}

func (w *window) has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(w.text.String(), text)
}

// see waits for text.
func (w *window) see(text string) {
	w.t.Helper()
	until(w.t, fmt.Sprintf("%.60q in the terminal", text), func() bool { return w.has(text) })
}

func until(t *testing.T, what string, ready func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited for %s", what)
		}
	}
}

// startTmux starts a tmux of this test's own that a terminal shows, and sets $TMUX.
func startTmux(t *testing.T, term string) *window {
	t.Helper()
	needs(t, "tmux")
	dir, err := os.MkdirTemp("", "nod") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	t.Setenv("TMUX", "")
	cmd := exec.Command("tmux", "-u", "-f", "/dev/null", "-S", socket, "new-session", "cat")
	cmd.Env = append(os.Environ(), "TERM="+term)
	w := open(t, cmd)
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", socket, "kill-server").Run() })
	until(t, "tmux", func() bool {
		out, err := exec.Command("tmux", "-S", socket, "list-clients", "-F", "#{socket_path},#{pid},0").Output()
		t.Setenv("TMUX", strings.TrimSpace(string(out)))
		return err == nil && len(out) > 0
	})
	return w
}

func ask(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("tmux", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

func onlyTmux() *Board {
	return &Board{"linux", func(k string) string {
		if k == "TMUX" {
			return os.Getenv(k)
		}
		return ""
	}}
}

// osc52 is what tmux writes for its terminal's clipboard.
func osc52(text string) string {
	return "]52;;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
}

// TestTmux: whatever set-clipboard is, the terminal gets the text, the buffer goes
// when it is cleared, and other buffers stay.
func TestTmux(t *testing.T) {
	w := startTmux(t, "xterm-256color")
	b := onlyTmux()
	ask(t, "set-buffer", "654321")
	for i, setting := range []string{"external", "off", "on"} {
		ask(t, "set-option", "-s", "set-clipboard", setting)
		s, err := escape.AskTmux(t.Context())
		if err != nil || s.SetClipboard != setting || s.TermName != "xterm-256color" || !s.Clipboard {
			t.Fatalf("state = %+v, %v", s, err)
		}
		code := fmt.Sprintf("48291%d", i)
		r, err := b.Copy(t.Context(), code)
		if err != nil || r.Tool != "tmux" || !r.Passed || !r.Readable {
			t.Fatalf("%s: copy = %+v, %v", setting, r, err)
		}
		w.see(osc52(code))
		if cleared, err := b.Clear(t.Context(), r); !cleared || err != nil {
			t.Errorf("%s: cleared %v, %v", setting, cleared, err)
		}
		if cleared, err := b.Clear(t.Context(), r); cleared || err != nil {
			t.Errorf("%s: cleared twice: %v, %v", setting, cleared, err)
		}
		if _, err := b.ClearBlindly(t.Context(), r, nil); err != nil {
			t.Error(err)
		}
		if got := ask(t, "list-buffers", "-F", "#{buffer_sample}"); got != "654321\n" {
			t.Errorf("%s: buffers %q", setting, got)
		}
	}
	w.see(osc52(" "))
}

// TestTmuxWithoutClipboard: tmux that does not know how its terminal takes a
// clipboard is told apart; it would keep silent.
func TestTmuxWithoutClipboard(t *testing.T) {
	startTmux(t, "vt220")
	if s, err := escape.AskTmux(t.Context()); err != nil || s.Clipboard || s.TermName != "vt220" {
		t.Errorf("state = %+v, %v", s, err)
	}
}

// TestOldTmux: before 3.2 there was no -w.
func TestOldTmux(t *testing.T) {
	w := startTmux(t, "xterm-256color")
	real, err := exec.LookPath("tmux")
	if err != nil {
		t.Fatal(err)
	}
	script(t, "tmux", `case "$*" in *' -w '*) echo 'usage: load-buffer [-b buffer-name] path' >&2; exit 1 ;; esac`+"\nexec "+real+` "$@"`+"\n")
	r, err := onlyTmux().Copy(t.Context(), "482913")
	if err != nil || r.Passed || !r.Readable {
		t.Fatalf("copy = %+v, %v", r, err)
	}
	if got := ask(t, "show-buffer"); got != "482913" {
		t.Errorf("buffer %q", got)
	}
	if w.has(osc52("482913")) {
		t.Error("the terminal got the text after all")
	}
}

// TestDetachedTmux: nobody is told that a text was sent where no terminal is attached.
func TestDetachedTmux(t *testing.T) {
	startTmux(t, "xterm-256color")
	ask(t, "detach-client")
	until(t, "detached", func() bool { return ask(t, "list-clients") == "" })
	r, err := onlyTmux().Copy(t.Context(), "482913")
	if err != nil || r.Passed || !r.Readable {
		t.Fatalf("copy = %+v, %v", r, err)
	}
	if cleared, err := onlyTmux().Clear(t.Context(), r); !cleared || err != nil {
		t.Errorf("cleared %v, %v", cleared, err)
	}
}

// TestPassthrough: what is wrapped passes tmux where that is allowed.
func TestPassthrough(t *testing.T) {
	w := startTmux(t, "xterm-256color")
	dir := t.TempDir()
	say := func(text string) {
		t.Helper()
		file := filepath.Join(dir, "text")
		if err := os.WriteFile(file, []byte(onlyTmux().Sequence(text)+text), 0o600); err != nil {
			t.Fatal(err)
		}
		ask(t, "respawn-pane", "-k", "cat '"+file+"' -")
		w.see(text) // as plain text, after the sequence
	}
	raw := func(text string) string { return "]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a" }
	say("111111")
	if w.has(raw("111111")) {
		t.Error("tmux passed a sequence that it should keep")
	}
	ask(t, "set-option", "-gw", "allow-passthrough", "on")
	if s, err := escape.AskTmux(t.Context()); err != nil || !s.Passthrough {
		t.Errorf("state = %+v, %v", s, err)
	}
	say("222222")
	w.see(raw("222222"))
}

// TestScreen: a text that is longer than screen's own strings comes whole.
func TestScreen(t *testing.T) {
	needs(t, "screen")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	b := &Board{"linux", func(k string) string { return map[string]string{"STY": "1.x"}[k] }}
	long := strings.Repeat("0123456789", 200)
	file := filepath.Join(dir, "text")
	if err := os.WriteFile(file, []byte(b.Sequence("482913")+b.Sequence(long)+"done"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("screen", "-c", "/dev/null", "cat", file, "-")
	cmd.Env = append(os.Environ(), "SCREENDIR="+dir, "TERM=xterm-256color", "STY=")
	w := open(t, cmd)
	t.Cleanup(func() {
		quit := exec.Command("screen", "-X", "quit")
		quit.Env = cmd.Env
		_ = quit.Run()
	})
	w.see("done")
	w.see("\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("482913")) + "\a")
	w.see("\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(long)) + "\a")
}
