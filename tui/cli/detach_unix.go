//go:build !windows

package cli

// This file: a process that outlives this one, on Unix.

import "syscall"

// detached gives a process a session of its own: what ends this one's terminal or
// job does not end it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
