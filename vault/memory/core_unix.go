//go:build linux || darwin || freebsd

package memory

// This file turns core dumps off.

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// noCore lowers the limit of core dumps to nothing, for good.
func noCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turn core dumps off: %w", err)
	}
	return nil
}
