//go:build unix

package tui

// This file runs the program in a pseudo-terminal and tells what is on its
// screen, and above it.

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// window is a terminal in which a process runs.
type window struct {
	t     *testing.T
	dir   string // of the program's vault and process id
	cmd   *exec.Cmd
	tty   *os.File
	ended chan struct{}

	mu     sync.Mutex
	screen *vt.Emulator
	raw    bytes.Buffer // all that was written to it
	first  *os.Process  // what was started, which may be a shell around the program
}

// openWindow runs the program, or script with the program as $0, on a copy of the
// fixture in dir.
func openWindow(t *testing.T, dir, script string, env ...string) *window {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	if script != "" {
		cmd = exec.Command("/bin/sh", "-c", script, self)
	}
	cmd.Env = append(os.Environ(), append(env, programDir+"="+dir, "TERM=xterm-256color",
		"GORACE=atexit_sleep_ms=0")...)
	w := &window{t: t, dir: dir, cmd: cmd, ended: make(chan struct{}), screen: vt.NewEmulator(80, 24)}
	_, _ = w.screen.WriteString("$ the line before\r\n")
	if w.tty, err = pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	w.first = cmd.Process
	go func() { _, _ = io.Copy(w.tty, w.screen) }() // the terminal's answers
	go w.read()
	t.Cleanup(w.close)
	return w
}

func (w *window) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := w.tty.Read(buffer)
		w.mu.Lock()
		w.raw.Write(buffer[:n])
		_, _ = w.screen.Write(buffer[:n])
		w.mu.Unlock()
		if err != nil {
			break
		}
	}
	_ = w.cmd.Wait()
	close(w.ended)
}

// close ends the process where the test failed before it did.
func (w *window) close() {
	select {
	case <-w.ended:
	default:
		_ = process(w.t, w.dir).Kill() // it may be stopped, and a group of its own
		_ = w.cmd.Process.Kill()
		_ = w.first.Kill()
		<-w.ended
	}
	_ = w.tty.Close()
	_ = w.screen.InputPipe().(io.Closer).Close()
}

// all is what the screen shows, and what was scrolled away above it.
func (w *window) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b strings.Builder
	for y := range w.screen.ScrollbackLen() {
		for x := range 80 {
			if c := w.screen.ScrollbackCellAt(x, y); c != nil {
				b.WriteString(c.Content)
			}
		}
		b.WriteByte('\n')
	}
	return b.String() + w.screen.String()
}

func (w *window) alternate() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.screen.IsAltScreen()
}

func (w *window) write(keys string) {
	w.t.Helper()
	if _, err := io.WriteString(w.tty, keys); err != nil {
		w.t.Fatal(err)
	}
}

// see waits until the screen matches, and returns the first group.
func (w *window) see(expression string) string {
	w.t.Helper()
	e := regexp.MustCompile(expression)
	for range 4000 { // a busy machine may not decide a test
		if found := e.FindStringSubmatch(w.all()); found != nil {
			return found[len(found)-1]
		}
		time.Sleep(25 * time.Millisecond) // another process draws
	}
	w.t.Fatalf("the screen does not show %s:\n%s", expression, w.all())
	return ""
}

func (w *window) wait() {
	w.t.Helper()
	select {
	case <-w.ended:
	case <-time.After(2 * time.Minute):
		w.t.Fatalf("the program does not end:\n%s", w.all())
	}
}

// unlock gets a code and a secret onto the screen, and returns both.
func (w *window) unlock() (secrets []string) {
	w.t.Helper()
	w.see(`PIN  \[`)
	w.write(testPIN + "\r")
	code := w.see(`SALTO KS[^\n]* (\d{3} \d{3})`)
	w.write("S")
	w.see("Whoever sees the secret")
	w.write(testPIN + "\r")
	return []string{code, w.see(`([A-Z2-7]{4} [A-Z2-7]{4} [A-Z2-7]{4})`)}
}

// restored fails the test unless the terminal is as before and shows no secret.
func (w *window) restored(secrets []string) {
	w.t.Helper()
	text := w.all()
	if w.alternate() {
		w.t.Errorf("the alternate screen is still up:\n%s", text)
	}
	if !strings.Contains(text, "$ the line before") {
		w.t.Errorf("what was on the screen before is gone:\n%s", text)
	}
	for _, secret := range append(secrets, "HelpDesk", "demo.test", "secret") {
		if secret == "" || strings.Contains(text, secret) {
			w.t.Errorf("%q is left on the screen:\n%s", secret, text)
		}
	}
	w.mu.Lock()
	raw := w.raw.String()
	w.mu.Unlock()
	for _, mode := range []string{"1049", "1004", "2004"} { // alternate screen, focus, paste
		if on, off := strings.LastIndex(raw, "\x1b[?"+mode+"h"), strings.LastIndex(raw, "\x1b[?"+mode+"l"); on < 0 || off < on {
			w.t.Errorf("terminal mode %s is left on", mode)
		}
	}
	if hide, show := strings.LastIndex(raw, "\x1b[?25l"), strings.LastIndex(raw, "\x1b[?25h"); show < hide {
		w.t.Error("the cursor is left hidden")
	}
}

// cooked fails the test unless the terminal takes lines again.
func cooked(t *testing.T, tty *os.File) {
	t.Helper()
	stty := exec.Command("stty", "-a")
	stty.Stdin = tty
	out, err := stty.CombinedOutput()
	if err != nil {
		t.Fatalf("stty: %v: %s", err, out)
	}
	for _, word := range []string{"icanon", "echo", "isig"} {
		if !regexp.MustCompile(`(^|\s)` + word + `(\s|;|$)`).Match(out) {
			t.Errorf("the terminal is left without %s:\n%s", word, out)
		}
	}
}

// process is the program that runs on the vault in dir.
func process(t *testing.T, dir string) *os.Process {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(data))
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
