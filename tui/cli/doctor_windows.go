package cli

// This file: who may use a file, and the room on a disk, on Windows.

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

// others knows nothing: the files inherit the rights of the person's profile.
func others(fs.FileInfo) (read, write, foreign bool) { return false, false, false }

// ownerOf knows nothing.
func ownerOf(fs.FileInfo) int { return -1 }

// freeSpace returns the bytes that the person may still write on dir's disk.
func freeSpace(dir string) (free uint64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	return free, err
}
