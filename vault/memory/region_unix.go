//go:build linux || darwin || freebsd

package memory

// This file maps the arena on Unix.

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapRegion maps arenaSize bytes between two guard pages and locks them. It
// returns the bytes even when they can not be locked, then with the reason.
func mapRegion() ([]byte, error) {
	page := os.Getpagesize()
	all, err := unix.Mmap(-1, 0, page+arenaSize+page, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map memory for keys: %w", err)
	}
	region := all[page:][:arenaSize:arenaSize]
	if err := unix.Mprotect(region, unix.PROT_READ|unix.PROT_WRITE); err != nil {
		_ = unix.Munmap(all) // nobody has seen it
		return nil, fmt.Errorf("map memory for keys: %w", err)
	}
	for _, advice := range advices {
		_ = unix.Madvise(region, advice) // older kernels know less; Harden has the rest
	}
	if err := unix.Mlock(region); err != nil {
		return region, fmt.Errorf("lock memory for keys: %w; raise the limit (ulimit -l) to %d KiB", err, arenaSize>>10)
	}
	return region, nil
}
