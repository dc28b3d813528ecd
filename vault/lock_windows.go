package vault

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

const (
	lockFailImmediately = 1
	lockExclusive       = 2
	errorLockViolation  = syscall.Errno(33)
	errorIOPending      = syscall.Errno(997)
)

// tryLock takes the lock on f if it is free.
func tryLock(f *os.File) (bool, error) {
	err := lockRange(f, lockExclusive|lockFailImmediately)
	if errors.Is(err, errorLockViolation) || errors.Is(err, errorIOPending) {
		return false, nil
	}
	return err == nil, err
}

// waitLock waits for the lock on f.
func waitLock(f *os.File) error { return lockRange(f, lockExclusive) }

// lockRange locks one byte far behind the text that names the owner, because
// others may not even read a byte that is locked.
func lockRange(f *os.File, flags uintptr) error {
	at := &syscall.Overlapped{OffsetHigh: 1}
	ok, _, err := lockFileEx.Call(f.Fd(), flags, 0, 1, 0, uintptr(unsafe.Pointer(at)))
	if ok == 0 {
		return err
	}
	return nil
}
