package memory

// This file tells FreeBSD what the arena is for.

import "golang.org/x/sys/unix"

// advices keep the arena out of core dumps.
var advices = []int{unix.MADV_NOCORE}
