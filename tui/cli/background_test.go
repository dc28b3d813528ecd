package cli_test

// This file: programs that run beside a script, with their output in files that
// the script can follow, and with the status that they must end with.

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// jobsKey finds a script's background programs, a map[string]*job.
type jobsKey struct{}

type job struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // of Wait, once ended is closed
}

func jobs(ts *testscript.TestScript) map[string]*job { return ts.Value(jobsKey{}).(map[string]*job) }

// cmdStart starts a program; NAME.out and NAME.err take what it prints.
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "start NAME PROGRAM [ARG...]")
	program, err := lookPath(ts, args[1])
	ts.Check(err)
	launch(ts, args[0], exec.Command(program, args[2:]...))
}

// launch starts a program under a name.
func launch(ts *testscript.TestScript, name string, cmd *exec.Cmd) {
	j := &job{cmd: cmd, ended: make(chan struct{})}
	j.cmd.Dir, j.cmd.Env = ts.MkAbs("."), scriptEnv(ts)
	stdout, err := os.Create(ts.MkAbs(name + ".out"))
	ts.Check(err)
	stderr, err := os.Create(ts.MkAbs(name + ".err"))
	ts.Check(err)
	j.cmd.Stdout, j.cmd.Stderr = stdout, stderr
	ts.Check(j.cmd.Start())
	jobs(ts)[name] = j
	go func() {
		j.err = j.cmd.Wait()
		_ = stdout.Close()
		_ = stderr.Close()
		close(j.ended)
	}()
	ts.Defer(func() {
		_ = j.cmd.Process.Kill()
		<-j.ended
	})
}

// cmdFinish waits for the end of a program and checks its status.
func cmdFinish(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "finish NAME STATUS")
	j := jobs(ts)[args[0]]
	poll(ts, "the end of "+args[0], func() bool {
		select {
		case <-j.ended:
			return true
		default:
			return false
		}
	})
	status := 0
	if exit, ok := errors.AsType[*exec.ExitError](j.err); ok {
		status = exit.ExitCode()
	} else {
		ts.Check(j.err)
	}
	if strconv.Itoa(status) != args[1] {
		ts.Fatalf("%s ended with status %d, want %s\n%s%s", args[0], status, args[1],
			ts.ReadFile(args[0]+".out"), ts.ReadFile(args[0]+".err"))
	}
}

// cmdInterrupt sends Ctrl+C's signal and goes on as finish.
func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "interrupt NAME STATUS")
	ts.Check(jobs(ts)[args[0]].cmd.Process.Signal(os.Interrupt))
	cmdFinish(ts, neg, args)
}

// lookPath finds a program as exec would with the script's PATH.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		file := filepath.Join(dir, name)
		if runtime.GOOS == "windows" {
			file += ".exe"
		}
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// scriptEnv are the script's variables that nod and its libraries read.
func scriptEnv(ts *testscript.TestScript) (env []string) {
	for _, name := range []string{
		"PATH", "HOME", "NOD_AGENT_SOCK", "NOD_NO_AGENT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "SYSTEMROOT", "TMPDIR", "TMP", "TERM", "TZ", "GORACE", "NO_COLOR", "NOD_PIN_FILE", "NOD_TEST_AGENT_CALLS", "NOD_TEST_COST", "NOD_TEST_NOW", "NOD_TEST_RUNS",
		"NOD_VAULT", "NOD_PROFILE", "NOD_SERVER", "NOD_SERVER_DATA", "NOTIFY_SOCKET", "XDG_DATA_HOME", "XDG_STATE_HOME", "NOD_TPM", "NOD_KEYRING", "NOD_SLOT", "SSH_AUTH_SOCK",
		"NOD_CLIPBOARD_CLEAR", "NOD_NOTIFY", "NOD_NOTIFY_CMD", "TMUX", "WORK", "CREDENTIALS_DIRECTORY", "WAYLAND_DISPLAY", "DISPLAY", "XDG_RUNTIME_DIR",
	} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// cmdTogether runs a program several times at once. The file together gets a line of
// each: its exit status, and what it printed.
func cmdTogether(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "together COUNT PROGRAM [ARG...]")
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	names := make([]string, count)
	for i := range names {
		names[i] = "together" + strconv.Itoa(i)
		cmdStart(ts, false, append(names[i:i+1:i+1], args[1:]...))
	}
	var text strings.Builder
	for _, name := range names {
		j := jobs(ts)[name]
		<-j.ended
		printed := strings.TrimSpace(ts.ReadFile(name+".out") + ts.ReadFile(name+".err"))
		fmt.Fprintln(&text, j.cmd.ProcessState.ExitCode(), strings.ReplaceAll(printed, "\n", "; "))
	}
	ts.Check(os.WriteFile(ts.MkAbs("together"), []byte(text.String()), 0o600))
}
