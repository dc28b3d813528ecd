//go:build !windows

package notify

// This file: ending a command with all that it has started, on Unix.

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the end of cmd's context end its whole process group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
