package cli

// This file: who may read a file, and whose a descriptor is, on Windows, where mode
// bits do not say.

import "os"

// checkPrivate accepts every file: access lists are the system's business here.
func checkPrivate(*os.File) error { return nil }

// handedOver takes every handle: which were there from the start can not be told.
func handedOver(int) bool { return true }
