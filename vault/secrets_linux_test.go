package vault

// This file works out every secret that a process had to do with, from the vault
// file and the credentials, for scanner_linux_test.go to look for.

import (
	"bytes"
	"crypto/sha512"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20"
)

// needles are byte strings by what they are.
type needles map[string][]byte

// secrets are those that no process holds once it has used them, and those that
// an unlocked vault holds.
type secrets struct{ never, unlocked needles }

func (n needles) text(name string, text []byte) { n[name] = bytes.Clone(text) }

// pin makes a PIN and adds it, and the larger part of it.
func (n needles) pin(name string) []byte {
	pin := digits(12)
	n.text(name, pin)
	n.text("start of the "+name, pin[:8])
	n.text("end of the "+name, pin[4:])
	return pin
}

// key adds a key, its halves, and how it stands inside HMAC.
func (n needles) key(name string, key []byte) {
	n.text(name, key)
	if len(key) == keyLen {
		n.text("1st half of the "+name, key[:keyLen/2])
		n.text("2nd half of the "+name, key[keyLen/2:])
	}
	for pad, mask := range map[string]byte{"inner": 0x36, "outer": 0x5c} {
		masked := bytes.Clone(key)
		for i := range masked {
			masked[i] ^= mask
		}
		n.text(pad+" pad of the "+name, masked)
	}
}

// account adds the secret of an account as bytes and in the letters it is written in.
func (n needles) account(name string, secret []byte) {
	n.key(name+" secret", secret)
	n.text(name+" secret in base32", []byte(base32.StdEncoding.EncodeToString(secret))[:25])
	n.text(name+" secret in hex", []byte(hex.EncodeToString(secret)))
}

// signing adds an Ed25519 seed and what RFC 8032, 5.1.5 makes of it.
func (n needles) signing(name string, seed []byte) {
	n.key(name+" seed", seed)
	h := sha512.Sum512(seed)
	h[0] &= 248
	h[31] = h[31]&63 | 64
	n.text(name+" scalar", h[:32])
	n.text(name+" prefix", h[32:])
}

// cipher adds a key of XChaCha20 and the one derived of it for a nonce.
func (s *scanner) cipher(n needles, name string, key, nonce []byte) {
	s.t.Helper()
	n.key(name, key)
	derived, err := chacha20.HChaCha20(key, nonce[:16])
	if err != nil {
		s.t.Fatal(err)
	}
	n.text("derived "+name, derived)
}

// learn adds all secrets of the vault file as it is now. Those of an earlier
// state are named so; no process needs them any more.
func (s *scanner) learn(state string, creds ...Credential) {
	s.t.Helper()
	st, err := locate(s.copied())
	if err != nil {
		s.t.Fatal(err)
	}
	f, err := st.load()
	if err != nil {
		s.t.Fatal(err)
	}
	n := s.secrets.never
	device, err := st.device().Secret()
	if err != nil {
		s.t.Fatal(err)
	}
	n.key("device key", device)
	for _, kind := range []string{recordState, recordTries, recordMachine, recordParts, recordGiven} {
		n.key(kind+" record's key", recordKey(device, f.vaultID, kind))
	}
	for _, c := range creds {
		o := s.learnSlot(st, f, strings.TrimSpace(state+c.name+" "+string(c.kind)), c)
		vmk, err := o.unwrap(compCodes)
		if err != nil {
			s.t.Fatal(err)
		}
		amk, err := o.unwrap(compApprovals)
		if err != nil {
			s.t.Fatal(err)
		}
		n.key(state+"VMK", vmk)
		n.key(state+"AMK", amk)
		s.learnContents(f, state, vmk, amk)
	}
}

// learnSlot adds what is derived of a credential, and opens its slot.
func (s *scanner) learnSlot(st *site, f *frame, name string, c Credential) *opener {
	s.t.Helper()
	n := s.secrets.never
	slot, err := f.slot(c)
	if err != nil {
		s.t.Fatal(err)
	}
	var p parts
	if c.kind == SlotPIN {
		if p, err = st.machineParts(f.vaultID, slot); err != nil {
			s.t.Fatal(err)
		}
		for part, secret := range p.secrets {
			n.key(fmt.Sprintf("part %d of this machine", part), secret)
		}
	}
	if c.kind == SlotRecovery {
		code, err := parseRecoveryCode(c.secret)
		if err != nil {
			s.t.Fatal(err)
		}
		n.key("recovery bytes", code)
		n.key(name+" seed", derive(code, slot.id[:], labelRecoveryKey))
	} else {
		stretched, err := slot.stretch(f.vaultID, c)
		if err != nil {
			s.t.Fatal(err)
		}
		n.key(name+" stretched", stretched)
		prk, err := slot.prk(stretched, p)
		if err != nil {
			s.t.Fatal(err)
		}
		n.key(name+" PRK", prk)
		n.key(name+" seed", expand(prk, labelSlotKey, slot.context(f.vaultID)))
	}
	o, err := slot.open(f.vaultID, c, p)
	if err != nil {
		s.t.Fatal(err)
	}
	private, err := o.private.Bytes()
	if err != nil {
		s.t.Fatal(err)
	}
	n.key(name+" private key", private)
	return o
}

// learnContents adds what VMK and AMK open.
func (s *scanner) learnContents(f *frame, state string, vmk, amk []byte) {
	s.t.Helper()
	never, unlocked := s.secrets.never, s.secrets.unlocked
	if state != "" {
		unlocked = never
	}
	k := newSessionKeys(vmk, f.vaultID)
	defer k.wipe()
	unlocked.key(state+"header key", k.header.Bytes())
	unlocked.key(state+"codes key", k.codes.Bytes())
	s.cipher(never, state+"payload key", derive(k.codes.Bytes(), f.salt[:], labelPayload), f.nonce[:])
	never.key(state+"approvals seed", derive(amk, f.vaultID[:], labelApprovals))
	pair, err := approvalsKey(amk, f.vaultID)
	if err != nil {
		s.t.Fatal(err)
	}
	private, err := pair.Bytes()
	if err != nil {
		s.t.Fatal(err)
	}
	never.key(state+"approvals private key", private)
	held, err := f.unseal(k)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, tag := range held.tags {
		s.secrets.unlocked.key("tag key of slot "+hex.EncodeToString(tag.Slot), tag.Key)
	}
	for _, d := range held.devices {
		m, err := decodeDevice(d.raw)
		if err != nil {
			s.t.Fatal(err)
		}
		s.secrets.unlocked.signing("transport", m.Transport)
		seed, err := openWith(pair, approvalInfo(f.vaultID, m.ID), m.ApprovalSeed)
		if err != nil {
			s.t.Fatal(err)
		}
		never.signing("approval", seed)
	}
}

// copied returns a copy of the vault's place, which the process does not use.
func (s *scanner) copied() Place {
	s.t.Helper()
	dir := s.t.TempDir()
	p := Place{File: filepath.Join(dir, "data", "vault.nod"), State: filepath.Join(dir, "state")}
	for to, from := range map[string]string{filepath.Dir(p.File): filepath.Dir(s.place.File), p.State: s.place.State} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			s.t.Fatal(err)
		}
		if err := os.Chmod(to, 0o700); err != nil {
			s.t.Fatal(err)
		}
	}
	return p
}
