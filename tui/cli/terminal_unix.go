//go:build !windows

package cli

// This file: the controlling terminal on Unix.

import (
	"errors"
	"io"
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

// stopEcho keeps what is typed off the screen. The terminal still gathers a line
// and makes signals of Ctrl+C, whatever the last program left it at.
func stopEcho(fd int) error {
	modes, err := unix.IoctlGetTermios(fd, readModes)
	if err != nil {
		return err
	}
	modes.Lflag &^= unix.ECHO
	modes.Lflag |= unix.ICANON | unix.ISIG
	modes.Iflag |= unix.ICRNL
	return unix.IoctlSetTermios(fd, setModes, modes)
}

// readHidden reads a line without its end, byte by byte, so that none of it stays
// in a buffer. It returns io.EOF for Ctrl+D and for a terminal that is gone, where
// term.ReadPassword would go on reading.
func readHidden(f *os.File) ([]byte, error) {
	line := make([]byte, 0, maxSecret) // to grow would leave a copy behind
	var b [1]byte
	defer clear(b[:])
	for {
		_, err := f.Read(b[:])
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0, err == nil && b[0] == '\n':
			return line, nil
		case err != nil:
			clear(line)
			return nil, err
		case b[0] == '\b' && len(line) > 0: // what a terminal without erase sends
			line = line[:len(line)-1]
		case len(line) == cap(line):
			clear(line)
			return nil, usagef("what was typed is too long")
		case b[0] != '\b':
			line = append(line, b[0])
		}
	}
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
