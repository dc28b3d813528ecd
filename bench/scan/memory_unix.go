//go:build unix

package main

// This file: the peak of a process's memory, on Unix.

import (
	"os"
	"runtime"
	"syscall"
)

// maxResident is in bytes; only macOS counts in those.
func maxResident(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) << 10
}
