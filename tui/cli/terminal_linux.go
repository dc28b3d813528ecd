package cli

// This file: how Linux calls reading and setting a terminal's modes.

import "golang.org/x/sys/unix"

const (
	readModes = unix.TCGETS
	setModes  = unix.TCSETS
)
