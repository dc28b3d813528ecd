package agent

// This file notices that a client goes away while its call is answered, or begins a
// message and does not end it.

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// ahead is a connection of which one byte may have been read ahead, to learn whether
// the client is still there while a call is answered.
type ahead struct {
	net.Conn
	have bool
	next [1]byte
}

func (a *ahead) Read(p []byte) (int, error) {
	if a.have && len(p) > 0 {
		p[0], a.have = a.next[0], false
		a.next[0] = 0
		return 1, nil
	}
	return a.Conn.Read(p)
}

// begin waits, for as long as it takes, until a message begins, and gives the rest of it
// so much time.
func (a *ahead) begin(limit time.Duration) error {
	if !a.have {
		if _, err := io.ReadFull(a.Conn, a.next[:]); err != nil {
			return err
		}
		a.have = true
	}
	return a.SetReadDeadline(time.Now().Add(limit))
}

// guard calls gone when the client closes the connection. The function returned ends
// that and must be called before the next read.
func (a *ahead) guard(gone func()) (end func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		n, err := a.Conn.Read(a.next[:])
		switch {
		case n == 1:
			a.have = true
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			gone()
		}
	}()
	return func() {
		_ = a.SetReadDeadline(time.Unix(1, 0))
		<-done
		_ = a.SetReadDeadline(time.Time{})
	}
}
