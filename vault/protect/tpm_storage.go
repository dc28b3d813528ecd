package protect

// This file finds the TPM's storage key, under which secrets are sealed and
// with which every session is salted.

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// storageHandle is where systems keep a shared storage key; TCG TPM v2.0
// Provisioning Guidance, reserved handles.
const storageHandle tpm2.TPMHandle = 0x81000001

// Names are a hash algorithm and a hash; here always SHA-256.
const (
	digestLen = 32
	nonceLen  = 16
)

// The directions in which sessions encrypt: the key of the bus is the salt.
var (
	encryptIn    = tpm2.AESEncryption(128, tpm2.EncryptIn)
	encryptOut   = tpm2.AESEncryption(128, tpm2.EncryptOut)
	encryptInOut = tpm2.AESEncryption(128, tpm2.EncryptInOut)
)

// errOther says that a blob and a TPM do not belong together.
var errOther = fmt.Errorf("this PIN belongs to another TPM, or the TPM was cleared: %w", ErrAbsent)

// storage is a storage key with an empty password.
type storage struct {
	handle    tpm2.TPMHandle
	public    tpm2.TPMTPublic
	name      tpm2.TPM2BName
	transient bool // to be flushed
}

// chooseStorage returns the persistent key of the machine, or makes the standard
// ECC key, which is the same each time until the TPM is cleared.
func chooseStorage(l *link) (*storage, error) {
	key, err := persistentStorage(l)
	if err != nil {
		return nil, err
	}
	if key != nil && key.open(l) {
		return key, nil
	}
	return primaryStorage(l)
}

// findStorage returns the key whose Name has this digest; errOther when there is none.
func findStorage(l *link, digest [digestLen]byte) (*storage, error) {
	key, err := persistentStorage(l)
	if err != nil {
		return nil, err
	}
	if key != nil && digestOf(key.name) == digest {
		return key, nil
	}
	primary, err := primaryStorage(l)
	if errors.Is(err, errOwned) && key != nil {
		return nil, errOther
	}
	if err != nil {
		return nil, err
	}
	if digestOf(primary.name) != digest {
		primary.release(l)
		return nil, errOther
	}
	return primary, nil
}

// persistentStorage reads the key at storageHandle; nil when it is not there or
// not a plain storage key.
func persistentStorage(l *link) (*storage, error) {
	rsp, err := tpm2.ReadPublic{ObjectHandle: storageHandle}.Execute(l)
	if errors.Is(err, tpm2.TPMRCHandle) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the TPM's storage key: %w", err)
	}
	return newStorage(storageHandle, rsp.OutPublic)
}

// primaryStorage makes the standard ECC key.
func primaryStorage(l *link) (*storage, error) {
	rsp, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		InPublic:      tpm2.New2B(tpm2.ECCSRKTemplate),
	}.Execute(l)
	if errors.Is(err, tpm2.TPMRCBadAuth) {
		return nil, errOwned
	}
	if err != nil {
		return nil, fmt.Errorf("make the TPM's storage key: %w", err)
	}
	key, err := newStorage(rsp.ObjectHandle, rsp.OutPublic)
	if err != nil || key == nil {
		flush(l, rsp.ObjectHandle)
		return nil, errors.Join(errors.New("the TPM made another key than asked for"), err)
	}
	key.transient = true
	return key, nil
}

// newStorage computes the key's Name itself, and returns nil for what is no plain
// storage key: bound to this TPM, made by it, opened without policy, and its
// password not under the limit for all programs.
func newStorage(handle tpm2.TPMHandle, public tpm2.TPM2BPublic) (*storage, error) {
	area, err := public.Contents()
	if err != nil {
		return nil, fmt.Errorf("read the TPM's storage key: %w", err)
	}
	a, want := area.ObjectAttributes, tpm2.ECCSRKTemplate.ObjectAttributes
	if a != want || area.NameAlg != tpm2.TPMAlgSHA256 || area.Type != tpm2.TPMAlgECC && area.Type != tpm2.TPMAlgRSA {
		return nil, nil
	}
	name, err := tpm2.ObjectName(area)
	if err != nil {
		return nil, fmt.Errorf("name the TPM's storage key: %w", err)
	}
	return &storage{handle: handle, public: *area, name: *name}, nil
}

// open tells whether the key has an empty password. A wrong one costs nothing:
// the key is not under the limit.
func (s *storage) open(l *link) bool {
	trial, closeTrial, err := tpm2.PolicySession(l, tpm2.TPMAlgSHA256, nonceLen, tpm2.Trial())
	if err != nil {
		return false
	}
	defer closeTrial()
	_, err = tpm2.PolicySecret{
		AuthHandle: tpm2.AuthHandle{Handle: s.handle, Name: s.name, Auth: tpm2.PasswordAuth(nil)}, PolicySession: trial.Handle(),
	}.Execute(l)
	return err == nil
}

// session authorizes one command with auth. It is salted with the key and
// encrypts as crypt says.
func (s *storage) session(auth []byte, crypt tpm2.AuthOption) tpm2.Session {
	return tpm2.HMAC(tpm2.TPMAlgSHA256, nonceLen, tpm2.Auth(auth), tpm2.Salted(s.handle, s.public), crypt)
}

// authorize opens a policy session that auth of the entity fulfils. The error is
// that of the TPM. The caller closes the session. It must not encrypt for a
// command on an entity with a password: the TPM takes that into the key of the
// encryption and go-tpm does not.
func (s *storage) authorize(l *link, entity tpm2.NamedHandle, auth []byte, crypt ...tpm2.AuthOption) (tpm2.Session, func() error, error) {
	policy, closePolicy, err := tpm2.PolicySession(l, tpm2.TPMAlgSHA256, nonceLen,
		append(crypt, tpm2.Salted(s.handle, s.public))...)
	if err != nil {
		return nil, nil, fmt.Errorf("start a session with the TPM: %w", err)
	}
	_, err = tpm2.PolicySecret{
		AuthHandle:    tpm2.AuthHandle{Handle: entity.Handle, Name: entity.Name, Auth: s.session(auth, encryptInOut)},
		PolicySession: policy.Handle(),
		NonceTPM:      policy.NonceTPM(),
	}.Execute(l)
	if err != nil {
		return nil, nil, errors.Join(err, closePolicy())
	}
	return policy, closePolicy, nil
}

// asParent authorizes a command under the key.
func (s *storage) asParent() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: s.handle, Name: s.name, Auth: s.session(nil, encryptInOut)}
}

// release frees the key's place in the TPM.
func (s *storage) release(l *link) {
	if s.transient {
		flush(l, s.handle)
	}
}

// flush frees the place of a loaded object. The TPM's answer helps nobody.
func flush(l *link, handle tpm2.TPMHandle) {
	_, _ = tpm2.FlushContext{FlushHandle: handle}.Execute(l)
}

// digestOf returns the hash of a SHA-256 Name.
func digestOf(name tpm2.TPM2BName) (digest [digestLen]byte) {
	copy(digest[:], bytes.TrimPrefix(name.Buffer, []byte{0x00, 0x0B}))
	return digest
}
