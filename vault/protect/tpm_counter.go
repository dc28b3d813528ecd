package protect

// This file makes, proves, reads and removes the index that counts the wrong
// PINs of one slot. It is of type PIN_FAIL (TPM 2.0 Part 1, "PIN Fail Index"): a
// wrong password adds one to pinCount, the right one sets it to zero, and at
// pinLimit no password is taken any more.
//
// Nobody can write the index after Seal: that takes a policy on the password of
// an object that is thrown away with its password. An index that somebody
// removes and defines again has another Name until it is written, so the sealed
// object does not open for it.

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

const (
	pinLimit = 8 // wrong PINs in a row
	// The data of an index is TPMS_NV_PIN_COUNTER_PARAMETERS, two numbers of four
	// bytes: pinCount, pinLimit; TPM 2.0 Part 2, 13.3.
	counterLen = 8
)

// Where the owner's indexes are: 01800000 to 01BFFFFF; TCG Registry of Reserved
// TPM 2.0 Handles and Localities.
const (
	indexFirst tpm2.TPMHandle = 0x01800000
	indexMask  tpm2.TPMHandle = 0x003FFFFF
)

// errNoCounter says that this TPM has no PIN_FAIL index for nod, or one that does
// not count as the specification says.
var errNoCounter = errors.New("this TPM keeps no counter for a PIN")

// counter is the index of a slot. Its Name changes with the first writing.
type counter struct {
	handle tpm2.TPMHandle
	policy []byte // what it takes to write it
	name   tpm2.TPM2BName
}

// indexOf returns the place of a slot's index: the first 22 bits of
// SHA-256("nod/v1/tpm-index" || id) in the owner's range.
func indexOf(id SlotID) tpm2.TPMHandle {
	sum := sha256.Sum256(append([]byte("nod/v1/tpm-index"), id[:]...))
	return indexFirst | tpm2.TPMHandle(binary.BigEndian.Uint32(sum[:])>>10)&indexMask
}

// indexPublic returns the public area of an index of nod. AuthRead is what lets
// its password fulfil a policy, OwnerRead what lets the count be read without it.
// The type demands NoDA and no AuthWrite.
func indexPublic(handle tpm2.TPMHandle, policy []byte, written bool) tpm2.TPMSNVPublic {
	return tpm2.TPMSNVPublic{
		NVIndex: handle,
		NameAlg: tpm2.TPMAlgSHA256,
		Attributes: tpm2.TPMANV{
			NT: tpm2.TPMNTPinFail, PolicyWrite: true, AuthRead: true, OwnerRead: true, NoDA: true, Written: written,
		},
		AuthPolicy: tpm2.TPM2BDigest{Buffer: policy},
		DataSize:   counterLen,
	}
}

// NamedHandle returns the index for a command that does not authorize with it.
func (c *counter) NamedHandle() tpm2.NamedHandle {
	return tpm2.NamedHandle{Handle: c.handle, Name: c.name}
}

// setName computes the Name from what the index is.
func (c *counter) setName(written bool) error {
	public := indexPublic(c.handle, c.policy, written)
	name, err := tpm2.NVName(&public)
	if err != nil {
		return fmt.Errorf("name an index: %w", err)
	}
	c.name = *name
	return nil
}

// newCounter defines the index of id with password auth, proves that it counts,
// and leaves it at pinLimit tries. Errors: ErrTaken, errNoCounter, and others.
func newCounter(l *link, key *storage, id SlotID, auth []byte) (*counter, error) {
	w, err := newWriter(l, key)
	if err != nil {
		return nil, err
	}
	defer clear(w.auth)
	defer flush(l, w.object.Handle)
	c := &counter{handle: indexOf(id), policy: w.policy}
	if err := c.define(l, key, auth); err != nil {
		return nil, err
	}
	err = c.prove(l, key, w, auth)
	if err == nil {
		return c, nil
	}
	return nil, errors.Join(err, c.undefine(l))
}

// define takes the place of the index.
func (c *counter) define(l *link, key *storage, auth []byte) error {
	if err := c.setName(false); err != nil {
		return err
	}
	_, err := tpm2.NVDefineSpace{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: key.session(nil, encryptIn)},
		Auth:       tpm2.TPM2BAuth{Buffer: auth},
		PublicInfo: tpm2.New2B(indexPublic(c.handle, c.policy, false)),
	}.Execute(l)
	if errors.Is(err, tpm2.TPMRCNVDefined) {
		return ErrTaken
	}
	return counterError("define an index", err)
}

// prove writes the index and looks whether it does what the type promises: shut
// at the limit for the right password too, count a wrong one, forget it after the
// right one.
func (c *counter) prove(l *link, key *storage, w *writer, auth []byte) error {
	wrong := []byte(rand.Text())
	for _, step := range []struct {
		limit uint32 // write pinLimit first, unless 0
		auth  []byte
		code  error // the TPM's answer
		left  int
	}{
		{1, wrong, tpm2.TPMRCBadAuth, 0},
		{0, auth, tpm2.TPMRCAuthUnavailable, 0},
		{pinLimit, wrong, tpm2.TPMRCBadAuth, pinLimit - 1},
		{0, auth, nil, pinLimit},
	} {
		if step.limit > 0 {
			if err := w.write(l, key, c, step.limit); err != nil {
				return counterError("write an index", err)
			}
		}
		_, closeSession, err := key.authorize(l, c.NamedHandle(), step.auth)
		if err == nil {
			err = closeSession()
		}
		if l.broken != nil {
			return err
		}
		if left := c.left(l); !errors.Is(err, step.code) || left != step.left {
			return fmt.Errorf("%w: it does not count as it should (%v, %d left)", errNoCounter, err, left)
		}
	}
	return nil
}

// counterError adds errNoCounter to what the TPM refuses for good.
func counterError(what string, err error) error {
	var code tpm2.TPMRC
	if errors.As(err, &code) && !code.IsWarning() {
		return fmt.Errorf("%w: %s: %w", errNoCounter, what, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// findCounter returns the index of id; errOther when it is not there or not the
// one whose Name has this digest.
func findCounter(l *link, id SlotID, digest [digestLen]byte) (*counter, error) {
	c, err := readCounter(l, indexOf(id))
	if err != nil {
		return nil, err
	}
	if c == nil || digestOf(c.name) != digest {
		return nil, errOther
	}
	return c, nil
}

// readCounter returns the index at handle; nil when there is none or not one of
// nod's shape.
func readCounter(l *link, handle tpm2.TPMHandle) (*counter, error) {
	rsp, err := tpm2.NVReadPublic{NVIndex: handle}.Execute(l)
	if errors.Is(err, tpm2.TPMRCHandle) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read an index: %w", err)
	}
	public, err := rsp.NVPublic.Contents()
	if err != nil {
		return nil, fmt.Errorf("read an index: %w", err)
	}
	policy := public.AuthPolicy.Buffer
	want := indexPublic(handle, policy, public.Attributes.Written)
	if len(policy) != digestLen || public.NVIndex != handle || public.NameAlg != want.NameAlg ||
		public.Attributes != want.Attributes || public.DataSize != want.DataSize {
		return nil, nil
	}
	c := &counter{handle: handle, policy: policy}
	return c, c.setName(public.Attributes.Written)
}

// forgetCounter removes the index at handle when it has nod's shape.
func forgetCounter(l *link, handle tpm2.TPMHandle) error {
	c, err := readCounter(l, handle)
	if err != nil || c == nil {
		return err
	}
	return c.undefine(l)
}

// undefine removes the index.
func (c *counter) undefine(l *link) error {
	_, err := tpm2.NVUndefineSpace{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}, NVIndex: c.NamedHandle(),
	}.Execute(l)
	if err != nil {
		return fmt.Errorf("remove an index: %w", err)
	}
	return nil
}

// left returns how many wrong PINs are left, -1 when the owner does not let it be read.
func (c *counter) left(l *link) int {
	rsp, err := tpm2.NVRead{
		AuthHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)},
		NVIndex:    c.NamedHandle(), Size: counterLen,
	}.Execute(l)
	if err != nil || len(rsp.Data.Buffer) != counterLen {
		return -1
	}
	count := binary.BigEndian.Uint32(rsp.Data.Buffer)
	limit := binary.BigEndian.Uint32(rsp.Data.Buffer[4:])
	return int(limit) - int(min(count, limit))
}
