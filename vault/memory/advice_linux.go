package memory

// This file tells Linux what the arena is for.

import "golang.org/x/sys/unix"

// advices keep the arena out of core dumps and out of forked processes.
var advices = []int{unix.MADV_DONTDUMP, unix.MADV_WIPEONFORK}
