//go:build !windows

package cli

// This file: the controlling terminal on Unix.

import (
	"os"
	"os/signal"

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

// onResume calls do each time the process was stopped, by Ctrl+Z, and goes on,
// until the returned function is called: do does not run after that.
func onResume(do func()) (end func()) {
	resumed, leave, left := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(resumed, unix.SIGCONT)
	go func() {
		defer close(left)
		for {
			select {
			case <-resumed:
				do()
			case <-leave:
				return
			}
		}
	}()
	return func() {
		signal.Stop(resumed)
		close(leave)
		<-left
	}
}
