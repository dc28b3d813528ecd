//go:build !windows

package cli

// This file: who may read a file, and whose a descriptor is, on Unix.

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// handedOver tells whether a file descriptor was there when nod started. Those that
// Go's runtime opens for itself close on exec, so none of them can have come from there.
func handedOver(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}

// checkPrivate refuses a file that the group or others may read or change, or that
// is somebody else's, who may do both. A pipe counts as a file does; root's files are
// as good as one's own.
func checkPrivate(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the PIN: %w", err)
	}
	if info.IsDir() {
		return usagef("%s is a directory", f.Name())
	}
	if info.Mode()&os.ModeDevice != 0 { // whose mode nobody should change for a PIN
		return &usageError{err: fmt.Errorf("%s is a device, which holds no PIN", f.Name()), hint: "write the PIN into a file of your own, mode 600"}
	}
	if info.Mode().Perm()&0o066 != 0 {
		what := "read"
		if info.Mode().Perm()&0o044 == 0 {
			what = "change"
		}
		return &usageError{
			err:  fmt.Errorf("other people may %s %s (mode %04o)", what, f.Name(), info.Mode().Perm()),
			hint: "chmod 600 " + f.Name(),
		}
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Uid != 0 && int(s.Uid) != os.Geteuid() {
		return &usageError{
			err:  fmt.Errorf("%s belongs to another person (uid %d)", f.Name(), s.Uid),
			hint: "copy it into a file of your own, mode 600",
		}
	}
	return nil
}
