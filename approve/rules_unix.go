//go:build !windows

package approve

// This file: opening a file and who may write it, on Unix.

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openAtOnce opens a file for reading, and does not wait for a writer if it is a pipe.
func openAtOnce(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// othersWrite says why a file is not the person's own alone, with the command that
// mends it; "" when it is, or root's.
func othersWrite(info fs.FileInfo) (why, hint string) {
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Sprintf("other people may write it (mode %04o)", mode), "chmod go-w"
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Uid != 0 && int(s.Uid) != os.Geteuid() {
		return "it belongs to somebody else", "look at it, and then: chown $USER"
	}
	return "", ""
}
