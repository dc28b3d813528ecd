//go:build !unix

package main

// This file: where the system does not tell the peak of a process's memory.

import "os"

func maxResident(*os.ProcessState) int64 { return 0 }
