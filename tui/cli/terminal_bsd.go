//go:build darwin || freebsd

package cli

// This file: how macOS and FreeBSD call reading and setting a terminal's modes.

import "golang.org/x/sys/unix"

const (
	readModes = unix.TIOCGETA
	setModes  = unix.TIOCSETA
)
