package agent

// This file takes connections and reads the calls that come on them.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"nod/approve"
	"nod/vault"
)

// Config says what an agent keeps.
type Config struct {
	Place   vault.Place
	Drivers []approve.Driver
	HTTP    *http.Client                     // asks servers for their Date; needed where there are Drivers
	Ready   func(*approve.Inbox) error       // prepares the inbox of a vault that was unlocked; its error is logged; may be nil
	Run     Runner                           // runs commands for package shortcut; may be nil
	Idle    time.Duration                    // lock after this long without a call; 0 is DefaultIdle
	Hard    time.Duration                    // lock this long after unlocking; 0 is DefaultHard
	Calls   float64                          // answer so many a second in the long run; 0 is DefaultCalls
	Say     func(format string, args ...any) // writes the log: no secrets, no accounts; nil drops it
}

// Server is an agent.
type Server struct {
	k    *keeper
	stop context.CancelFunc
	ctx  context.Context
}

var pid = os.Getpid()

const (
	mostConnections = 512              // at once; each takes a descriptor, and saving the vault needs some
	messageLimit    = 30 * time.Second // from the first byte of a call to its last
)

// NewServer returns an agent whose vault is locked. Close ends it.
func NewServer(c Config) *Server {
	if c.Idle <= 0 {
		c.Idle = DefaultIdle
	}
	if c.Hard <= 0 {
		c.Hard = DefaultHard
	}
	if c.Say == nil {
		c.Say = func(string, ...any) {}
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Server{k: newKeeper(c), ctx: ctx, stop: stop}
}

// Lock forgets the vault, for a reason that status tells, such as "suspend". It returns
// when nothing of it is left.
func (s *Server) Lock(why string) { s.k.lock(why) }

// Close locks and makes Serve return.
func (s *Server) Close() {
	s.stop()
	s.k.lockFor("stopped")
}

// Serve answers the clients that l takes until ctx ends, a client stops the agent or
// Close is called. It closes l and locks the vault.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var wg sync.WaitGroup
	defer l.Close() // before this returns, so that another agent can follow
	defer s.Close()
	defer wg.Wait()
	held := make(chan struct{}, mostConnections)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			var temporary interface{ Timeout() bool }
			if errors.As(err, &temporary) && temporary.Timeout() || isExhausted(err) {
				time.Sleep(50 * time.Millisecond)
				continue
			}
			cancel()
			return fmt.Errorf("take connections: %w", err)
		}
		select {
		case held <- struct{}{}:
		default:
			conn.Close()
			continue
		}
		wg.Go(func() {
			defer func() { <-held }()
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			s.serve(ctx, conn)
		})
	}
}

// session is one connection.
type session struct {
	*Server
	conn net.Conn
	peer peer
	sent sent
}

// serve answers the calls of one connection until it ends.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	if err := checkPeer(conn); err != nil {
		s.k.config.Say("refused a connection: %v", err)
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if readMessage(conn, maxCall, new(call)) == nil { // or what was sent would cut off the answer
			_ = writeMessage(conn, reply{Error: wireError(err)}, nil)
		}
		return
	}
	s.handle(ctx, conn)
}

// handle answers the calls of a client that may ask.
func (s *Server) handle(ctx context.Context, conn net.Conn) {
	c := &session{Server: s, conn: conn, peer: peerOf(conn)}
	in := &ahead{Conn: conn}
	for ctx.Err() == nil {
		if in.begin(messageLimit) != nil {
			return
		}
		var m call
		if err := readMessage(in, maxCall, &m); err != nil {
			return
		}
		secret, err := readSecret(in, m.Secret, mostSecret(m.Op))
		if err != nil {
			return
		}
		if in.SetReadDeadline(time.Time{}) != nil {
			clear(secret)
			return
		}
		err = c.answer(ctx, in, m, secret)
		clear(secret)
		if err != nil {
			return
		}
	}
}

// answer answers one call. Its context ends when the client goes away.
func (c *session) answer(ctx context.Context, in *ahead, m call, secret []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer in.guard(cancel)()
	if !free[m.Op] {
		if err := c.k.limits.take(c.peer.pid, time.Now()); err != nil {
			return writeMessage(c.conn, reply{Error: wireError(err)}, nil)
		}
	}
	switch m.Op {
	case opWatch:
		return c.watch(ctx)
	case opRun:
		return c.run(ctx, m)
	}
	result, err := c.do(ctx, m, secret)
	r := reply{Error: wireError(err)}
	if err == nil {
		if r.Result, err = json.Marshal(result); err != nil {
			return err
		}
	}
	if err := writeMessage(c.conn, r, nil); err != nil {
		return err
	}
	if m.Op == opStop && r.Error == nil {
		c.stop()
	}
	return nil
}
