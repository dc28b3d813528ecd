//go:build unix

package agent

// This file tests what comes over the socket from a hostile client.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"nod/vault"
)

// A length alone takes no memory.
func TestLengthIsNoPromise(t *testing.T) {
	const claims = 8
	head := binary.BigEndian.AppendUint32(nil, maxCall)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range claims {
		if readMessage(bytes.NewReader(append(head, '{')), maxCall, new(call)) == nil {
			t.Error("a message that ends too soon is taken")
		}
		if _, err := readSecret(strings.NewReader("x"), maxKeys, maxKeys); err == nil {
			t.Error("a secret that ends too soon is taken")
		}
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > claims<<20 {
		t.Errorf("%d lengths took %d bytes", claims, took)
	}
	long := bytes.Repeat([]byte("0123456789abcdef"), 3*firstBytes/16+1)
	if got, err := readSecret(bytes.NewReader(long), len(long), maxKeys); err != nil || !bytes.Equal(got, long) {
		t.Errorf("%d bytes of a long secret, %v", len(got), err)
	}
}

// What a client says of a use is one short line in the history, whatever it is.
func TestUseIsShort(t *testing.T) {
	s, c, accounts := unlocked(t)
	if err := c.MarkUsed(accounts[0].ID, "copied \x1b[31m\n"+strings.Repeat("x", 1<<20), time.Now()); err != nil {
		t.Fatal(err)
	}
	o, err := s.k.look()
	if err != nil {
		t.Fatal(err)
	}
	s.k.flush(o)
	for _, e := range c.History() {
		if e.Kind == vault.EventUsed {
			if want := "copied " + strings.Repeat("x", 57); e.Detail != want {
				t.Errorf("%d bytes of detail: %.80q", len(e.Detail), e.Detail)
			}
			return
		}
	}
	t.Error("the use is not in the history")
}

// A call that is not ended ends the connection; a connection that rests stays.
func TestHalfCall(t *testing.T) {
	place, _ := newVault(t)
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Config{Place: place})
		defer s.Close()
		text, err := json.Marshal(call{Version: version, Op: opStatus})
		if err != nil {
			t.Fatal(err)
		}
		whole := append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
		for _, half := range [][]byte{whole[:1], whole[:lengthBytes], whole[:lengthBytes+3]} {
			near, far := net.Pipe()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				s.handle(t.Context(), far)
				far.Close()
			}()
			for range 2 {
				time.Sleep(24 * time.Hour) // of the bubble: nobody waits
				if _, err := near.Write(whole); err != nil {
					t.Fatal("a connection that rests is ended:", err)
				}
				if err := readMessage(near, maxReply, new(reply)); err != nil {
					t.Fatal("a connection that rests is ended:", err)
				}
			}
			if _, err := near.Write(half); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			<-ended
			if took := time.Since(began); took != messageLimit {
				t.Errorf("%d bytes of a call end the connection after %s", len(half), took)
			}
			near.Close()
		}
	})
}

// The agent holds no more connections than it can, and goes on when some end.
func TestManyConnections(t *testing.T) {
	place, _ := newVault(t)
	_, path := serve(t, Config{Place: place})
	held := []*Client{client(t, path, place)}
	for range mostConnections - 1 {
		held = append(held, client(t, path, place))
	}
	if c, _, err := Dial(t.Context(), path, place); err == nil {
		c.Close()
		t.Errorf("it holds more than %d connections", mostConnections)
	}
	statusOf(t, held[0])
	held[1].Close()
	waitFor(t, "a connection that another leaves", func() bool {
		c, _, err := Dial(t.Context(), path, place)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// FuzzCalls: whatever a client sends, the agent goes on, says only whole messages, and
// gives no code of an account that is to be confirmed.
func FuzzCalls(f *testing.F) {
	place, accounts := newVault(f)
	v, err := vault.Open(place, pin(testPIN))
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range accounts {
		if _, err := v.Edit(a.ID, func(x *vault.Account) { x.Confirm = true }); err != nil {
			f.Fatal(err)
		}
	}
	v.Close()
	open, shut := NewServer(Config{Place: place, Calls: 1e9}), NewServer(Config{Place: place})
	f.Cleanup(func() { open.Close(); shut.Close() })
	if err := open.k.unlock(pin(testPIN), 0); err != nil {
		f.Fatal(err)
	}
	id, now := accounts[0].ID, time.Now()
	for op, args := range map[string]any{
		opStatus: nothing{}, opAccount: idArgs{id}, opFind: findArgs{"rms"}, opGive: giveArgs{IDs: []string{id}, Now: now},
		opEdit: editArgs{Before: accounts[0]}, opSteps: stepsArgs{[]string{id}, now}, opRun: runArgs{Args: []string{"code", id}},
		opAnswer: answerArgs{ID: "r-1"}, opPair: pairArgs{Secrets: [4]int{-1, 2, 1 << 40}}, opPause: pauseArgs{Length: -1},
		opExisting: existingArgs{[]keyArgs{{Secret: 1, PIN: -1}}}, opReplace: replaceArgs{ID: id}, opContent: contentArgs{"x"},
		opSessionPIN: pinArgs{Secret: -1}, opTimes: timesArgs{[]string{"d-1"}}, opWatch: nothing{}, opAwait: idArgs{"d-1"},
	} {
		text, err := json.Marshal(args)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(op, text, 2, []byte("xx"))
	}
	f.Add("nothing", []byte("null"), -1, []byte{0, 0, 0, 2, '{', '}'})
	f.Fuzz(func(t *testing.T, op string, args []byte, length int, rest []byte) {
		if slices.Contains([]string{opUnlock, opLock, opStop, opRemove}, op) {
			return // these do what they should
		}
		text, err := json.Marshal(call{version, op, args, length})
		if err != nil { // args are no JSON: they are sent as they are
			text = args
		}
		frame := slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text, rest)
		for _, s := range []*Server{open, shut} {
			said := answers(t, s, frame)
			if bytes.Contains(said, []byte(`"Value":"`)) || bytes.Contains(said, []byte(`"Values":["`)) {
				t.Errorf("a code without the PIN: %q", said)
			}
			for len(said) > 0 {
				n := lengthBytes
				if len(said) >= n {
					n += int(binary.BigEndian.Uint32(said))
				}
				if n > len(said) {
					t.Fatalf("a message that is not whole: %q", said)
				}
				said = said[n:]
			}
		}
	})
}

// answers is all that s says to a client that sends frame and no more.
func answers(t *testing.T, s *Server, frame []byte) []byte {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "end of a socket")
		conn, err := net.FileConn(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = conn.(*net.UnixConn)
	}
	ours, its := ends[0], ends[1]
	go func() {
		defer its.Close()
		s.serve(t.Context(), its)
	}()
	defer ours.Close()
	go func() {
		_, _ = ours.Write(frame)
		_ = ours.CloseWrite()
	}()
	said, _ := io.ReadAll(ours) // reset: it had more to read and did not want it
	return said
}
