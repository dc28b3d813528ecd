//go:build unix

package cli_test

// This file: a nod that is stuck can be ended.

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A write to a pipe that nobody reads holds nod at the first signal, not at a later one.
func TestLeaving(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "nod")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, "docs", "markdown") // more than a pipe holds
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it writes
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; {
		select {
		case <-ended:
			if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signal() != syscall.SIGTERM {
				t.Errorf("it ended with %v, want SIGTERM", cmd.ProcessState)
			}
			return
		case <-tick.C:
			if time.Now().After(end) {
				_ = cmd.Process.Kill()
				t.Fatal("no signal ends it")
			}
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	}
}
