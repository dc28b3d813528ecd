package memory

// This file is how macOS shuts a process off.

import (
	"fmt"

	"golang.org/x/sys/unix"
)

var hardening = []func() error{noDebugger, noCore}

func noDebugger() error {
	if err := unix.PtraceDenyAttach(); err != nil {
		return fmt.Errorf("shut debuggers out: %w", err)
	}
	return nil
}
