package vault

// This file reads and writes the frame of a vault file: everything but keys.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"nod/vault/protect"
)

// frame is a vault file taken apart, nothing of it decrypted.
type frame struct {
	vaultID   [idLen]byte
	approvals [keyLen]byte // public key
	slots     []slot
	salt      [saltLen]byte
	mac       [macLen]byte
	nonce     [nonceLen]byte
	sealed    []byte
}

// slot returns the only slot that c may open. It is disabled when it is the PIN
// asked for and no other PIN could be meant. Errors: ErrNoSlot, *WhichPINError.
func (f *frame) slot(c Credential) (*slot, error) {
	var pins, off []*slot
	for i := range f.slots {
		s := &f.slots[i]
		switch {
		case s.typ() != c.kind:
		case s.disabled():
			off = append(off, s)
		case c.kind == SlotPIN && s.in.name != c.name:
			pins = append(pins, s)
		case c.kind == SlotSSH && !bytes.Equal(s.in.blob, c.key):
		default:
			return s, nil
		}
	}
	switch {
	case c.kind == SlotPIN && c.name == "" && len(pins) == 1 && len(off) == 0:
		return pins[0], nil
	case len(off) > 0 && (len(pins) == 0 || c.name != ""):
		return off[0], nil
	case len(pins) > 0:
		return nil, &WhichPINError{Names: f.pinNames()}
	}
	return nil, ErrNoSlot
}

// pinNames returns whose PINs open the vault.
func (f *frame) pinNames() []string {
	var names []string
	for i := range f.slots {
		if s := &f.slots[i]; s.kind == typePIN && !s.disabled() {
			names = append(names, s.in.name)
		}
	}
	return names
}

// byID returns the slot with that id, or nil.
func (f *frame) byID(id [idLen]byte) *slot {
	for i := range f.slots {
		if f.slots[i].id == id {
			return &f.slots[i]
		}
	}
	return nil
}

// distinct reports whether no two slots of f are for the same credential.
func (f *frame) distinct() bool {
	seen := map[string]bool{}
	for i := range f.slots {
		s := &f.slots[i]
		key := string(s.id[:])
		switch {
		case s.disabled(), s.kind > typeSSH:
		case s.kind == typePIN:
			key = "PIN " + s.in.name
		case s.kind == typeSSH:
			key = "ssh " + string(s.in.blob)
		default:
			key = string(s.typ())
		}
		if seen[key] || seen[string(s.id[:])] {
			return false
		}
		seen[key], seen[string(s.id[:])] = true, true
	}
	return true
}

// image returns the header without the slots' bodies and without its MAC.
func (f *frame) image() []byte { return f.header(false) }

// header returns the bytes up to the header MAC.
func (f *frame) header(bodies bool) []byte {
	size := offFirstSlot + saltLen + macLen
	for _, s := range f.slots {
		size += slotHeadLen + len(s.body)
	}
	b := make([]byte, 0, size)
	b = append(b, magic...)
	b = append(b, formatVersion)
	b = append(b, f.vaultID[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	b = append(b, 0, 0, compartments, byte(len(f.slots)))
	b = append(b, f.approvals[:]...)
	for _, s := range f.slots {
		b = append(b, s.kind)
		b = binary.BigEndian.AppendUint16(b, uint16(s.need))
		b = append(b, s.id[:]...)
		b = binary.BigEndian.AppendUint16(b, uint16(len(s.body)))
		b = append(b, s.digest[:]...)
		if bodies {
			b = append(b, s.body...)
		}
	}
	return append(b, f.salt[:]...)
}

// marshal returns the bytes of the file.
func (f *frame) marshal() []byte {
	b := f.header(true)
	b = slices.Grow(b, macLen+nonceLen+len(f.sealed)+digestLen)
	b = append(b, f.mac[:]...)
	b = append(b, f.nonce[:]...)
	b = append(b, f.sealed...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// identity names the saved state: it stays when only a slot is disabled.
func (f *frame) identity() []byte {
	return sum256(f.image(), f.mac[:], f.nonce[:], f.sealed)
}

// computeMAC returns the header MAC under key.
func (f *frame) computeMAC(key []byte) []byte { return mac256(key, f.image()) }

// parseFrame takes data apart and keeps its payload. It checks everything that
// needs no key.
// Errors: *DamagedError without file names, ErrNewer.
func parseFrame(data []byte) (*frame, error) {
	if err := checkWhole(data); err != nil {
		return nil, err
	}
	p := &parser{data: data[:len(data)-sha256.Size]}
	p.take(offVaultID) // magic and version
	f := &frame{}
	copy(f.vaultID[:], p.take(idLen))
	headerLen := int(binary.BigEndian.Uint32(p.take(4)))
	flags, parts, slots := p.take(2), p.take(1)[0], int(p.take(1)[0])
	if flags[0] != 0 || flags[1] != 0 || parts != compartments {
		return nil, ErrNewer
	}
	if slots < 1 || slots > maxSlots {
		return nil, damaged("header", offSlots)
	}
	copy(f.approvals[:], p.take(keyLen))
	for n := 1; n <= slots; n++ {
		s, err := parseSlot(p, n)
		if err != nil {
			return nil, err
		}
		f.slots = append(f.slots, s)
	}
	if !p.short && !f.distinct() {
		return nil, damaged("header", offFirstSlot)
	}
	copy(f.salt[:], p.take(saltLen))
	copy(f.mac[:], p.take(macLen))
	if p.short || p.at != headerLen || headerLen > maxHeader {
		return nil, damaged("header", offHeaderLen)
	}
	copy(f.nonce[:], p.take(nonceLen))
	f.sealed = p.data[min(p.at, len(p.data)):]
	if p.short || !isBucket(len(f.sealed)-tagLen) {
		return nil, damaged("payload", len(data))
	}
	return f, nil
}

// checkWhole checks magic, version and checksum.
func checkWhole(data []byte) error {
	if n := min(len(data), len(magic)); string(data[:n]) != magic[:n] {
		return damaged("header", 0)
	}
	if len(data) <= offVersion {
		return damaged("header", len(data))
	}
	if data[offVersion] != formatVersion && !onlyVersionDiffers(data) {
		return ErrNewer
	}
	if data[offVersion] != formatVersion {
		return damaged("header", offVersion)
	}
	if len(data) < smallestFile {
		return damaged("file", len(data))
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if sha256.Sum256(body) != [sha256.Size]byte(sum) {
		return damaged("file", -1)
	}
	return nil
}

// onlyVersionDiffers tells a damaged version byte from a newer version: with
// version 1 in its place the checksum fits. There never was a version 0.
func onlyVersionDiffers(data []byte) bool {
	if data[offVersion] == 0 {
		return true
	}
	if len(data) < smallestFile {
		return false
	}
	h := sha256.New()
	h.Write(data[:offVersion])
	h.Write([]byte{formatVersion})
	h.Write(data[offVersion+1 : len(data)-sha256.Size])
	return bytes.Equal(h.Sum(nil), data[len(data)-sha256.Size:])
}

// parseSlot reads slot number n (from 1).
func parseSlot(p *parser, n int) (slot, error) {
	start := p.at
	s := slot{kind: p.take(1)[0], need: protect.Part(binary.BigEndian.Uint16(p.take(2)))}
	copy(s.id[:], p.take(idLen))
	size := int(binary.BigEndian.Uint16(p.take(2)))
	copy(s.digest[:], p.take(digestLen))
	s.body = bytes.Clone(p.take(size))
	what := fmt.Sprintf("slot %d", n)
	if p.short || size == 0 || s.kind == 0 {
		return s, damaged(what, start)
	}
	if s.disabled() {
		return s, nil
	}
	if sha256.Sum256(s.body) != s.digest {
		return s, damaged(what, start+slotHeadLen)
	}
	if !s.readBody() {
		return s, damaged(what, start+slotHeadLen)
	}
	return s, nil
}

// isBucket reports whether n is a padded length.
func isBucket(n int) bool {
	return n >= bucket && n <= maxPadded && n&(n-1) == 0
}

// damaged returns an error for the byte at offset, -1 when that is not known.
func damaged(what string, offset int) *DamagedError {
	return &DamagedError{What: what, Offset: int64(offset)}
}

// parser hands out the bytes of data one field after the other.
type parser struct {
	data  []byte
	at    int
	short bool // a field went past the end; take returned zeros
}

// take returns the next n bytes.
func (p *parser) take(n int) []byte {
	if p.short || n > len(p.data)-p.at {
		p.short = true
		return make([]byte, n)
	}
	b := p.data[p.at : p.at+n]
	p.at += n
	return b
}
