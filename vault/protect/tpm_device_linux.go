package protect

// This file talks to the TPM behind a device file of Linux.

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// deviceWire is an open device file.
type deviceWire struct {
	*os.File
	wait time.Duration
}

// openWire opens a character device or a unix socket.
func openWire(path string) (wire, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&os.ModeSocket != 0:
		return dialSocket(path)
	case info.Mode()&os.ModeCharDevice == 0:
		return nil, fmt.Errorf("%w: neither a device nor a socket", errNotTPM2)
	}
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return &deviceWire{File: f}, nil
}

func (w *deviceWire) patience(d time.Duration) { w.wait = d }

// Send writes the command and reads the answer in one piece, as the driver wants
// it. Until the answer is there the driver reads as empty, so an empty read means
// to wait and not the end.
func (w *deviceWire) Send(command []byte) ([]byte, error) {
	// Kernels before 5.0 can not wait for the answer, but have it after the command.
	late := w.SetDeadline(time.Now().Add(w.wait))
	if late != nil && !errors.Is(late, os.ErrNoDeadline) {
		return nil, late
	}
	if _, err := w.Write(command); err != nil {
		return nil, err
	}
	raw, err := w.SyscallConn()
	if err != nil {
		return nil, err
	}
	answer, n := make([]byte, answerMax), 0
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		n, failed = syscall.Read(int(fd), answer)
		if errors.Is(failed, syscall.EAGAIN) || errors.Is(failed, syscall.EINTR) {
			n, failed = 0, nil
		}
		return n > 0 || failed != nil
	})
	switch {
	case failed != nil:
		return nil, failed
	case err != nil && late != nil:
		return nil, errNotTPM2
	}
	return answer[:n], err
}

// groupOf returns the id of the group that path belongs to, -1 when not known.
func groupOf(path string) int {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || info.Mode().Perm()&0o060 != 0o060 {
		return -1
	}
	return int(stat.Gid)
}
