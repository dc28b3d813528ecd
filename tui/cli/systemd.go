package cli

// This file: what the service manager hands over to server and agent and is told. It is systemd's
// protocol, a few lines without its library: sockets from file descriptor 3 on,
// and lines of text to the socket in $NOTIFY_SOCKET.

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// notify tells the service manager a state such as READY=1. Without one, nothing
// happens.
func (a *app) notify(state string) error {
	name := a.env.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	if strings.HasPrefix(name, "@") { // of the abstract namespace
		name = "\x00" + name[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	_, err = conn.Write([]byte(state))
	return errors.Join(err, conn.Close())
}

// inherited returns the socket that the service manager has opened for this
// process, nil when there is none.
func (a *app) inherited() (net.Listener, error) {
	if a.env.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	n, err := strconv.Atoi(a.env.Getenv("LISTEN_FDS"))
	if err != nil || n < 1 {
		return nil, nil
	}
	if n > 1 {
		return nil, usagef("the service manager hands over %d sockets: one is enough", n)
	}
	const first = 3
	f := os.NewFile(first, "socket of the service manager")
	listener, err := net.FileListener(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("take the socket of the service manager: %w", err)
	}
	return listener, nil
}

// unitQuote writes a path as one word of a unit's command line, systemd.syntax(7).
func unitQuote(path string) string {
	return `"` + strings.NewReplacer(`%`, `%%`, `$`, `$$`, `\`, `\\`, `"`, `\"`).Replace(path) + `"`
}
