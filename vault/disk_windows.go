package vault

import (
	"errors"
	"syscall"
)

// isDiskFull reports Windows' own words for a full disk:
// ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}

// syncDir does nothing: Windows writes names with the file.
func syncDir(string) error { return nil }
