package agent

import (
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// credentials returns the user and the process of the other side, as they were when it
// connected (SO_PEERCRED, unix(7)).
func credentials(conn net.Conn) (uid, pid int, err error) {
	err = control(conn, func(fd int) error {
		c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err == nil {
			uid, pid = int(c.Uid), int(c.Pid)
		}
		return err
	})
	return uid, pid, err
}

// program is the file that a process runs, "" where that is not told.
func program(pid int) string {
	exe, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	if err != nil {
		return ""
	}
	return exe
}

// sameProgram tells whether a process runs the very file that this one does.
func sameProgram(pid int) bool {
	own, err := os.Stat("/proc/self/exe")
	if err != nil {
		return false
	}
	its, err := os.Stat("/proc/" + strconv.Itoa(pid) + "/exe")
	return err == nil && os.SameFile(own, its)
}
