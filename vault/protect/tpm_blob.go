package protect

// This file is the form of the blob that finds a sealed secret again:
//
//	offset  bytes
//	0       1     version, 1
//	1       1     mode: 1 an index of the slot counts wrong PINs,
//	              2 the TPM's limit for all programs counts them
//	2       32    SHA-256 of the storage key's public area (its Name without
//	              the algorithm 000B)
//	34      32    the same of the index, WRITTEN set; zero in mode 2
//	66      32    unique field of the sealed object's public area
//	98      1..   private area of the sealed object (TPM2B_PRIVATE without its
//	              size), at most 926 bytes
//
// The rest of the object's public area is fixed: type KEYEDHASH, nameAlg SHA256,
// scheme NULL, attributes fixedTPM and fixedParent, and in mode 1 adminWithPolicy,
// noDA and a policy of PolicySecret(index), in mode 2 userWithAuth and no policy.
// There is one blob for each content: every other byte sequence is refused.

import (
	"errors"
	"slices"

	"github.com/google/go-tpm/tpm2"
)

const (
	blobVersion = 1
	blobMax     = 1024
	blobFixed   = 2 + 3*digestLen
	privateMax  = blobMax - blobFixed
)

// What counts wrong PINs.
const (
	modeCounted = 1
	modeShared  = 2
)

// sealed is what a blob says.
type sealed struct {
	mode    byte
	storage [digestLen]byte
	index   [digestLen]byte
	unique  [digestLen]byte
	private []byte
}

// errBlob says that a blob is not one that this version of nod writes.
var errBlob = errors.New("what the vault keeps for the TPM is damaged, or made by a newer nod")

// marshal returns the blob.
func (s sealed) marshal() []byte {
	return slices.Concat([]byte{blobVersion, s.mode}, s.storage[:], s.index[:], s.unique[:], s.private)
}

// parseSealed reads a blob. The result shares its memory.
func parseSealed(blob []byte) (sealed, error) {
	if len(blob) <= blobFixed || len(blob) > blobMax || blob[0] != blobVersion {
		return sealed{}, errBlob
	}
	s := sealed{mode: blob[1], private: blob[blobFixed:]}
	for i, field := range [][]byte{s.storage[:], s.index[:], s.unique[:]} {
		copy(field, blob[2+i*digestLen:])
	}
	counted := s.index != [digestLen]byte{}
	if s.mode != modeCounted && s.mode != modeShared || counted != (s.mode == modeCounted) {
		return sealed{}, errBlob
	}
	return s, nil
}

// nameOf returns the SHA-256 Name of this digest.
func nameOf(digest [digestLen]byte) tpm2.TPM2BName {
	return tpm2.TPM2BName{Buffer: append([]byte{0x00, 0x0B}, digest[:]...)}
}
