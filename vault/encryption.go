package vault

// This file encrypts the payload and opens it again.

import (
	"errors"

	"nod/vault/memory"
)

// seal encrypts c as the payload of f and sets salt, nonce and MAC. It returns
// the plaintext, for the caller to compare and wipe.
func (f *frame) seal(c *contents, k sessionKeys) (padded []byte, err error) {
	memory.Do(func() { padded, err = f.encrypt(c, k) })
	return padded, err
}

func (f *frame) encrypt(c *contents, k sessionKeys) (padded []byte, err error) {
	padded, err = c.encode()
	if err != nil {
		return nil, err
	}
	copy(f.salt[:], randomBytes(saltLen))
	f.mac = [macLen]byte(f.computeMAC(k.header.Bytes()))
	key := derive(k.codes.Bytes(), f.salt[:], labelPayload)
	defer clear(key)
	sealed := wrap(key, padded, f.payloadAD())
	f.nonce = [nonceLen]byte(sealed[:nonceLen])
	f.sealed = sealed[nonceLen:]
	return padded, nil
}

// authentic reports whether the header of f was written by a holder of k.
func (f *frame) authentic(k sessionKeys) (yes bool) {
	memory.Do(func() { yes = equalSecret(f.computeMAC(k.header.Bytes()), f.mac[:]) })
	return yes
}

// unseal decrypts the payload of f, whose header is authentic.
// Errors: *DamagedError, ErrNewer.
func (f *frame) unseal(k sessionKeys) (*contents, error) {
	padded, err := f.decrypt(k)
	if err != nil {
		return nil, err
	}
	defer clear(padded)
	// Under Do 10,000 accounts would take 0.2 s, for the objects that it has to
	// remember. All copies of keys made here are wiped; Do has the rest to erase.
	defer memory.Do(func() {})
	c, err := decodeContents(padded)
	if errors.Is(err, ErrNewer) {
		return nil, err
	}
	if err != nil {
		return nil, damaged("payload", -1)
	}
	return c, nil
}

// decrypt returns the plaintext of the payload, for the caller to wipe, or
// *DamagedError.
func (f *frame) decrypt(k sessionKeys) (padded []byte, err error) {
	memory.Do(func() {
		key := derive(k.codes.Bytes(), f.salt[:], labelPayload)
		defer clear(key)
		padded, err = newAEAD(key).Open(nil, f.nonce[:], f.sealed, f.payloadAD())
	})
	if err != nil {
		return nil, damaged("payload", -1)
	}
	return padded, nil
}

// payloadAD binds the payload to the header.
func (f *frame) payloadAD() []byte {
	return sum256(f.image(), f.mac[:])
}
