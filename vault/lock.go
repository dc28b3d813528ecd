package vault

// This file keeps two processes from changing one vault at the same time.

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"nod/vault/internal/waits"
)

// lockPatience is how long a change waits for another process' change.
var lockPatience = 5 * time.Second

// tryPatience is how long a try of the PIN waits for other tries.
const tryPatience = time.Minute

// fileLock is a lock that ends with the process at the latest.
type fileLock struct{ f *os.File }

// lock takes the lock in file name, which is created and never removed, or
// waits for it, for patience or until ended is closed. Errors: *BusyError.
//
// The waiting is done by the kernel, whose queue is fair: a process that saves
// again and again would otherwise keep all others out.
func lock(name string, patience time.Duration, ended <-chan struct{}) (*fileLock, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock vault: %w", err)
	}
	got, err := tryLock(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock vault: %w", err)
	}
	if got {
		return owned(f), nil
	}
	taken := make(chan error, 1)
	go func() { taken <- waitLock(f) }()
	timer := time.NewTimer(waits.For(patience))
	defer timer.Stop()
	select {
	case err := <-taken:
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock vault: %w", err)
		}
		return owned(f), nil
	case <-timer.C:
	case <-ended:
	}
	pid := ownerOf(name)
	go func() { // the wait can not be called off: let go as soon as it ends
		<-taken
		f.Close()
	}()
	return nil, &BusyError{PID: pid}
}

// owned notes who has the lock. The note is for messages only, so an error of
// writing it does no harm.
func owned(f *os.File) *fileLock {
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &fileLock{f}
}

// ownerOf reads who has the lock, 0 when that is not known.
func ownerOf(name string) int {
	text, err := readFile(name)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

// unlock lets the next one in.
func (l *fileLock) unlock() error {
	return errors.Join(l.f.Truncate(0), l.f.Close())
}
