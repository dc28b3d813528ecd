//go:build !windows

package cli

// This file: who may use a file, and the room on a disk, on Unix.

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// others tells what people beside the owner may do with a file, and whether the
// owner is somebody else; root's is fine.
func others(info fs.FileInfo) (read, write, foreign bool) {
	mode := info.Mode().Perm()
	read, write = mode&0o044 != 0, mode&0o022 != 0
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		foreign = st.Uid != 0 && int(st.Uid) != os.Geteuid()
	}
	return read, write, foreign
}

// ownerOf returns the number of a file's user, -1 when it is not known.
func ownerOf(info fs.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}

// freeSpace returns the bytes that the person may still write on dir's disk.
func freeSpace(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(max(st.Bavail, 0)) * uint64(st.Bsize), nil
}
