//go:build !windows

package cli

// This file: the controlling terminal on Unix.

import (
	"os"

	"golang.org/x/sys/unix"
)

func openTerminal() (*Terminal, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &Terminal{In: f, Out: f}, nil
}

// stopEcho keeps what is typed off the screen.
func stopEcho(fd int) error {
	modes, err := unix.IoctlGetTermios(fd, readModes)
	if err != nil {
		return err
	}
	modes.Lflag &^= unix.ECHO
	return unix.IoctlSetTermios(fd, setModes, modes)
}
