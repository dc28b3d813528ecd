package protect

// This file makes the only thing that can write the index of a slot: an object
// with a random password, of which nothing is kept.

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// writer is a loaded object whose password opens the policy of an index. When it
// is flushed, nobody can load it again.
type writer struct {
	object tpm2.NamedHandle
	auth   []byte
	policy []byte
}

// newWriter makes an object that no other index will ever know.
func newWriter(l *link, key *storage) (*writer, error) {
	w := &writer{auth: []byte(rand.Text())}
	data := make([]byte, secretLen)
	rand.Read(data)
	made, err := makeObject(l, key, object(nil, nil, true), w.auth, data)
	if err != nil {
		return nil, fmt.Errorf("make the writer of an index: %w", err)
	}
	public, err := made.OutPublic.Contents()
	if err != nil {
		return nil, fmt.Errorf("make the writer of an index: %w", err)
	}
	if w.object, err = loadObject(l, key, *public, made.OutPrivate.Buffer); err != nil {
		return nil, fmt.Errorf("load the writer of an index: %w", err)
	}
	w.policy = commandPolicy(secretPolicy(w.object.Name), tpm2.TPMCCNVWrite)
	return w, nil
}

// write sets the counter to no wrong PINs of limit.
func (w *writer) write(l *link, key *storage, c *counter, limit uint32) error {
	session, closeSession, err := key.authorize(l, w.object, w.auth)
	if err != nil {
		return err
	}
	defer closeSession()
	if _, err := (tpm2.PolicyCommandCode{PolicySession: session.Handle(), Code: tpm2.TPMCCNVWrite}).Execute(l); err != nil {
		return err
	}
	_, err = tpm2.NVWrite{
		AuthHandle: tpm2.AuthHandle{Handle: c.handle, Name: c.name, Auth: session},
		NVIndex:    c.NamedHandle(),
		Data:       tpm2.TPM2BMaxNVBuffer{Buffer: binary.BigEndian.AppendUint32(make([]byte, 4, counterLen), limit)},
	}.Execute(l)
	if err != nil {
		return err
	}
	return c.setName(true)
}

// secretPolicy is the digest of a policy of PolicySecret of one entity; TPM 2.0
// Part 3, 23.4 with an empty policyRef.
func secretPolicy(entity tpm2.TPM2BName) []byte {
	digest := policyUpdate(make([]byte, digestLen), tpm2.TPMCCPolicySecret, entity.Buffer)
	again := sha256.Sum256(digest)
	return again[:]
}

// commandPolicy adds PolicyCommandCode to a policy; TPM 2.0 Part 3, 23.11.
func commandPolicy(policy []byte, code tpm2.TPMCC) []byte {
	return policyUpdate(policy, tpm2.TPMCCPolicyCommandCode, binary.BigEndian.AppendUint32(nil, uint32(code)))
}

// policyUpdate is SHA-256(digest || command || arg).
func policyUpdate(digest []byte, command tpm2.TPMCC, arg []byte) []byte {
	h := sha256.New()
	h.Write(digest)
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(command)))
	h.Write(arg)
	return h.Sum(nil)
}
