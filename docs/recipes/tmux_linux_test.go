package recipes

// This file tests tmux.md, with the agent, a server and a person who signs in.

import (
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

func TestTmux(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "tmux")
	m.ok("root", "install -d -m 700 -o ana -g ana /run/user/ana", "")
	m.env = append(m.env, "XDG_RUNTIME_DIR=/run/user/ana", "NOD_SERVER=http://127.0.0.1:8420")
	m.ok("ana", "setsid nod server demo >server.log 2>&1 </dev/null &", "")
	m.until("ana", "grep 127.0.0.1:8420 server.log") // it answers
	m.ok("ana", "setsid nod sim pair --user ana --name laptop --json >pair.log 2>&1 </dev/null &", "")
	code := regexp.MustCompile(`"code":"([0-9]+)"`).FindStringSubmatch(m.until("ana", `grep '"code":' pair.log`))
	m.ok("ana", "nod pair "+code[1]+" --name laptop", "")
	m.ok("ana", "setsid nod agent run >agent.log 2>&1 </dev/null &", "")
	m.until("ana", "nod unlock --for 8h")

	screen := openTmux(t, m)
	m.follow(page(t, "tmux.md"), "")
	if text := screen.text(); strings.Contains(text, "nod 1") {
		t.Errorf("tmux shows a login before there was one: %q", text)
	}
	m.ok("ana", "setsid nod sim login >login.log 2>&1 </dev/null &", "")
	for end := time.Now().Add(patience); !strings.Contains(screen.text(), "nod 1"); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no login in the status line: %q\n%s", screen.text(), m.ok("ana", "cat agent.log login.log; nod status", ""))
		}
	}
}

// screen is all that a terminal was sent.
type screen struct {
	mu   sync.Mutex
	sent strings.Builder
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent.String()
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent.Write(b)
}

// openTmux starts tmux in a terminal, until the test ends.
func openTmux(t *testing.T, m *machine) *screen {
	t.Helper()
	cmd := m.command("ana", "exec tmux new-session -s work")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(s, tty) // an error of Linux, once the program has ended
	}()
	t.Cleanup(func() {
		_ = tty.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-read
	})
	m.until("ana", "tmux list-clients -t work | grep .")
	return s
}
