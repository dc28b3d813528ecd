//go:build !windows

package cli_test

// This file: the script command `term`, which runs nod in a terminal of 80 by 24
// and plays the person at it.

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// cmdTerm runs nod with arguments and follows FILE, a line a step. Then nod must end.
//
//	see REGEXP        wait until the screen matches (. and a space match any blank)
//	keep VAR REGEXP   wait, and keep the first group for later lines as $VAR
//	type KEYS         type text and keys such as <enter>
//	press REGEXP KEYS type KEYS again each second until the screen matches: a
//	                  dialog that opened by itself takes no keys at first
//	group VAR         answer the question for a group of the recovery code in $VAR
//	dump              print the screen for the script's stdout command
//	sh COMMAND        run a shell command beside nod; it must end with status 0
//	signal NAME       send INT, TERM, HUP or QUIT; nod must end with status 130 then
//	resume            show what is typed and go on, as a shell's fg does after Ctrl+Z
//	status N          nod must end with this status
func cmdTerm(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 1, "term FILE [ARG...]")
	program, err := lookPath(ts, "nod")
	ts.Check(err)
	cmd := exec.Command(program, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(scriptEnv(ts), "NOD_TEST_TTY=1")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	ts.Check(err)
	t := &session{ts: ts, cmd: cmd, tty: tty, screen: vt.NewEmulator(80, 24), ended: make(chan struct{}), vars: map[string]string{}}
	ts.Defer(t.close)
	t.start()
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if line = strings.TrimSpace(line); line != "" {
			t.step(line)
		}
	}
	t.waitEnd()
	t.close()
	if status := cmd.ProcessState.ExitCode(); status != t.status {
		ts.Fatalf("nod ended with status %d, want %d; screen:\n%s", status, t.status, t.text())
	}
}

// session is nod in a terminal.
type session struct {
	ts     *testscript.TestScript
	cmd    *exec.Cmd
	tty    *os.File
	mu     sync.Mutex // of screen
	screen *vt.Emulator
	ended  chan struct{}
	once   sync.Once
	vars   map[string]string
	status int // that nod must end with
}

func (t *session) start() {
	go func() { _, _ = io.Copy(t.tty, t.screen) }() // the terminal's answers
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := t.tty.Read(buffer)
			t.mu.Lock()
			_, _ = t.screen.Write(buffer[:n])
			t.mu.Unlock()
			if err != nil {
				break
			}
		}
		_ = t.cmd.Wait()
		close(t.ended)
	}()
}

func (t *session) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.String()
}

func (t *session) step(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "see":
		t.see(rest)
	case "keep":
		name, expression, _ := strings.Cut(rest, " ")
		t.vars[name] = t.see(expression)
	case "type":
		t.write(rest)
	case "press":
		expression, typed, _ := strings.Cut(rest, " ")
		t.press(regexp.MustCompile(t.expand(expression)), typed)
	case "group":
		t.group(t.vars[rest])
	case "dump":
		_, _ = io.WriteString(t.ts.Stdout(), t.text()+"\n")
	case "sh":
		t.beside(rest)
	case "signal":
		t.status = 130
		t.ts.Check(t.cmd.Process.Signal(leaving[rest]))
	case "resume":
		t.resume()
	case "status":
		_, err := fmt.Sscan(rest, &t.status)
		t.ts.Check(err)
	default:
		t.ts.Fatalf("term: unknown step %q", line)
	}
}

var leaving = map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT}

// write types text, with variables and names of keys in it.
func (t *session) write(text string) {
	_, err := io.WriteString(t.tty, keys.Replace(t.expand(text)))
	t.ts.Check(err)
}

// beside runs a shell command with the script's environment.
func (t *session) beside(command string) {
	cmd := exec.Command("sh", "-c", t.expand(command))
	cmd.Dir, cmd.Env = t.cmd.Dir, scriptEnv(t.ts)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.ts.Fatalf("%s: %v\n%s\nscreen:\n%s", command, err, out, t.text())
	}
}

// resume turns the echo on and continues nod. (Nothing stops it before: a process
// without a shell that could continue it can not be stopped by the terminal.)
func (t *session) resume() {
	stty := exec.Command("stty", "echo")
	stty.Stdin = t.tty
	t.ts.Check(stty.Run())
	t.ts.Check(t.cmd.Process.Signal(syscall.SIGCONT))
}

func (t *session) press(want *regexp.Regexp, typed string) {
	looks := 0
	t.until("the screen to show "+want.String(), func() bool {
		if want.MatchString(t.text()) {
			return true
		}
		if looks%20 == 0 {
			t.write(typed)
		}
		looks++
		return false
	})
}

// asked is the question for a group at the end of the screen.
var asked = regexp.MustCompile(`Group ([1-8]):\s*$`)

// group types the group of code that nod asks for, and waits until it has gone on.
func (t *session) group(code string) {
	question := ""
	t.until("a question for a group", func() bool {
		if found := asked.FindStringSubmatch(t.text()); found != nil {
			question = found[1]
		}
		return question != ""
	})
	n, err := strconv.Atoi(question)
	t.ts.Check(err)
	groups := strings.Split(code, "-")
	t.write(groups[n-1] + "\r")
	t.until("nod to go on", func() bool {
		found := asked.FindStringSubmatch(t.text())
		return found == nil || found[1] != question
	})
}

// waitEnd waits until nod has ended, as the script must have asked it to.
func (t *session) waitEnd() {
	t.until("the end of nod", func() bool {
		select {
		case <-t.ended:
			return true
		default:
			return false
		}
	})
}

// until is poll; when it fails it shows the screen.
func (t *session) until(what string, ready func() bool) {
	done := false
	defer func() {
		if !done {
			t.ts.Logf("screen:\n%s", t.text())
		}
	}()
	poll(t.ts, what, ready)
	done = true
}

// see waits for expression on the screen and returns its first group.
func (t *session) see(expression string) (group string) {
	e := regexp.MustCompile(expression)
	t.until("the screen to show "+expression, func() bool {
		found := e.FindStringSubmatch(t.text())
		if len(found) > 1 {
			group = found[1]
		}
		return found != nil
	})
	return group
}

// close ends nod where the script failed before it did.
func (t *session) close() {
	t.once.Do(func() {
		select {
		case <-t.ended:
		default:
			_ = t.cmd.Process.Kill()
			<-t.ended
		}
		_ = t.tty.Close()
		// Not screen.Close: it would race with the reader of the answers.
		_ = t.screen.InputPipe().(io.Closer).Close()
	})
}

var keys = strings.NewReplacer(
	"<enter>", "\r", "<esc>", "\x1b", "<tab>", "\t", "<up>", "\x1b[A", "<down>", "\x1b[B",
	"<backspace>", "\x7f", "<ctrl+c>", "\x03", "<ctrl+d>", "\x04", "<ctrl+u>", "\x15", "<right>", "\x1b[C", "<space>", " ",
)

func (t *session) expand(text string) string {
	return os.Expand(text, func(name string) string {
		if value, ok := t.vars[name]; ok {
			return value
		}
		return t.ts.Getenv(name)
	})
}
