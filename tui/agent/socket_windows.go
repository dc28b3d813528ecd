package agent

// This file is the named pipe in place of a socket: where it is, who may open it, and
// who has.

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// Listen makes the named pipe at path, which only this user can open: its owner is the
// user's SID, and nobody else has a right to it. Errors: ErrRunning when an agent
// answers there.
func Listen(path string) (net.Listener, error) {
	sid, err := ownSID()
	if err != nil {
		return nil, err
	}
	if conn, err := winio.DialPipe(path, nil); err == nil {
		conn.Close()
		return nil, ErrRunning
	}
	l, err := winio.ListenPipe(path, &winio.PipeConfig{
		SecurityDescriptor: "O:" + sid + "D:P(A;;GA;;;" + sid + ")",
	})
	if err != nil {
		return nil, fmt.Errorf("make the agent's pipe: %w", err)
	}
	return l, nil
}

func ownSID() (string, error) {
	u, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", fmt.Errorf("ask who runs the agent: %w", err)
	}
	return u.User.Sid.String(), nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	return winio.DialPipeContext(ctx, path)
}

func isPipe(path string) bool { return strings.HasPrefix(path, `\\.\pipe\`) }

// checkPeer refuses a pipe that another user has made. Who may open the agent's own
// pipe, its security descriptor has settled.
func checkPeer(conn net.Conn) error {
	f, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return fmt.Errorf("%w: who it is can not be told", ErrUser)
	}
	sd, err := windows.GetSecurityInfo(windows.Handle(f.Fd()), windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("%w: who it is can not be told: %w", ErrUser, err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("%w: who it is can not be told: %w", ErrUser, err)
	}
	own, err := ownSID()
	if err != nil {
		return err
	}
	if owner.String() != own {
		return fmt.Errorf("%w (%s)", ErrUser, owner)
	}
	return nil
}

// credentials returns the process of the client; the user has no number here.
func credentials(conn net.Conn) (uid, pid int, err error) {
	f, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return 0, 0, nil
	}
	var id uint32
	err = windows.GetNamedPipeClientProcessId(windows.Handle(f.Fd()), &id)
	return 0, int(id), err
}

// program is the file that a process runs, "" where that is not told.
func program(pid int) string {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return ""
	}
	defer windows.CloseHandle(process)
	name := make([]uint16, windows.MAX_LONG_PATH)
	n := uint32(len(name))
	if windows.QueryFullProcessImageName(process, 0, &name[0], &n) != nil {
		return ""
	}
	return windows.UTF16ToString(name[:n])
}

func sameProgram(int) bool { return false } // nobody takes the shortcut here

func isExhausted(error) bool { return false }
