package vault

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"nod/vault/protect"
)

// This file lets fuzzers at what lies behind the checks that would stop them: at
// bodies of slots, and at files whose MACs and ciphertext are made right again.

// FuzzSlotBody reads bodies of all kinds. What is read is written the same way.
func FuzzSlotBody(f *testing.F) {
	v, _ := testVault(f)
	if _, err := v.AddSlot(PIN([]byte(testPIN)), Passphrase([]byte(testPhrase)), ""); err != nil {
		f.Fatal(err)
	}
	for i := range v.saved.slots {
		s := &v.saved.slots[i]
		f.Add(s.kind, uint16(s.need), s.body)
	}
	key := append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), make([]byte, 32)...)
	ssh := slotBody{salt: make([]byte, saltLen), seals: seals{
		public: make([]byte, keyLen), vmk: make([]byte, sealedLen), amk: make([]byte, sealedLen), tag: make([]byte, macLen),
	}, blob: key}
	f.Add(byte(typeSSH), uint16(0), ssh.appendBody(typeSSH))
	f.Add(byte(typePIN), uint16(protect.DeviceFile), bytes.Repeat([]byte{1}, firstLen))
	f.Fuzz(func(t *testing.T, kind byte, need uint16, body []byte) {
		s := slot{kind: kind, need: protect.Part(need), body: body}
		if s.disabled() || !s.readBody() || kind == 0 || kind > typeSSH {
			return
		}
		if s.in.wraps == nil && !bytes.Equal(s.in.appendBody(kind), body) {
			t.Fatalf("kind %d: what was read is written differently", kind)
		}
	})
}

// remade returns the bytes of f with plaintext data as its payload, every digest,
// MAC and checksum being right.
func (f *frame) remade(data []byte, k sessionKeys) ([]byte, error) {
	padded, err := pad(data)
	if err != nil {
		return nil, err
	}
	for i := range f.slots {
		f.slots[i].digest = sha256.Sum256(f.slots[i].body)
	}
	f.mac = [macLen]byte(f.computeMAC(k.header.Bytes()))
	key := derive(k.codes.Bytes(), f.salt[:], labelPayload)
	sealed := wrap(key, padded, f.payloadAD())
	f.nonce, f.sealed = [nonceLen]byte(sealed[:nonceLen]), sealed[nonceLen:]
	return f.marshal(), nil
}

// FuzzOpenPayload opens files whose payload is anything, under the right keys.
func FuzzOpenPayload(f *testing.F) {
	v, _ := testVault(f)
	mustAdd(f, v, testKey("HelpDesk", "ana"))
	pair(f, v)
	padded, err := v.contents.encode()
	if err != nil {
		f.Fatal(err)
	}
	data, err := unpad(padded)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(data))
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := parseFrame(v.saved.marshal())
		if err != nil {
			t.Fatal(err)
		}
		file, err := frame.remade(data, v.keys)
		if err != nil {
			t.Skip() // larger than a vault can be
		}
		read, err := parseFrame(file)
		if err != nil || !read.authentic(v.keys) {
			t.Fatalf("the frame is not read: %v", err)
		}
		held, err := read.unseal(v.keys)
		if err != nil {
			return
		}
		defer held.wipe(nil)
		held.index()
		for _, a := range held.accounts { // what is shown can be asked for
			if _, err := held.account(a.shown.ID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzOpenSlots opens files one of whose slots is anything, under the right MAC:
// it opens with its PIN or is refused, and nothing else happens.
func FuzzOpenSlots(f *testing.F) {
	v, _ := testVault(f)
	data, err := v.contents.encode()
	if err != nil {
		f.Fatal(err)
	}
	plain, err := unpad(data)
	if err != nil {
		f.Fatal(err)
	}
	for i, s := range v.saved.slots {
		f.Add(byte(i), s.kind, uint16(s.need), s.body)
	}
	f.Fuzz(func(t *testing.T, which, kind byte, need uint16, body []byte) {
		frame, err := parseFrame(v.saved.marshal())
		if err != nil {
			t.Fatal(err)
		}
		s := &frame.slots[int(which)%len(frame.slots)]
		s.kind, s.need, s.body = kind, protect.Part(need), body
		if s.readBody() && s.in.cost.Memory > 1<<10 {
			t.Skip() // takes memory and time, as it says
		}
		file, err := frame.remade(plain, v.keys)
		if err != nil {
			t.Fatal(err)
		}
		read, err := parseFrame(file)
		if err != nil {
			return
		}
		for _, c := range []Credential{PIN([]byte(testPIN)), RecoveryCode([]byte("no code"))} {
			opened, err := read.slot(c)
			if err != nil || opened.disabled() {
				continue
			}
			p, err := v.site.machineParts(v.vaultID, opened)
			if err != nil {
				continue
			}
			o, vmk, err := try(read, opened, c, p)
			if err != nil {
				continue
			}
			o.wipe()
			keys := newSessionKeys(vmk, v.vaultID)
			if !read.authentic(keys) {
				t.Fatal("a slot gives out another vault key")
			}
			keys.wipe()
		}
	})
}

// FuzzRecords reads records of the state directory that are anything, under the
// right MAC.
func FuzzRecords(f *testing.F) {
	v, _ := testVault(f)
	device, err := v.site.device().Secret()
	if err != nil {
		f.Fatal(err)
	}
	s := &v.saved.slots[0]
	f.Add(v.site.readRecord(v.vaultID, recordTries, device))
	f.Add(append(bytes.Clone(s.id[:]), 0, 0, 0, 9, 0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 0))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range []string{recordTries, recordParts, recordState} {
			if err := v.site.writeRecord(v.vaultID, kind, body, device, false); err != nil {
				t.Fatal(err)
			}
		}
		if got := v.site.readTries(v.vaultID, s, device); got.left() < 0 || got.left() > mostTries || got.slot != s.id {
			t.Errorf("tries = %+v", got)
		}
		for _, n := range v.site.notedParts(v.vaultID) {
			if !bytes.Contains(body, n.slot[:]) {
				t.Errorf("a slot %x that is not on record", n.slot)
			}
		}
		if got := v.site.readSeen(v.vaultID); got.epoch != 0 && len(body) != 8+digestLen {
			t.Errorf("seen = %+v", got)
		}
	})
}
