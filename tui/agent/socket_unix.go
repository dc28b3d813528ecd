//go:build unix

package agent

// This file is the socket: where it is, who may open it, and who has.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Listen makes the socket at path, which only this user can open: its directory is
// made with mode 0700 and refused when others may write to it, the socket has 0600. A
// socket that nobody answers at is replaced, anything else at path is left alone.
// Errors: ErrRunning when an agent does.
func Listen(path string) (net.Listener, error) {
	if most := len(syscall.RawSockaddrUnix{}.Path) - 1; len(path) > most {
		return nil, fmt.Errorf("make the agent's socket: %s is longer than the %d bytes that a socket's name can have: set NOD_AGENT_SOCK to a shorter one", path, most)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the agent's directory: %w", err)
	}
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the agent's lock: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, fmt.Errorf("lock the agent's socket: %w", err)
	}
	// Nobody holds the lock: a socket there is one that a killed agent left behind.
	if err := removeSocket(path); err != nil {
		lock.Close()
		return nil, fmt.Errorf("remove the old socket: %w", err)
	}
	old := unix.Umask(0o177) // no moment in which others could open it
	l, err := net.Listen("unix", path)
	unix.Umask(old)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("make the agent's socket: %w", err)
	}
	return &locked{l, lock}, nil
}

// removeSocket removes the socket at path, if there is one.
func removeSocket(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s is something else: set NOD_AGENT_SOCK to a name that is free", path)
	}
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// locked is a listener that holds the lock of its socket.
type locked struct {
	net.Listener
	lock *os.File
}

func (l *locked) Close() error {
	defer l.lock.Close()
	return l.Listener.Close()
}

// checkDir refuses a directory in which others could put a socket of theirs.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the agent's directory: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s must be yours alone (chmod 700), or others could pass for the agent", dir)
	}
	return nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "unix", path)
}

func isPipe(string) bool { return false }

// checkPeer refuses the other side when it is another user's; root is one, too.
func checkPeer(conn net.Conn) error {
	uid, _, err := credentials(conn)
	if err != nil {
		return fmt.Errorf("%w: who it is can not be told: %w", ErrUser, err)
	}
	if uid != os.Getuid() {
		return fmt.Errorf("%w (%d)", ErrUser, uid)
	}
	return nil
}

// control runs do with conn's file descriptor.
func control(conn net.Conn, do func(fd int) error) error {
	u, ok := conn.(*net.UnixConn)
	if !ok {
		return errors.New("not a unix socket")
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// isExhausted tells that no connection could be taken now but can be later.
func isExhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.ENOBUFS)
}
