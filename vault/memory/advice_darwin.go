package memory

// This file tells macOS what the arena is for.

import "golang.org/x/sys/unix"

// advices have the kernel wipe the arena when the process ends.
var advices = []int{unix.MADV_ZERO_WIRED_PAGES}
