package vault

// This file makes slots, and seals new keys to slots that stay.

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"

	"nod/vault/protect"
)

// newSlot makes the slot of c: a PIN with the parts that kind k wants, a
// passphrase, or a key of an ssh-agent. It returns the slot's opener, for the
// caller to wipe; keys are not sealed to the slot yet. The parts that it made in
// a TPM or keyring are on record, see parts.go.
func (st *site) newSlot(vaultID [idLen]byte, c Credential, cost Cost, k protect.Kind) (o *opener, err error) {
	for range 4 {
		o, err = st.trySlot(vaultID, c, cost, k)
		if !errors.Is(err, protect.ErrTaken) { // else another slot id has another place in the TPM
			break
		}
	}
	return o, err
}

func (st *site) trySlot(vaultID [idLen]byte, c Credential, cost Cost, k protect.Kind) (*opener, error) {
	s := &slot{in: slotBody{name: c.name, salt: randomBytes(saltLen)}}
	copy(s.id[:], randomBytes(idLen))
	var p parts
	var err error
	switch c.kind {
	case SlotPIN:
		s.kind, s.in.cost = typePIN, cost
		if err := checkSlotName(c.name); err != nil {
			return nil, err
		}
		if err := checkCost(s); err != nil {
			return nil, err
		}
		if p, err = st.bind(vaultID, s, k); err != nil {
			return nil, err
		}
		defer p.wipe()
	case SlotPassphrase:
		s.kind, s.in.cost, s.in.name = typePassphrase, cost, ""
		if err := checkCost(s); err != nil {
			return nil, err
		}
	case SlotSSH:
		s.kind, s.in.name, s.in.blob = typeSSH, "", bytes.Clone(c.key)
		signature, err := c.agent.SignTwice(c.key, s.message(vaultID))
		if err != nil {
			return nil, err
		}
		clear(signature)
	default:
		return nil, errors.New("that kind of credential can not be chosen")
	}
	o, err := s.open(vaultID, c, p)
	if err != nil {
		return nil, err
	}
	s.in.seals.public = o.private.PublicKey().Bytes()
	return o, nil
}

// checkCost refuses a cost that is too low, or too high for this machine.
func checkCost(s *slot) error {
	if !s.in.cost.writable() {
		return fmt.Errorf("a guess must cost at least %d MiB, %d passes and %d lanes, and not more than nod can read",
			lowestCost.Memory>>10, lowestCost.Passes, lowestCost.Lanes)
	}
	return s.in.cost.affordable()
}

// newRecoverySlot makes a recovery slot, as newSlot does, and its code.
func newRecoverySlot(vaultID [idLen]byte) (*opener, string, error) {
	secret := randomBytes(recoveryBytes)
	defer clear(secret)
	s := &slot{kind: typeRecovery}
	copy(s.id[:], randomBytes(idLen))
	code := formatRecoveryCode(secret)
	o, err := s.open(vaultID, RecoveryCode([]byte(code)), parts{})
	if err != nil {
		return nil, "", err
	}
	s.in.seals.public = o.private.PublicKey().Bytes()
	return o, code, nil
}

// seal puts keys into s. tag is the tag key, which first recovery slots have not.
func (s *slot) seal(vaultID [idLen]byte, keys masterKeys, tag []byte) error {
	public := s.in.seals.public
	vmk, err := sealTo(public, s.sealInfo(compCodes, vaultID), keys.vmk)
	if err != nil {
		return fmt.Errorf("seal slot: %w", err)
	}
	amk, err := sealTo(public, s.sealInfo(compApprovals, vaultID), keys.amk)
	if err != nil {
		return fmt.Errorf("seal slot: %w", err)
	}
	s.in.seals = seals{public: public, vmk: vmk, amk: amk}
	if !s.firstRecovery() {
		s.in.seals.tag = s.sealsTag(vaultID, tag)
	}
	s.body = s.in.appendBody(s.kind)
	s.digest = sha256.Sum256(s.body)
	if !s.readBody() {
		return errors.New("seal slot: what was written can not be read")
	}
	return nil
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

// approvalsPublic returns the public key of the approvals compartment.
func approvalsPublic(amk []byte, vaultID [idLen]byte) (public [keyLen]byte, err error) {
	var pair hpke.PrivateKey
	if pair, err = approvalsKey(amk, vaultID); err == nil {
		public = [keyLen]byte(pair.PublicKey().Bytes())
	}
	return public, err
}
