package vault

// This file makes slots and opens them. Opening a slot with a secret gives an
// opener, which unwraps the key of either compartment on demand.

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/text/unicode/norm"

	"nod/vault/protect"
)

// errWrongSecret says that a slot does not open with the secret tried.
var errWrongSecret = errors.New("wrong secret")

// opener is a slot together with what its secret derives to.
type opener struct {
	slot      *slot
	vaultID   [idLen]byte
	approvals []byte          // public key in the header
	prk       []byte          // PIN, passphrase
	private   hpke.PrivateKey // recovery code
}

// parts are the parts of this machine that a slot's key is made of.
type parts map[protect.Part][]byte

func (p parts) wipe() {
	for _, secret := range p {
		clear(secret)
	}
}

// open derives the keys of s from c, which is of s' kind. It can not tell
// whether c is right; unwrapping can.
func (s *slot) open(vaultID [idLen]byte, c Credential, p parts) (*opener, error) {
	o := &opener{slot: s, vaultID: vaultID}
	if s.kind == typeRecovery {
		code, err := parseRecoveryCode(c.secret)
		if err != nil {
			return nil, errWrongSecret
		}
		defer clear(code)
		o.private, err = deriveKeyPair(derive(code, s.id[:], labelRecovery))
		return o, err
	}
	secret := normalise(c)
	defer clear(secret)
	o.prk = slotPRK(s.cost().stretch(secret, s.salt()), s.salt(), p)
	return o, nil
}

// wipe forgets what was derived.
func (o *opener) wipe() {
	clear(o.prk)
	o.private = nil
}

// unwrap returns VMK or AMK, for the caller to wipe, or errWrongSecret.
func (o *opener) unwrap(comp string) ([]byte, error) {
	body := o.slot.body
	if o.private != nil {
		sealed := body[32:][:sealedLen]
		if comp == compApprovals {
			sealed = body[32+sealedLen:][:sealedLen]
		}
		key, err := openWith(o.private, recoveryInfo(comp, o.vaultID, o.slot.id), sealed)
		if err != nil || len(key) != keyLen {
			return nil, errWrongSecret
		}
		return key, nil
	}
	wrapped := body[4+4+1+saltLen:][:wrapLen]
	if comp == compApprovals {
		wrapped = body[4+4+1+saltLen+wrapLen:][:wrapLen]
	}
	kek := o.kek(comp)
	defer clear(kek)
	key, err := unwrap(kek, wrapped, nil)
	if err != nil {
		return nil, errWrongSecret
	}
	return key, nil
}

// kek derives the key that wraps comp's key in a PIN or passphrase slot.
func (o *opener) kek(comp string) []byte {
	info := []byte(labelKEK + comp)
	info = append(info, o.vaultID[:]...)
	info = append(info, o.slot.kind)
	info = binary.BigEndian.AppendUint16(info, uint16(o.slot.need))
	info = append(info, o.slot.id[:]...)
	info = o.slot.cost().append(info)
	key, err := hkdf.Expand(sha256.New, o.prk, string(info), keyLen)
	if err != nil {
		panic("vault: hkdf: " + err.Error()) // only for lengths that are constants here
	}
	return key
}

// slotPRK joins the stretched secret with the parts of this machine. It wipes
// stretched.
func slotPRK(stretched, salt []byte, p parts) []byte {
	defer clear(stretched)
	ikm := slices.Concat(lp(stretched), lp(p[protect.DeviceFile]), lp(p[protect.MachineID]))
	defer clear(ikm)
	prk, err := hkdf.Extract(sha256.New, ikm, salt)
	if err != nil {
		panic("vault: hkdf: " + err.Error()) // never for SHA-256
	}
	return prk
}

// newPasswordSlot wraps keys under a PIN or passphrase.
func newPasswordSlot(vaultID [idLen]byte, c Credential, cost Cost, p parts, keys masterKeys) (slot, error) {
	s := slot{kind: typePassphrase}
	if c.kind == SlotPIN {
		s.kind = typePIN
	}
	for part := range p {
		s.need |= part
	}
	if !cost.writable() {
		return s, fmt.Errorf("a guess must cost at least %d MiB, %d passes and %d lanes, and not more than nod can read",
			lowestCost.Memory>>10, lowestCost.Passes, lowestCost.Lanes)
	}
	if err := cost.affordable(); err != nil {
		return s, err
	}
	copy(s.id[:], randomBytes(idLen))
	salt := randomBytes(saltLen)
	s.body = append(cost.append(nil), salt...)
	o, err := s.open(vaultID, c, p)
	if err != nil {
		return s, err
	}
	defer o.wipe()
	for _, comp := range []string{compCodes, compApprovals} {
		kek := o.kek(comp)
		s.body = append(s.body, wrap(kek, keys.of(comp), nil)...)
		clear(kek)
	}
	s.digest = sha256.Sum256(s.body)
	return s, opensTo(o, keys)
}

// newRecoverySlot seals keys to a public key, that of the recovery code.
func newRecoverySlot(vaultID, slotID [idLen]byte, public []byte, keys masterKeys) (slot, error) {
	s := slot{kind: typeRecovery, id: slotID, body: bytes.Clone(public)}
	for _, comp := range []string{compCodes, compApprovals} {
		sealed, err := sealTo(public, recoveryInfo(comp, vaultID, slotID), keys.of(comp))
		if err != nil {
			return s, fmt.Errorf("seal recovery slot: %w", err)
		}
		s.body = append(s.body, sealed...)
	}
	s.digest = sha256.Sum256(s.body)
	return s, nil
}

// opensTo checks that o unwraps to keys: a slot that does not would lock a
// person out for good.
func opensTo(o *opener, keys masterKeys) error {
	for _, comp := range []string{compCodes, compApprovals} {
		key, err := o.unwrap(comp)
		if err != nil || !bytes.Equal(key, keys.of(comp)) {
			return errors.New("a fresh slot does not open again: this machine's memory may be faulty")
		}
		clear(key)
	}
	return nil
}

// salt returns the salt of a PIN or passphrase slot.
func (s *slot) salt() []byte { return s.body[4+4+1:][:saltLen] }

// public returns the public key of a recovery slot.
func (s *slot) public() []byte { return s.body[:32] }

func recoveryInfo(comp string, vaultID, slotID [idLen]byte) []byte {
	return slices.Concat([]byte(labelRecovery+"/"+comp), vaultID[:], slotID[:])
}

// normalise returns the bytes that Argon2id takes, for the caller to wipe.
func normalise(c Credential) []byte {
	if c.kind == SlotPIN {
		return bytes.Clone(c.secret)
	}
	return norm.NFC.Append(nil, c.secret...)
}
