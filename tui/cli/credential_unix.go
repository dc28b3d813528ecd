//go:build !windows

package cli

// This file: who may read a file, on Unix.

import (
	"fmt"
	"os"
)

// checkPrivate refuses a file that the group or others may read.
func checkPrivate(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read the PIN: %w", err)
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o044 != 0 {
		return &usageError{
			err:  fmt.Errorf("other people may read %s (mode %04o)", f.Name(), info.Mode().Perm()),
			hint: "chmod 600 " + f.Name(),
		}
	}
	return nil
}
