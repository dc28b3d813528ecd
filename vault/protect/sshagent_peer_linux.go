package protect

// This file finds out which program listens at a unix socket.

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// peerOf returns the process that made the socket at the other end of conn, which
// the kernel keeps (unix(7), SO_PEERCRED); its name is what /proc/PID/comm has, at
// most 15 bytes. Nothing is told of one that is hidden or in another PID namespace.
func peerOf(conn net.Conn) (p peer) {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return p
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return p
	}
	var cred *syscall.Ucred
	ctlErr := raw.Control(func(fd uintptr) {
		cred, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if ctlErr != nil || err != nil || cred.Pid <= 0 {
		return p
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cred.Pid))
	if err != nil { // ended, or hidden by the option hidepid of /proc
		p.gone = errors.Is(syscall.Kill(int(cred.Pid), 0), syscall.ESRCH)
		return p
	}
	p.name = strings.TrimSuffix(string(name), "\n")
	return p
}
