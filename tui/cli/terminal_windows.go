package cli

// This file: the console on Windows.

import (
	"os"

	"golang.org/x/term"
)

func openTerminal() (*Terminal, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	return &Terminal{In: in, Out: out}, nil
}

// stopEcho does nothing: Windows keeps what is typed early for the one who reads
// it, and shows nothing then.
func stopEcho(int) error { return nil }

// readHidden reads a line without its end.
func readHidden(f *os.File) ([]byte, error) { return term.ReadPassword(int(f.Fd())) }

// onResume never calls do: Windows has no key that stops a program.
func onResume(func()) (end func()) { return func() {} }
