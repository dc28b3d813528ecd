//go:build unix

package storetest

import (
	"os/exec"
	"syscall"
)

// become lets cmd run as u, in a process group of its own.
func (u user) become(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if u.other() {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}
	}
}
