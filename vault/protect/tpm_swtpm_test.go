package protect

// This file runs a real software TPM for the tests, and a wire between it and
// nod that a test can look into.

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
)

// chipTPM is a swtpm with its state in a directory of its own.
type chipTPM struct {
	t      *testing.T
	dir    string
	socket string
	cmd    *exec.Cmd
}

// limitOpening sets how long a TPM may be busy.
func limitOpening(t *testing.T, limit time.Duration) {
	t.Helper()
	before := openWait
	openWait = limit
	t.Cleanup(func() { openWait = before })
}

// startTPM starts a new TPM that ends with the test, and may be slow until then.
func startTPM(t *testing.T) *chipTPM {
	t.Helper()
	needPrograms(t, "swtpm")
	limitOpening(t, time.Minute)
	dir, err := os.MkdirTemp("", "nod-tpm") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	p := &chipTPM{t: t, dir: dir, socket: filepath.Join(dir, "tpm")}
	t.Cleanup(func() {
		p.end(syscall.SIGKILL)
		os.RemoveAll(dir)
	})
	p.start()
	return p
}

// start runs swtpm and returns when it listens.
func (p *chipTPM) start() {
	p.t.Helper()
	p.cmd = exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+p.dir, "--server", "type=unixio,path="+p.socket,
		"--flags", "not-need-init,startup-clear")
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.dial().Close()
}

// dial connects to the TPM when it listens and has room for one more.
func (p *chipTPM) dial() net.Conn {
	for end := time.Now().Add(2 * time.Minute); ; {
		conn, err := net.Dial("unix", p.socket)
		if err == nil {
			return conn
		}
		if time.Now().After(end) {
			panic(fmt.Errorf("swtpm does not listen: %w", err)) // also called beside the test
		}
		time.Sleep(time.Millisecond) // and ask again
	}
}

// end stops swtpm by a signal.
func (p *chipTPM) end(signal os.Signal) {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(signal) // it may have ended
	_ = p.cmd.Wait()
	p.cmd = nil
	os.Remove(p.socket)
}

// shutDown stops the TPM as a computer does that is switched off in order.
func (p *chipTPM) shutDown() {
	p.t.Helper()
	p.raw(func(l *link) {
		if _, err := (tpm2.Shutdown{ShutdownType: tpm2.TPMSUClear}).Execute(l); err != nil {
			p.t.Fatal(err)
		}
	})
	p.end(syscall.SIGTERM)
}

// raw lets f talk to the TPM.
func (p *chipTPM) raw(f func(*link)) {
	p.t.Helper()
	l, err := openLink(p.socket)
	if err != nil {
		p.t.Fatal(err)
	}
	defer l.Close()
	f(l)
}

// loaded returns the handles of all objects and sessions in the TPM.
func (p *chipTPM) loaded() (list []tpm2.TPMHandle) {
	p.t.Helper()
	p.raw(func(l *link) {
		for _, first := range []uint32{0x02000000, 0x03000000, 0x80000000} { // sessions, saved sessions, objects
			rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: first, PropertyCount: 64}.Execute(l)
			if err != nil {
				p.t.Fatal(err)
			}
			handles, err := rsp.CapabilityData.Data.Handles()
			if err != nil {
				p.t.Fatal(err)
			}
			list = append(list, handles.Handle...)
		}
	})
	return list
}

// flushAll does what a resource manager does when a process dies.
func (p *chipTPM) flushAll() {
	p.t.Helper()
	for _, handle := range p.loaded() {
		p.raw(func(l *link) { flush(l, handle) })
	}
}

// failures returns the machine-wide count of wrong authorizations.
func (p *chipTPM) failures() (count uint32) {
	p.t.Helper()
	p.raw(func(l *link) {
		limit, err := l.lockout()
		if err != nil {
			p.t.Fatal(err)
		}
		count = limit.count
	})
	return count
}

// indexes returns the handles of all indexes of the owner.
func (p *chipTPM) indexes() (list []tpm2.TPMHandle) {
	p.t.Helper()
	p.raw(func(l *link) {
		rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: uint32(indexFirst), PropertyCount: 64}.Execute(l)
		if err != nil {
			p.t.Fatal(err)
		}
		handles, err := rsp.CapabilityData.Data.Handles()
		if err != nil {
			p.t.Fatal(err)
		}
		list = handles.Handle
	})
	return list
}

// persist puts the standard storage key at its place.
func (p *chipTPM) persist() {
	p.t.Helper()
	p.persistOther(tpm2.ECCSRKTemplate, "")
}

// setAuth gives the hierarchy a password.
func (p *chipTPM) setAuth(hierarchy tpm2.TPMHandle) {
	p.t.Helper()
	p.raw(func(l *link) {
		_, err := tpm2.HierarchyChangeAuth{
			AuthHandle: tpm2.AuthHandle{Handle: hierarchy, Auth: tpm2.PasswordAuth(nil)},
			NewAuth:    tpm2.TPM2BAuth{Buffer: []byte("owned")},
		}.Execute(l)
		if err != nil {
			p.t.Fatal(err)
		}
	})
}

// between listens on a socket of its own. Each command goes through ask, which
// passes it on with pass, or not: without an answer the connection is cut.
func (p *chipTPM) between(ask func(command []byte, pass func([]byte) []byte) (answer []byte)) (socket string) {
	p.t.Helper()
	socket = filepath.Join(p.dir, rand.Text()[:8])
	listener, err := net.Listen("unix", socket)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.carry(client, ask)
		}
	}()
	return socket
}

// carry serves one connection.
func (p *chipTPM) carry(client net.Conn, ask func([]byte, func([]byte) []byte) []byte) {
	defer client.Close()
	tpm := p.dial()
	defer tpm.Close()
	pass := func(command []byte) []byte {
		tpm.Write(command)
		answer, err := message(tpm)
		if err != nil {
			p.t.Error(err)
		}
		return answer
	}
	for {
		command, err := message(client)
		if err != nil {
			return
		}
		answer := ask(command, pass)
		if answer == nil {
			return
		}
		client.Write(answer)
	}
}

// message reads one command or answer.
func message(r io.Reader) ([]byte, error) {
	head := make([]byte, headerLen)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[2:])
	if length < headerLen || length > answerMax {
		return nil, errors.New("no TPM message")
	}
	rest := make([]byte, length-headerLen)
	_, err := io.ReadFull(r, rest)
	return append(head, rest...), err
}

// codeOf returns the command of a command message.
func codeOf(command []byte) tpm2.TPMCC { return tpm2.TPMCC(binary.BigEndian.Uint32(command[6:])) }

// answerCode makes an answer that says code.
func answerCode(code tpm2.TPMRC) []byte {
	return binary.BigEndian.AppendUint32([]byte{0x80, 0x01, 0, 0, 0, headerLen}, uint32(code))
}

// slotID makes a slot id of one byte.
func slotID(n byte) SlotID { return SlotID{n} }

// seal seals a slot that must work.
func seal(t *testing.T, c Chip, id SlotID, auth string) (secret, blob []byte) {
	t.Helper()
	secret, blob, err := c.Seal(id, []byte(auth))
	if err != nil {
		t.Fatal(err)
	}
	if len(secret) != secretLen || len(blob) > blobMax {
		t.Fatalf("secret of %d bytes, blob of %d", len(secret), len(blob))
	}
	return secret, blob
}
