package vault

// This file opens slots. Opening a slot with a secret gives an opener, which
// unwraps the key of either compartment on demand.

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/bits"
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
	private   hpke.PrivateKey // nil for a first slot
	tagKey    []byte
	prk       []byte // of a first slot
}

// parts are the parts of this machine that a slot's key is made of.
type parts struct {
	secrets map[protect.Part][]byte
	// guarded returns the part that wants to see the PIN, as authValue makes it;
	// nil without such a part.
	guarded func(auth []byte) ([]byte, error)
}

func (p parts) wipe() {
	for _, secret := range p.secrets {
		clear(secret)
	}
}

// open derives the keys of s from c, which is of s' kind. Unless a guarded part
// refuses, it can not tell whether c is right; unwrapping can.
func (s *slot) open(vaultID [idLen]byte, c Credential, p parts) (*opener, error) {
	o := &opener{slot: s, vaultID: vaultID}
	if s.kind == typeRecovery {
		return o, o.useCode(c)
	}
	secret, err := s.stretch(vaultID, c)
	if err != nil {
		return nil, err
	}
	prk, err := s.prk(secret, p)
	if err != nil {
		return nil, err
	}
	if s.in.wraps != nil {
		o.prk = prk
		return o, nil
	}
	defer clear(prk)
	o.tagKey = expand(prk, labelSlotTag, s.context(vaultID))
	o.private, err = deriveKeyPair(expand(prk, labelSlotKey, s.context(vaultID)))
	return o, err
}

// useCode derives the keys of a recovery slot.
func (o *opener) useCode(c Credential) error {
	code, err := parseRecoveryCode(c.secret)
	if err != nil {
		return errWrongSecret
	}
	defer clear(code)
	if o.slot.firstRecovery() {
		o.private, err = deriveKeyPair(derive(code, o.slot.id[:], labelRecovery))
		return err
	}
	o.tagKey = derive(code, o.slot.id[:], labelRecoveryTag)
	o.private, err = deriveKeyPair(derive(code, o.slot.id[:], labelRecoveryKey))
	return err
}

// stretch returns the secret of c as it goes into the key, for the caller to wipe.
func (s *slot) stretch(vaultID [idLen]byte, c Credential) ([]byte, error) {
	if s.kind == typeSSH {
		return c.agent.Sign(s.in.blob, s.message(vaultID))
	}
	secret := normalise(c)
	defer clear(secret)
	return s.in.cost.stretch(secret, s.in.salt), nil
}

// message is what an ssh-agent signs to open s.
func (s *slot) message(vaultID [idLen]byte) []byte {
	return slices.Concat([]byte(labelSSH), vaultID[:], s.id[:], s.in.salt)
}

// prk joins a stretched secret with the parts of this machine. It wipes
// stretched. Errors are those of the guarded part.
func (s *slot) prk(stretched []byte, p parts) ([]byte, error) {
	defer clear(stretched)
	chunks := [][]byte{stretched}
	if s.kind != typeSSH {
		chunks = append(chunks, p.secrets[protect.DeviceFile], p.secrets[protect.MachineID])
	}
	for rest := s.need &^ (protect.DeviceFile | protect.MachineID); rest != 0; rest &= rest - 1 {
		part := protect.Part(1) << bits.TrailingZeros16(uint16(rest))
		secret := p.secrets[part]
		if part&protect.Guarded != 0 {
			auth := s.authValue(stretched)
			guarded, err := p.guarded(auth)
			clear(auth)
			if err != nil {
				return nil, err
			}
			defer clear(guarded)
			secret = guarded
		}
		chunks = append(chunks, secret)
	}
	ikm := lp(chunks...)
	defer clear(ikm)
	prk, err := hkdf.Extract(sha256.New, ikm, s.in.salt)
	if err != nil {
		panic("vault: hkdf: " + err.Error()) // never for SHA-256
	}
	return prk, nil
}

// authValue is what the TPM sees of a PIN, as text: 192 bits.
func (s *slot) authValue(stretched []byte) []byte {
	key := derive(stretched, s.in.salt, labelAuth)
	defer clear(key)
	return base64.RawURLEncoding.AppendEncode(nil, key[:24])
}

// context binds the keys of s to what it is.
func (s *slot) context(vaultID [idLen]byte) []byte {
	info := append(vaultID[:], s.kind)
	info = binary.BigEndian.AppendUint16(info, uint16(s.need))
	info = append(info, s.id[:]...)
	if s.kind == typePIN || s.kind == typePassphrase {
		info = s.in.cost.append(info)
	}
	return info
}

// wipe forgets what was derived.
func (o *opener) wipe() {
	clear(o.prk)
	clear(o.tagKey)
	o.private = nil
}

// unwrap returns VMK or AMK, for the caller to wipe, or errWrongSecret.
func (o *opener) unwrap(comp string) ([]byte, error) {
	if o.private == nil {
		return o.unwrapFirst(comp)
	}
	s := o.slot
	if !s.firstRecovery() && !equalSecret(s.sealsTag(o.vaultID, o.tagKey), s.in.seals.tag) {
		return nil, errWrongSecret
	}
	key, err := openWith(o.private, s.sealInfo(comp, o.vaultID), s.in.seals.of(comp))
	if err != nil || len(key) != keyLen {
		return nil, errWrongSecret
	}
	return key, nil
}

// unwrapFirst is unwrap for slots without a key pair.
func (o *opener) unwrapFirst(comp string) ([]byte, error) {
	wrapped := o.slot.in.wraps[:wrapLen]
	if comp == compApprovals {
		wrapped = o.slot.in.wraps[wrapLen:]
	}
	kek := expand(o.prk, labelKEK+comp, o.slot.context(o.vaultID))
	defer clear(kek)
	key, err := unwrap(kek, wrapped, nil)
	if err != nil {
		return nil, errWrongSecret
	}
	return key, nil
}

// sealsTag authenticates the seals of s.
func (s *slot) sealsTag(vaultID [idLen]byte, tagKey []byte) []byte {
	return mac256(tagKey, vaultID[:], s.id[:], s.in.seals.public, s.in.seals.vmk, s.in.seals.amk)
}

// sealInfo binds what is sealed to its vault, slot and compartment.
func (s *slot) sealInfo(comp string, vaultID [idLen]byte) []byte {
	label := labelSlot
	if s.firstRecovery() {
		label = labelRecovery
	}
	return slices.Concat([]byte(label+"/"+comp), vaultID[:], s.id[:])
}

// expand is HKDF-Expand with 32 bytes of output.
func expand(prk []byte, label string, context []byte) []byte {
	key, err := hkdf.Expand(sha256.New, prk, label+string(context), keyLen)
	if err != nil {
		panic("vault: hkdf: " + err.Error()) // only for lengths that are constants here
	}
	return key
}

// normalise returns the bytes that Argon2id takes, for the caller to wipe.
func normalise(c Credential) []byte {
	if c.kind == SlotPIN {
		return bytes.Clone(c.secret)
	}
	return norm.NFC.Append(make([]byte, 0, 3*len(c.secret)), c.secret...) // to grow would leave a copy behind
}
