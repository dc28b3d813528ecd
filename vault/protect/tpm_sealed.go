package protect

// This file seals a secret in the TPM and gets it out again.

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// object returns the public area of a sealed object (TPM 2.0 Part 1, "Sealed
// Data"). With a policy, only the policy opens it. Without one its password does, and wrong
// passwords count against the TPM's limit unless exempt is set.
func object(policy, unique []byte, exempt bool) tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type:    tpm2.TPMAlgKeyedHash,
		NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true,
			UserWithAuth: policy == nil, AdminWithPolicy: policy != nil, NoDA: exempt,
		},
		AuthPolicy: tpm2.TPM2BDigest{Buffer: policy},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgKeyedHash, &tpm2.TPMSKeyedHashParms{}),
		Unique:     tpm2.NewTPMUPublicID(tpm2.TPMAlgKeyedHash, &tpm2.TPM2BDigest{Buffer: unique}),
	}
}

// makeObject seals data in an object of this public area. It returns what loads
// the object again.
func makeObject(l *link, key *storage, public tpm2.TPMTPublic, auth, data []byte) (*tpm2.CreateResponse, error) {
	return tpm2.Create{
		ParentHandle: key.asParent(),
		InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
			UserAuth: tpm2.TPM2BAuth{Buffer: auth},
			Data:     tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: data}),
		}},
		InPublic: tpm2.New2B(public),
	}.Execute(l)
}

// loadObject puts an object in the TPM. The caller flushes its handle.
func loadObject(l *link, key *storage, public tpm2.TPMTPublic, private []byte) (tpm2.NamedHandle, error) {
	name, err := tpm2.ObjectName(&public)
	if err != nil {
		return tpm2.NamedHandle{}, err
	}
	rsp, err := tpm2.Load{
		ParentHandle: key.asParent(), InPrivate: tpm2.TPM2BPrivate{Buffer: private}, InPublic: tpm2.New2B(public),
	}.Execute(l)
	if err != nil {
		return tpm2.NamedHandle{}, err
	}
	return tpm2.NamedHandle{Handle: rsp.ObjectHandle, Name: *name}, nil
}

// public returns the public area of s; all but unique is known.
func (s sealed) public() tpm2.TPMTPublic {
	if s.mode == modeShared {
		return object(nil, s.unique[:], false)
	}
	return object(secretPolicy(nameOf(s.index)), s.unique[:], true)
}

// create seals secret as s says, and puts what loads it into s.
func (s *sealed) create(l *link, key *storage, auth, secret []byte) error {
	public := s.public()
	public.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgKeyedHash, &tpm2.TPM2BDigest{})
	if s.mode == modeCounted {
		auth = nil
	}
	rsp, err := makeObject(l, key, public, auth, secret)
	if err != nil {
		return fmt.Errorf("make a sealed object: %w", err)
	}
	area, err := rsp.OutPublic.Contents()
	if err != nil {
		return fmt.Errorf("make a sealed object: %w", err)
	}
	unique, err := area.Unique.KeyedHash()
	if err != nil || copy(s.unique[:], unique.Buffer) != digestLen {
		return errors.Join(errors.New("make a sealed object: the TPM made it in another form"), err)
	}
	s.private = rsp.OutPrivate.Buffer
	if !bytes.Equal(tpm2.Marshal(s.public()), rsp.OutPublic.Bytes()) || len(s.private) > privateMax {
		return errors.New("make a sealed object: the TPM made it in another form")
	}
	return nil
}

// unseal returns the secret. All that can fail without the PIN is done before the
// PIN is tried.
func (s sealed) unseal(l *link, key *storage, id SlotID, auth []byte) ([]byte, error) {
	item, err := loadObject(l, key, s.public(), s.private)
	if errors.Is(err, tpm2.TPMRCIntegrity) {
		return nil, errOther
	}
	if err != nil {
		return nil, fmt.Errorf("load the sealed object: %w", err)
	}
	defer flush(l, item.Handle)
	if s.mode == modeShared {
		return s.unsealShared(l, key, item, auth)
	}
	count, err := findCounter(l, id, s.index)
	if err != nil {
		return nil, err
	}
	session, closeSession, err := key.authorize(l, count.NamedHandle(), auth, encryptOut)
	if err != nil {
		return nil, refusal(err, func() int { return count.left(l) })
	}
	defer closeSession()
	return take(l, item, session)
}

// unsealShared opens an object that has a password.
func (s sealed) unsealShared(l *link, key *storage, item tpm2.NamedHandle, auth []byte) ([]byte, error) {
	secret, err := take(l, item, key.session(auth, encryptOut))
	if err == nil {
		return secret, nil
	}
	err = refusal(err, func() int { return -1 }) // nothing shuts for good
	if errors.Is(err, ErrLimit) {
		return nil, errLockedOut
	}
	return nil, err
}

// errLockedOut is not ErrLimit: it may be the doing of other programs, and ends.
var errLockedOut = errors.New("the TPM takes no PIN now, after too many wrong tries of all programs: " +
	"try again when its own lockout is over, or use the recovery code")

// take gets the data out of a loaded object.
func take(l *link, item tpm2.NamedHandle, session tpm2.Session) ([]byte, error) {
	rsp, err := tpm2.Unseal{ItemHandle: tpm2.AuthHandle{Handle: item.Handle, Name: item.Name, Auth: session}}.Execute(l)
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	return rsp.OutData.Buffer, nil
}

// refusal turns the TPM's answer to a PIN into the error of a guarded part. left
// counts what is left after a wrong one. TPM 2.0 Part 2, 6.6.3: objects under the
// TPM's limit answer AUTH_FAIL, others BAD_AUTH; a full PIN_FAIL counter answers
// AUTH_UNAVAILABLE, a full limit LOCKOUT.
func refusal(err error, left func() int) error {
	switch {
	case errors.Is(err, tpm2.TPMRCBadAuth), errors.Is(err, tpm2.TPMRCAuthFail):
		return &WrongError{Left: left()}
	case errors.Is(err, tpm2.TPMRCAuthUnavailable), errors.Is(err, tpm2.TPMRCLockout):
		return ErrLimit
	}
	return err
}
