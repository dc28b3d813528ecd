package approve

// This file: opening a file and who may write it, on Windows, where mode bits do not say.

import (
	"io/fs"
	"os"
)

// openAtOnce opens a file for reading.
func openAtOnce(name string) (*os.File, error) { return os.Open(name) }

// othersWrite finds nothing wrong: access lists are the system's business here.
func othersWrite(fs.FileInfo) (why, hint string) { return "", "" }
