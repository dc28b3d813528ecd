package cli

// This file: who may read a file, on Windows, where mode bits do not say.

import "os"

// checkPrivate accepts every file: access lists are the system's business here.
func checkPrivate(*os.File) error { return nil }
