package protect

// This file finds out which program listens at a unix socket.

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// peerName returns the name of the program that listens at the other end of
// conn, as /proc/PID/comm has it (at most 15 bytes), or "" when that can not
// be told: the program is gone, hidden or in another PID namespace. The kernel
// keeps the process that made the socket (unix(7), SO_PEERCRED).
func peerName(conn net.Conn) string {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return ""
	}
	var peer *syscall.Ucred
	ctlErr := raw.Control(func(fd uintptr) {
		peer, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if ctlErr != nil || err != nil {
		return ""
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", peer.Pid))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(name), "\n")
}
