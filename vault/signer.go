package vault

// This file is about keys that sign: those of a device being paired, the
// transport key of a paired one, and its approval key.

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"

	"nod/vault/memory"
)

// Signer signs with an Ed25519 key that stays inside the vault.
type Signer interface {
	Public() ed25519.PublicKey
	Sign(message []byte) ([]byte, error)
}

// heldKey is a private key in memory that can be wiped. It never prints.
type heldKey struct {
	public ed25519.PublicKey

	mu     sync.Mutex
	secret *memory.Buffer // the seed; without bytes when wiped
}

// newHeldKey copies seed.
func newHeldKey(seed []byte) *heldKey {
	k := &heldKey{public: make([]byte, ed25519.PublicKeySize), secret: memory.New(len(seed))}
	copy(k.secret.Bytes(), seed)
	k.use(func(private ed25519.PrivateKey) { copy(k.public, private.Public().(ed25519.PublicKey)) })
	return k
}

// use calls f with the private key, which is wiped then.
func (k *heldKey) use(f func(private ed25519.PrivateKey)) {
	memory.Do(func() {
		private := ed25519.NewKeyFromSeed(k.secret.Bytes())
		defer clear(private)
		f(private)
	})
}

// Public returns the public half.
func (k *heldKey) Public() ed25519.PublicKey { return slices.Clone(k.public) }

// Sign signs message, or returns ErrLocked when the key was wiped.
func (k *heldKey) Sign(message []byte) (sig []byte, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret.Bytes() == nil {
		return nil, fmt.Errorf("sign: %w", ErrLocked)
	}
	k.use(func(private ed25519.PrivateKey) { sig = ed25519.Sign(private, message) })
	return sig, nil
}

// Format hides the key, whatever the verb.
func (k *heldKey) Format(f fmt.State, _ rune) { redact(f, "key [redacted]") }

func (k *heldKey) wipe() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.secret.Free()
}

// seed returns a copy of the private seed, for the caller to wipe.
func (k *heldKey) seed() ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret.Bytes() == nil {
		return nil, ErrLocked
	}
	return bytes.Clone(k.secret.Bytes()), nil
}

// Keys are the two fresh key pairs of a device being paired: the transport key,
// usable while the vault is unlocked, and the approval key, which after
// AddDevice needs a credential for each signature.
type Keys struct {
	transport, approval *heldKey
	secret              *memory.Buffer // of the driver; nil when there is none
}

// NewKeys makes fresh keys. They must be given to AddDevice or wiped.
func NewKeys() (k *Keys) {
	memory.Do(func() { k = &Keys{transport: freshKey(), approval: freshKey()} })
	return k
}

func freshKey() *heldKey {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	defer clear(seed)
	return newHeldKey(seed)
}

// Transport returns the key that signs polls and refusals. It signs until the
// keys are wiped.
func (k *Keys) Transport() Signer { return k.transport }

// Approval returns the key that signs an accept. It signs until the keys are
// wiped.
func (k *Keys) Approval() Signer { return k.approval }

// SetSecret copies what the driver of the device needs beside the two keys: a
// private key of another kind, or a secret shared with the server.
func (k *Keys) SetSecret(secret []byte) {
	k.secret.Free()
	k.secret = memory.New(len(secret))
	copy(k.secret.Bytes(), secret)
}

// Wipe overwrites the private keys.
func (k *Keys) Wipe() {
	k.transport.wipe()
	k.approval.wipe()
	k.secret.Free()
}

// Format hides the keys, whatever the verb.
func (k *Keys) Format(f fmt.State, _ rune) { redact(f, "keys [redacted]") }

// seeds returns copies of both seeds, for the caller to wipe.
func (k *Keys) seeds() (transport, approval []byte, err error) {
	if transport, err = k.transport.seed(); err != nil {
		return nil, nil, err
	}
	if approval, err = k.approval.seed(); err != nil {
		return nil, nil, err
	}
	return transport, approval, nil
}

// transportSigner signs with the transport key of a device, which it looks up
// for each signature.
type transportSigner struct {
	v      *Vault
	id     string
	public ed25519.PublicKey
}

// Transport returns the signer of polls and refusals of device id; it stops
// working when the vault is closed or the pairing removed.
func (v *Vault) Transport(id string) (Signer, error) {
	s := &transportSigner{v: v, id: id}
	k, err := s.key()
	if err != nil {
		return nil, fmt.Errorf("transport key: %w", err)
	}
	defer k.wipe()
	s.public = k.public
	return s, nil
}

// key returns the private key, for the caller to wipe.
func (s *transportSigner) key() (k *heldKey, err error) {
	memory.Do(func() { k, err = s.find() })
	return k, err
}

func (s *transportSigner) find() (*heldKey, error) {
	m, err := s.v.deviceRecord(s.id)
	if err != nil {
		return nil, err
	}
	defer m.wipe()
	return newHeldKey(m.Transport), nil
}

// Public returns the public half.
func (s *transportSigner) Public() ed25519.PublicKey { return slices.Clone(s.public) }

// Sign signs message. Errors: ErrLocked, ErrNotFound.
func (s *transportSigner) Sign(message []byte) ([]byte, error) {
	k, err := s.key()
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	defer k.wipe()
	return k.Sign(message)
}

// DeviceSecret calls use with the secret that the driver of device id has stored,
// which is wiped then; empty when there is none. Errors: ErrLocked, ErrNotFound, and
// that of use.
func (v *Vault) DeviceSecret(id string, use func(secret []byte) error) (err error) {
	memory.Do(func() {
		var m deviceMap
		if m, err = v.deviceRecord(id); err == nil {
			defer m.wipe()
			err = use(m.Secret)
		}
	})
	return err
}

// SetDeviceSecret stores another secret of device id's driver.
func (v *Vault) SetDeviceSecret(id string, secret []byte) error {
	err := v.change(func(c *contents) error {
		_, err := c.editDevice(id, func(m *deviceMap) {
			clear(m.Secret)
			m.Secret = bytes.Clone(secret)
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("store the secret of a pairing: %w", err)
	}
	return nil
}

// deviceRecord returns the stored form of device id; the caller wipes it.
func (v *Vault) deviceRecord(id string) (deviceMap, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return deviceMap{}, ErrLocked
	}
	i, err := v.contents.device(id)
	if err != nil {
		return deviceMap{}, err
	}
	if odd := v.contents.devices[i].shown.Odd; odd != "" {
		return deviceMap{}, fmt.Errorf("device %s: %s", id, odd)
	}
	return decodeDevice(v.contents.devices[i].raw)
}

// ApprovalKey is an opened approval key, good for one answer. It is a Signer.
type ApprovalKey struct {
	v   *Vault
	key *heldKey
}

// Public returns the public half.
func (k *ApprovalKey) Public() ed25519.PublicKey { return k.key.Public() }

// Sign signs message, or returns ErrLocked when the key or the vault is closed.
func (k *ApprovalKey) Sign(message []byte) ([]byte, error) {
	k.v.mu.RLock()
	closed := k.v.closed
	k.v.mu.RUnlock()
	if closed {
		k.Close()
	}
	return k.key.Sign(message)
}

// Close wipes the key.
func (k *ApprovalKey) Close() { k.key.wipe() }

// Format hides the key, whatever the verb.
func (k *ApprovalKey) Format(f fmt.State, _ rune) { redact(f, "approval key [redacted]") }

// Approve checks c with the limits of Open and opens the approval key of device
// id. The caller closes it as soon as the answer is signed.
func (v *Vault) Approve(id string, c Credential) (*ApprovalKey, error) {
	var k *heldKey
	var err error
	memory.Do(func() { k, err = v.openApproval(id, c) })
	if err != nil {
		return nil, fmt.Errorf("open approval key: %w", err)
	}
	return &ApprovalKey{v, k}, nil
}

func (v *Vault) openApproval(id string, c Credential) (*heldKey, error) {
	m, err := v.deviceRecord(id) // before the PIN costs a try
	if err != nil {
		return nil, err
	}
	m.wipe()
	pair, err := v.approvalsPair(c)
	if err != nil {
		return nil, err
	}
	if m, err = v.deviceRecord(id); err != nil { // again: the keys may have changed meanwhile
		return nil, err
	}
	m.wipe()
	keys, saved, _, err := v.keep()
	keys.wipe()
	if err != nil || !equalSecret(saved.approvals[:], pair.PublicKey().Bytes()) {
		return nil, ErrStale
	}
	seed, err := openWith(pair, approvalInfo(v.vaultID, id), m.ApprovalSeed)
	if err != nil {
		return nil, errors.New("it does not open: pair this device again")
	}
	defer clear(seed)
	k := newHeldKey(seed)
	if !equalSecret(k.public, m.ApprovalKey) {
		k.wipe()
		return nil, errors.New("it is not the key that was paired: pair this device again")
	}
	return k, nil
}

// approvalsPair checks c with the limits of Open and opens the key pair of the
// approvals compartment, which must be the header's.
func (v *Vault) approvalsPair(c Credential) (hpke.PrivateKey, error) {
	_, o, vmk, err := v.check(c)
	if err != nil {
		return nil, err
	}
	clear(vmk)
	defer o.wipe()
	amk, err := o.unwrap(compApprovals)
	if err != nil {
		return nil, v.site.explain(damaged("slot", -1))
	}
	defer clear(amk)
	pair, err := approvalsKey(amk, v.vaultID)
	if err != nil {
		return nil, err
	}
	if !equalSecret(pair.PublicKey().Bytes(), o.approvals) {
		return nil, v.site.explain(damaged("header", offApprovals))
	}
	return pair, nil
}

// approvalInfo binds a sealed approval key to its vault and device.
func approvalInfo(vaultID [idLen]byte, deviceID string) []byte {
	return slices.Concat([]byte(labelApprovalKey), vaultID[:], []byte(deviceID))
}
