package protect

// This file tests that Forget removes the index of a slot, and no other.

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

func TestTPMForget(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	if err := c.Forget(id); err != nil {
		t.Errorf("forget nothing: %v", err)
	}
	_, blob := seal(t, c, id, rightAuth)
	_, blob2 := seal(t, c, slotID(2), rightAuth)
	if _, _, err := c.Seal(id, []byte(rightAuth)); !errors.Is(err, ErrTaken) {
		t.Errorf("sealed twice: %v, want %v", err, ErrTaken)
	}
	for range 2 {
		if err := c.Forget(id); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Open(id, blob, []byte(rightAuth)); !errors.Is(err, ErrAbsent) {
			t.Errorf("forgotten slot: %v, want %v", err, ErrAbsent)
		}
	}
	secret, again := seal(t, c, id, rightAuth)
	if _, err := c.Open(id, blob, []byte(rightAuth)); !errors.Is(err, ErrAbsent) {
		t.Errorf("old blob on the new index: %v, want %v", err, ErrAbsent)
	}
	opens(t, c, id, again, secret)
	if _, err := c.Open(slotID(2), blob2, []byte(rightAuth)); err != nil {
		t.Errorf("the other slot: %v", err)
	}
}

func TestTPMForgetLeavesForeignIndexes(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	policy := make([]byte, digestLen)
	for name, change := range map[string]func(*tpm2.TPMSNVPublic){
		"plain data":   func(n *tpm2.TPMSNVPublic) { n.Attributes.NT = tpm2.TPMNTOrdinary },
		"owner writes": func(n *tpm2.TPMSNVPublic) { n.Attributes.OwnerWrite = true },
		"PIN_PASS":     func(n *tpm2.TPMSNVPublic) { n.Attributes.NT = tpm2.TPMNTPinPass },
		"SHA-1":        func(n *tpm2.TPMSNVPublic) { n.NameAlg = tpm2.TPMAlgSHA1; n.AuthPolicy.Buffer = policy[:20] },
		"no policy":    func(n *tpm2.TPMSNVPublic) { n.AuthPolicy.Buffer = nil },
		"longer":       func(n *tpm2.TPMSNVPublic) { n.Attributes.NT, n.DataSize = tpm2.TPMNTOrdinary, 16 },
	} {
		public := indexPublic(indexOf(id), policy, false)
		change(&public)
		p.raw(func(l *link) {
			if _, err := (tpm2.NVDefineSpace{AuthHandle: owner(), PublicInfo: tpm2.New2B(public)}).Execute(l); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		})
		if err := c.Forget(id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := c.Seal(id, []byte(rightAuth)); !errors.Is(err, ErrTaken) {
			t.Errorf("%s: seal: %v, want %v", name, err, ErrTaken)
		}
		if list := p.indexes(); len(list) != 1 {
			t.Fatalf("%s: %d indexes after Forget, want 1", name, len(list))
		}
		p.raw(func(l *link) {
			rsp, err := tpm2.NVReadPublic{NVIndex: indexOf(id)}.Execute(l)
			if err != nil {
				t.Fatal(err)
			}
			undefine := tpm2.NVUndefineSpace{AuthHandle: owner(), NVIndex: tpm2.NamedHandle{Handle: indexOf(id), Name: rsp.NVName}}
			if _, err := undefine.Execute(l); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestTPMSealTakesBackWhatItBegan(t *testing.T) {
	for name, fails := range map[string]func(tpm2.TPMCC, int64) bool{
		"second object": func(code tpm2.TPMCC, n int64) bool { return code == tpm2.TPMCCCreate && n == 2 },
		"first opening": func(code tpm2.TPMCC, _ int64) bool { return code == tpm2.TPMCCUnseal },
	} {
		p := startTPM(t)
		var creates atomic.Int64
		c := Chip{Device: p.between(func(command []byte, pass func([]byte) []byte) []byte {
			code := codeOf(command)
			if code == tpm2.TPMCCCreate {
				creates.Add(1)
			}
			if fails(code, creates.Load()) {
				return answerCode(tpm2.TPMRCValue)
			}
			return pass(command)
		})}
		if secret, blob, err := c.Seal(slotID(1), []byte(rightAuth)); !errors.Is(err, tpm2.TPMRCValue) || secret != nil || blob != nil {
			t.Errorf("%s fails: %v, want %v", name, err, tpm2.TPMRCValue)
		}
		if len(p.indexes()) != 0 || len(p.loaded()) != 0 {
			t.Errorf("%s fails: left %x, %x", name, p.indexes(), p.loaded())
		}
	}
}

func TestTPMCleared(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	_, blob := seal(t, c, id, rightAuth)
	p.raw(func(l *link) {
		if _, err := (tpm2.Clear{AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHLockout, Auth: tpm2.PasswordAuth(nil)}}).Execute(l); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := c.Open(id, blob, []byte(rightAuth)); !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), "was cleared") {
		t.Errorf("cleared TPM: %v, want %v", err, ErrAbsent)
	}
	secret, blob := seal(t, c, id, rightAuth)
	opens(t, c, id, blob, secret)
}
