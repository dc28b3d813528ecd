//go:build !linux

package cli

// This file: systems that are not asked whether they keep their clock right.

import (
	"errors"
	"time"
)

// synchronisation does not know.
func synchronisation() (synchronised bool, most time.Duration, err error) {
	return false, 0, errors.ErrUnsupported
}
