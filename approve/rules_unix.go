//go:build !windows

package approve

// This file: who may write a file, on Unix.

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

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
