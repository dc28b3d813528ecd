package protect

// This file tests TPMs that have no counter for nod.

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

// withoutCounter are ways to have no counter.
var withoutCounter = map[string]func(p *chipTPM) Chip{
	"owner password": func(p *chipTPM) Chip {
		p.persist()
		p.setAuth(tpm2.TPMRHOwner)
		return Chip{Device: p.socket}
	},
	"no space": func(p *chipTPM) Chip {
		p.fill()
		return Chip{Device: p.socket}
	},
	"type not known": func(p *chipTPM) Chip {
		return Chip{Device: p.between(func(command []byte, pass func([]byte) []byte) []byte {
			if codeOf(command) == tpm2.TPMCCNVDefineSpace {
				return answerCode(tpm2.TPMRCAttributes)
			}
			return pass(command)
		})}
	},
	"counter stands still": func(p *chipTPM) Chip {
		return Chip{Device: p.between(func(command []byte, pass func([]byte) []byte) []byte {
			answer := pass(command)
			if codeOf(command) == tpm2.TPMCCNVRead && len(answer) > headerLen {
				binary.BigEndian.PutUint32(answer[16:], 0) // pinCount
			}
			return answer
		})}
	},
}

func TestTPMWithoutCounter(t *testing.T) {
	for name, prepare := range withoutCounter {
		t.Run(name, func(t *testing.T) {
			p := startTPM(t)
			c, id := prepare(p), slotID(1)
			if err := c.Ready(); err != nil {
				t.Fatal(err)
			}
			before := len(p.indexes())
			secret, blob := seal(t, c, id, rightAuth)
			if got := len(p.indexes()); got != before {
				t.Errorf("%d indexes, want %d", got, before)
			}
			if list := p.loaded(); len(list) != 0 {
				t.Errorf("left in the TPM: %v", list)
			}
			for _, word := range []string{"limit for all programs", "(3, then one more every 16m40s)", "group tss can reset"} {
				if s := c.Caution(blob); !strings.Contains(s, word) {
					t.Errorf("caution %q lacks %q", s, word)
				}
			}
			opens(t, c, id, blob, secret)
			for range 3 { // that swtpm gives; nothing is shut for good then
				wrong(t, c, id, blob, -1)
			}
			for _, auth := range []string{rightAuth, wrongAuth} {
				if _, err := c.Open(id, blob, []byte(auth)); !errors.Is(err, errLockedOut) || errors.Is(err, ErrLimit) {
					t.Errorf("shut for a time: %v", err)
				}
			}
			if got := p.failures(); got != 3 {
				t.Errorf("%d failures, want 3", got)
			}
			if err := c.Forget(id); err != nil {
				t.Errorf("forget: %v", err)
			}
		})
	}
}

func TestTPMCautionKnowsThePasswordOfTheLimit(t *testing.T) {
	p := startTPM(t)
	p.persist()
	p.setAuth(tpm2.TPMRHOwner)
	p.setAuth(tpm2.TPMRHLockout)
	c := Chip{Device: p.socket}
	_, blob := seal(t, c, slotID(1), rightAuth)
	if s := c.Caution(blob); !strings.Contains(s, "limit for all programs") || strings.Contains(s, "reset") {
		t.Errorf("caution %q", s)
	}
	gone := Chip{Device: p.socket + "-gone"}
	if s := gone.Caution(blob); !strings.HasSuffix(s, "counts wrong PINs.") {
		t.Errorf("caution without the TPM %q", s)
	}
}

func TestTPMWithoutAnyLimit(t *testing.T) {
	p := startTPM(t)
	p.persist()
	p.setAuth(tpm2.TPMRHOwner)
	p.raw(func(l *link) { // DictionaryAttackParameters: 3 tries, no recovery; TPM 2.0 Part 3, 25.3
		answer, err := l.Send([]byte{
			0x80, 0x02, 0, 0, 0, 39, 0, 0, 0x01, 0x3A, 0x40, 0, 0, 0x0A,
			0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0,
			0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,
		})
		if err != nil || binary.BigEndian.Uint32(answer[6:]) != 0 {
			t.Fatalf("%x, %v", answer, err)
		}
	})
	if _, _, err := (Chip{Device: p.socket}).Seal(slotID(1), []byte(rightAuth)); err == nil || errors.Is(err, ErrAbsent) {
		t.Errorf("sealed where nothing counts: %v", err)
	}
}

func TestTPMOwnedWithoutStorageKey(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	_, blob := seal(t, c, id, rightAuth)
	p.setAuth(tpm2.TPMRHOwner)
	if err := c.Ready(); !errors.Is(err, errOwned) {
		t.Errorf("ready: %v, want %v", err, errOwned)
	}
	if _, _, err := c.Seal(slotID(2), []byte(rightAuth)); !errors.Is(err, errOwned) {
		t.Errorf("seal: %v, want %v", err, errOwned)
	}
	if _, err := c.Open(id, blob, []byte(rightAuth)); !errors.Is(err, errOwned) {
		t.Errorf("open: %v, want %v", err, errOwned)
	}
	if err := c.Forget(id); err == nil {
		t.Error("forgotten without the owner's password")
	}
	if list := p.loaded(); len(list) != 0 {
		t.Errorf("left in the TPM: %v", list)
	}
}

func TestTPMStorageKeys(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	secret, blob := seal(t, c, id, rightAuth) // with the standard key
	p.persist()                               // which is made persistent later
	opens(t, c, id, blob, secret)
	p.setAuth(tpm2.TPMRHOwner)
	opens(t, c, id, blob, secret) // and does not need the owner then
	wrong(t, c, id, blob, -1)     // but for the count
}

func TestTPMPersistentKeys(t *testing.T) {
	limited := tpm2.RSASRKTemplate
	limited.ObjectAttributes.NoDA = false
	for name, test := range map[string]struct {
		public tpm2.TPMTPublic
		auth   string
		used   bool
	}{
		"RSA":             {tpm2.RSASRKTemplate, "", true},
		"with a password": {tpm2.RSASRKTemplate, "theirs", false},
		"under the limit": {limited, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := startTPM(t)
			p.persistOther(test.public, test.auth)
			c, id := Chip{Device: p.socket}, slotID(1)
			secret, blob := seal(t, c, id, rightAuth)
			opens(t, c, id, blob, secret)
			p.setAuth(tpm2.TPMRHOwner) // no other key can be made now
			if err := c.Ready(); errors.Is(err, errOwned) == test.used || (err == nil) != test.used {
				t.Errorf("ready: %v", err)
			}
			if got := p.failures(); got != 0 {
				t.Errorf("the limit for all programs counted %d", got)
			}
		})
	}
}

// persistOther makes a key and puts it at the place of the storage key.
func (p *chipTPM) persistOther(public tpm2.TPMTPublic, auth string) {
	p.t.Helper()
	p.raw(func(l *link) {
		rsp, err := tpm2.CreatePrimary{
			PrimaryHandle: owner(), InPublic: tpm2.New2B(public),
			InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
				UserAuth: tpm2.TPM2BAuth{Buffer: []byte(auth)},
				Data:     tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{}),
			}},
		}.Execute(l)
		if err != nil {
			p.t.Fatal(err)
		}
		defer flush(l, rsp.ObjectHandle)
		_, err = tpm2.EvictControl{
			Auth: owner(), ObjectHandle: tpm2.NamedHandle{Handle: rsp.ObjectHandle, Name: rsp.Name}, PersistentHandle: storageHandle,
		}.Execute(l)
		if err != nil {
			p.t.Fatal(err)
		}
	})
}

// fill takes the space for indexes.
func (p *chipTPM) fill() {
	p.t.Helper()
	p.raw(func(l *link) {
		handle := indexFirst
		for size := uint16(2048); size > 0; {
			_, err := tpm2.NVDefineSpace{AuthHandle: owner(), PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
				NVIndex: handle, NameAlg: tpm2.TPMAlgSHA256, DataSize: size,
				Attributes: tpm2.TPMANV{OwnerWrite: true, OwnerRead: true},
			})}.Execute(l)
			switch {
			case errors.Is(err, tpm2.TPMRCNVSpace):
				size /= 2
			case err != nil:
				p.t.Fatal(err)
			}
			handle++
		}
	})
}
