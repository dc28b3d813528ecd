package cli

// This file: whether Linux keeps its clock right. It only asks.

import (
	"time"

	"golang.org/x/sys/unix"
)

// synchronisation asks the kernel whether something (chrony, timesyncd, ntpd, the host
// of a virtual machine) keeps its clock, and how far off it may be at most.
func synchronisation() (synchronised bool, most time.Duration, err error) {
	var t unix.Timex // Modes 0: nothing is set
	if _, err := unix.Adjtimex(&t); err != nil {
		return false, 0, err
	}
	return t.Status&unix.STA_UNSYNC == 0, time.Duration(t.Maxerror) * time.Microsecond, nil
}
