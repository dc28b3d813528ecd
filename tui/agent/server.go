package agent

// This file takes connections and answers calls.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"sync"
	"time"

	"nod/approve"
	"nod/vault"
)

// Config says what an agent keeps.
type Config struct {
	Place   vault.Place
	Drivers []approve.Driver
	Ready   func(*approve.Inbox) error       // prepares the inbox of a vault that was unlocked; its error is logged; may be nil
	Idle    time.Duration                    // lock after this long without a call; 0 is DefaultIdle
	Hard    time.Duration                    // lock this long after unlocking; 0 is DefaultHard
	Say     func(format string, args ...any) // writes the log: no secrets, no accounts; nil drops it
}

// Server is an agent.
type Server struct {
	k    *keeper
	stop context.CancelFunc
	ctx  context.Context
}

var pid = os.Getpid()

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
	s.k.lock("stopped")
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	if s.k.resting != nil {
		s.k.resting.Close()
		s.k.resting = nil
	}
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
		wg.Go(func() {
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
	c := &session{s, conn, peerOf(conn)}
	in := &ahead{Conn: conn}
	for ctx.Err() == nil {
		var m call
		if err := readMessage(in, maxCall, &m); err != nil {
			return
		}
		secret, err := readSecret(in, m.Secret)
		if err != nil {
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
	if m.Op == opWatch {
		return c.watch(ctx)
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

// do does what a call asks for.
func (c *session) do(ctx context.Context, m call, secret []byte) (any, error) {
	if m.Version != version {
		return nil, ErrProtocol
	}
	switch m.Op {
	case opStatus:
		return c.k.status(), nil
	case opLock:
		c.k.lock("by hand")
		return nothing{}, nil
	case opStop:
		return nothing{}, nil
	case opUnlock:
		a, err := read[unlockArgs](m)
		if err != nil {
			return nil, err
		}
		cred, err := credential(a.secretArgs, secret)
		if err == nil {
			err = c.k.unlock(cred, a.For)
		}
		return c.k.status(), err
	}
	o, err := c.k.use(c.peer)
	if err != nil {
		return nil, err
	}
	if err := c.k.refresh(o); err != nil {
		return nil, err
	}
	if result, err, known := c.vaultCall(o, m); known {
		return result, err
	}
	return c.inboxCall(ctx, o, m, secret)
}

// read reads the arguments of a call.
func read[T any](m call) (args T, err error) {
	if err := json.Unmarshal(m.Args, &args); err != nil {
		return args, fmt.Errorf("%s: read arguments: %w", m.Op, err)
	}
	return args, nil
}

func credential(a secretArgs, secret []byte) (vault.Credential, error) {
	switch a.Kind {
	case vault.SlotPIN:
		return vault.PINOf(a.Name, secret), nil
	case vault.SlotPassphrase:
		return vault.Passphrase(secret), nil
	case vault.SlotRecovery:
		return vault.RecoveryCode(secret), nil
	}
	return vault.Credential{}, fmt.Errorf("a credential of the kind %q can not be handed to the agent: %w", a.Kind, vault.ErrNoSlot)
}

// vaultCall does what the vault can do without a secret.
func (c *session) vaultCall(o *opened, m call) (result any, err error, known bool) {
	v := o.vault
	switch m.Op {
	case opList:
		return v.Accounts(), nil, true
	case opDevices:
		return v.Devices(), nil, true
	case opHistory:
		return v.History(), nil, true
	case opFind:
		a, err := read[findArgs](m)
		if err != nil {
			return nil, err, true
		}
		return v.Find(a.Query), nil, true
	case opAccount, opRemove, opDevice:
		a, err := read[idArgs](m)
		if err != nil {
			return nil, err, true
		}
		switch m.Op {
		case opAccount:
			x, err := v.Account(a.ID)
			return x, err, true
		case opDevice:
			d, err := v.Device(a.ID)
			return d, err, true
		}
		return nothing{}, v.Remove(a.ID), true
	case opGive:
		a, err := read[giveArgs](m)
		if err != nil {
			return nil, err, true
		}
		codes, err := v.GiveAll(a.IDs, a.Now, a.Giving)
		if errors.Is(err, vault.ErrGiven) { // with the time that is left
			return given{codes, wireError(err)}, nil, true
		}
		return given{Codes: codes}, err, true
	case opShift:
		return v.Shift(), nil, true
	case opClocks:
		a, err := read[clocksArgs](m)
		if err != nil {
			return nil, err, true
		}
		return v.Differences(a.Now), nil, true
	case opUsed:
		a, err := read[usedArgs](m)
		if err != nil {
			return nil, err, true
		}
		c.k.used(o, vault.Use{ID: a.ID, How: a.How, At: a.Now})
		return nothing{}, nil, true
	case opEdit:
		a, err := read[editArgs](m)
		if err != nil {
			return nil, err, true
		}
		x, err := edit(v, a)
		return x, err, true
	}
	return nil, nil, false
}

// edit changes an account if it is still what the client saw, else gives nil.
func edit(v *vault.Vault, a editArgs) (*vault.Account, error) {
	seen := true
	x, err := v.Edit(a.Before.ID, func(x *vault.Account) {
		now := *x
		now.Used, now.Uses, a.Before.Used, a.Before.Uses = time.Time{}, 0, time.Time{}, 0
		if seen = same(now, a.Before); seen {
			a.After.Used, a.After.Uses = x.Used, x.Uses
			*x = a.After
		}
	})
	if err != nil || !seen {
		return nil, err
	}
	return &x, nil
}

// same compares accounts as they are on the wire, where times lose what they have
// beside the instant.
func same(a, b vault.Account) bool {
	equal := a.Added.Equal(b.Added)
	a.Added, b.Added = time.Time{}, time.Time{}
	if len(a.Tags) == 0 && len(b.Tags) == 0 {
		a.Tags, b.Tags = nil, nil
	}
	return equal && reflect.DeepEqual(a, b)
}

// inboxCall does what goes to the servers.
func (c *session) inboxCall(ctx context.Context, o *opened, m call, secret []byte) (any, error) {
	in := o.inbox
	switch m.Op {
	case opFetch:
		ev, err := in.Fetch(ctx)
		return fetched{wireEvent(ev), wireError(err)}, nil
	case opAnswer:
		a, err := read[answerArgs](m)
		if err != nil {
			return nil, err
		}
		return c.answerRequest(ctx, o, a, secret)
	case opEnded:
		a, err := read[idArgs](m)
		if err != nil {
			return nil, err
		}
		r, ok := in.Ended(a.ID)
		return endedRequest{r, ok}, nil
	case opScan:
		a, err := read[scanArgs](m)
		if err != nil {
			return nil, err
		}
		return in.Scan(ctx, a.Link)
	case opPause:
		a, err := read[pauseArgs](m)
		if err != nil {
			return nil, err
		}
		if a.Length > 0 {
			return in.Pause(ctx, a.Device, a.Length)
		}
		return in.Resume(ctx, a.Device)
	case opState:
		a, err := read[idArgs](m)
		if err != nil {
			return nil, err
		}
		return in.Status(ctx, a.ID)
	case opRename:
		a, err := read[renameArgs](m)
		if err != nil {
			return nil, err
		}
		return nothing{}, in.Rename(ctx, a.Device, a.Name)
	case opUnpair:
		a, err := read[unpairArgs](m)
		if err != nil {
			return nil, err
		}
		return nothing{}, in.Unpair(ctx, a.Device, a.Force)
	}
	return nil, fmt.Errorf("%w: it knows no %q", ErrProtocol, m.Op)
}

// answerRequest passes an answer on. An accept takes a secret each time, and a wrong
// one counts as at unlocking.
func (c *session) answerRequest(ctx context.Context, o *opened, a answerArgs, secret []byte) (approve.Outcome, error) {
	if a.Decision.Act != approve.Accept {
		return o.inbox.Answer(ctx, a.ID, a.Decision, vault.Credential{})
	}
	if err := c.k.mayTry(); err != nil {
		return approve.Outcome{}, err
	}
	cred, err := credential(a.secretArgs, secret)
	if err != nil {
		return approve.Outcome{}, err
	}
	out, err := o.inbox.Answer(ctx, a.ID, a.Decision, cred)
	if _, wrong := errors.AsType[*vault.PINError](err); wrong || err == nil {
		c.k.tried(err)
	}
	return out, err
}

// watch sends each new event until the client goes away or the vault is locked. It
// does not keep the agent from locking for want of use.
func (c *session) watch(ctx context.Context) error {
	o, err := c.k.look()
	if err != nil {
		return writeMessage(c.conn, reply{Error: wireError(err)}, nil)
	}
	news, end := o.listen()
	defer end()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.done:
			return writeMessage(c.conn, reply{Error: wireError(ErrLocked)}, nil)
		case <-news:
		}
		text, err := json.Marshal(wireEvent(o.newest()))
		if err != nil {
			return err
		}
		if err := writeMessage(c.conn, reply{Result: text}, nil); err != nil {
			return err
		}
	}
}

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
