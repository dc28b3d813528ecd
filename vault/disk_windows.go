package vault

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// isDiskFull reports Windows' own words for a full disk:
// ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}

// syncDir does nothing: Windows writes names with the file.
func syncDir(string) error { return nil }

// rename is os.Rename.
func rename(from, to string) error {
	return patiently(func() error { return os.Rename(from, to) })
}

// readFile is os.ReadFile.
func readFile(name string) (data []byte, err error) {
	err = patiently(func() error {
		data, err = os.ReadFile(name)
		return err
	})
	return data, err
}

// patiently does again what Windows refuses while another process reads a file or puts
// one in its place: ERROR_ACCESS_DENIED and ERROR_SHARING_VIOLATION. That takes
// milliseconds, so it tries for a second.
func patiently(do func() error) error {
	for end := time.Now().Add(time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := do()
		if !errors.Is(err, syscall.ERROR_ACCESS_DENIED) && !errors.Is(err, syscall.Errno(32)) || time.Now().After(end) {
			return err
		}
	}
}
