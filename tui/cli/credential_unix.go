//go:build !windows

package cli

// This file: who may read a file, on Unix.

import (
	"fmt"
	"os"
	"syscall"
)

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
