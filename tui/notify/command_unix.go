//go:build !windows

package notify

// This file: ending a command with all that it has started, on Unix.

import (
	"os/exec"
	"syscall"
)

// OwnGroup makes the end of cmd's context end its whole process group.
func OwnGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
