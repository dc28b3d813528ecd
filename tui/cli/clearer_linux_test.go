package cli_test

// This file: the script commands for what nod leaves behind to clear the clipboard,
// and for a real tmux that a terminal shows.

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

func init() {
	scriptCommands["clearer"] = cmdClearer
	scriptCommands["tmux"] = cmdTmux
}

// clearTime is a time that no other run of nod uses, to know what this one leaves behind.
// It is no whole number of seconds, which would be told as one.
var clearTime = time.Hour + time.Duration(os.Getpid())*time.Millisecond + time.Microsecond

// cmdClearer sends a signal to the process that waits to clear the clipboard, and waits
// for its end. SET sets $NOD_CLIPBOARD_CLEAR to clearTime, which it knows it by. Only
// one script may use it.
func cmdClearer(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 1, "clearer SET [,blind] | TERM | HUP")
	if args[0] == "SET" {
		ts.Setenv("NOD_CLIPBOARD_CLEAR", clearTime.String()+strings.Join(args[1:], ""))
		return
	}
	sig, ok := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[0]]
	pid := findClearer(ts)
	if !ok || pid == 0 {
		ts.Fatalf("nobody is there to clear")
	}
	ts.Check(syscall.Kill(pid, sig))
	poll(ts, "the end of clearing", func() bool { return findClearer(ts) == 0 })
}

// findClearer returns its number, or 0.
func findClearer(ts *testscript.TestScript) int {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	ts.Check(err)
	for _, line := range lines {
		text, _ := os.ReadFile(line) // it may have ended
		if strings.HasSuffix(string(text), "\x00clear-clipboard\x00--quiet\x00"+clearTime.String()+"\x00") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line)))
			ts.Check(err)
			return pid
		}
	}
	return 0
}

// cmdTmux starts a tmux in a terminal, whose output goes to FILE, and sets $TMUX.
func cmdTmux(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "tmux FILE")
	socket := filepath.Join(shortDir(ts), "s")
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	cmd := exec.Command("tmux", "-u", "-f", "/dev/null", "-S", socket, "new-session", "cat")
	cmd.Env = scriptEnv(ts)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	ts.Check(err)
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(out, tty)
	}()
	ts.Defer(func() {
		_ = exec.Command("tmux", "-S", socket, "kill-server").Run()
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		_ = tty.Close()
		<-read
		_ = out.Close()
	})
	poll(ts, "tmux", func() bool {
		clients, err := exec.Command("tmux", "-S", socket, "list-clients", "-F", "#{socket_path},#{pid},0").Output()
		ts.Setenv("TMUX", strings.TrimSpace(string(clients)))
		return err == nil && len(clients) > 0
	})
}
