//go:build darwin || freebsd

package agent

import (
	"net"

	"golang.org/x/sys/unix"
)

// credentials returns the user of the other side, as it was when it connected
// (LOCAL_PEERCRED, unix(4)); the process is not told.
func credentials(conn net.Conn) (uid, pid int, err error) {
	err = control(conn, func(fd int) error {
		c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		if err == nil {
			uid = int(c.Uid)
		}
		return err
	})
	return uid, 0, err
}

func program(int) string { return "" }

func sameProgram(int) bool { return false } // nobody takes the shortcut here
