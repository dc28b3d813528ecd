package protect

// This file kills nod in the middle of Seal.

import (
	"errors"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
)

// TestTPMCrashInSeal cuts the wire at each command of Seal, before and after the
// TPM has run it. What is left is gone with Forget.
func TestTPMCrashInSeal(t *testing.T) {
	p := startTPM(t)
	id, sealed := slotID(1), false
	for step := int64(1); !sealed; step++ {
		for _, done := range []bool{false, true} {
			var n atomic.Int64
			c := Chip{Device: p.between(func(command []byte, pass func([]byte) []byte) []byte {
				if n.Add(1) < step {
					return pass(command)
				}
				if done && n.Load() == step {
					pass(command)
				}
				return nil
			})}
			secret, blob, err := c.Seal(id, []byte(rightAuth))
			p.flushAll()
			direct := Chip{Device: p.socket}
			if err == nil {
				sealed = true
				opens(t, direct, id, blob, secret)
			}
			if err := direct.Forget(id); err != nil {
				t.Fatalf("forget after step %d: %v", step, err)
			}
			if list := p.indexes(); len(list) != 0 {
				t.Fatalf("step %d left %d indexes", step, len(list))
			}
		}
		if step > 200 {
			t.Fatal("Seal does not end")
		}
	}
	if got := p.failures(); got != 0 {
		t.Errorf("the limit for all programs counted %d", got)
	}
}

// TestTPMKilledBetweenDefineAndWrite runs itself again and kills that process.
func TestTPMKilledBetweenDefineAndWrite(t *testing.T) {
	if socket := os.Getenv("NOD_TPM_SOCKET"); socket != "" {
		limitOpening(t, time.Minute)
		_, _, err := Chip{Device: socket}.Seal(slotID(1), []byte(rightAuth))
		t.Fatalf("sealed to the end: %v", err)
	}
	p := startTPM(t)
	reached, release, ended := make(chan bool), make(chan bool), make(chan error, 1)
	socket := p.between(func(command []byte, pass func([]byte) []byte) []byte {
		if codeOf(command) != tpm2.TPMCCNVWrite {
			return pass(command)
		}
		reached <- true
		<-release
		return nil
	})
	child := exec.Command(os.Args[0], "-test.run=^TestTPMKilledBetweenDefineAndWrite$")
	child.Env = append(os.Environ(), "NOD_TPM_SOCKET="+socket)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- child.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("ended without writing: %v", err)
	case <-reached:
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-ended
		close(release)
	}
	p.flushAll()
	if list := p.indexes(); len(list) != 1 || list[0] != indexOf(slotID(1)) {
		t.Errorf("left: %x, want one index", list)
	}
	c := Chip{Device: p.socket}
	if _, _, err := c.Seal(slotID(1), []byte(rightAuth)); !errors.Is(err, ErrTaken) {
		t.Errorf("seal over it: %v, want %v", err, ErrTaken)
	}
	if err := c.Forget(slotID(1)); err != nil {
		t.Fatal(err)
	}
	if list := p.indexes(); len(list) != 0 {
		t.Errorf("Forget left %x", list)
	}
	secret, blob := seal(t, c, slotID(1), rightAuth)
	opens(t, c, slotID(1), blob, secret)
}
