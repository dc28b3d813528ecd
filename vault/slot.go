package vault

// This file reads and writes the bodies of slots: what is where, no keys.

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode"
	"unicode/utf8"

	"nod/vault/protect"
)

// slot is one way to open the vault, as it stands in the file.
type slot struct {
	kind   byte
	need   protect.Part
	id     [idLen]byte
	digest [digestLen]byte
	body   []byte
	in     slotBody // body taken apart; empty for a disabled or unknown slot
}

// slotBody is the body of a slot taken apart. Its bytes are those of the body.
type slotBody struct {
	cost  Cost   // PIN, passphrase
	salt  []byte // all but recovery code
	seals seals
	wraps []byte // VMK and AMK in a first slot, which has no seals
	name  string // PIN: whose
	blob  []byte // PIN: where the TPM's part is; ssh-agent: the public key
}

// seals are a slot's public key and what is sealed to it.
type seals struct {
	public, vmk, amk []byte
	tag              []byte // nil in a first recovery slot
}

// of returns the sealed key of a compartment.
func (s seals) of(comp string) []byte {
	if comp == compCodes {
		return s.vmk
	}
	return s.amk
}

// clone returns seals that share no bytes with s.
func (s seals) clone() seals {
	return seals{bytes.Clone(s.public), bytes.Clone(s.vmk), bytes.Clone(s.amk), bytes.Clone(s.tag)}
}

// disabled reports whether the keys in s have been overwritten.
func (s *slot) disabled() bool { return len(bytes.Trim(s.body, "\x00")) == 0 }

// firstRecovery reports whether s is a recovery slot without a tag.
func (s *slot) firstRecovery() bool {
	return s.kind == typeRecovery && len(s.body) == firstRecovery
}

// typ returns the slot type that people see.
func (s *slot) typ() SlotType {
	switch s.kind {
	case typePIN:
		return SlotPIN
	case typePassphrase:
		return SlotPassphrase
	case typeRecovery:
		return SlotRecovery
	case typeSSH:
		return SlotSSH
	}
	return SlotType(fmt.Sprintf("unknown kind %d", s.kind))
}

// readBody takes the body of s apart and reports whether it can be one. A body
// of an unknown kind always can.
func (s *slot) readBody() bool {
	p := &parser{data: s.body}
	b := &s.in
	*b = slotBody{}
	switch s.kind {
	case typePIN, typePassphrase:
		b.cost = Cost{p.uint32(), p.uint32(), p.take(1)[0]}
		b.salt = p.take(saltLen)
		if len(s.body) == firstLen {
			b.wraps = p.take(2 * wrapLen)
			break
		}
		b.seals = p.seals()
		b.name = string(p.take(int(p.take(1)[0])))
		b.blob = p.take(int(p.uint16()))
	case typeRecovery:
		if len(s.body) == firstRecovery {
			b.seals = seals{public: p.take(keyLen), vmk: p.take(sealedLen), amk: p.take(sealedLen)}
			break
		}
		b.seals = p.seals()
	case typeSSH:
		b.salt = p.take(saltLen)
		b.seals = p.seals()
		b.blob = p.take(int(p.uint16()))
	default:
		return true
	}
	return !p.short && p.at == len(s.body) && s.plausible()
}

// plausible checks what is known of a body without its key.
func (s *slot) plausible() bool {
	switch s.kind {
	case typePIN:
		return s.in.cost.readable() && s.need&protect.DeviceFile != 0 && checkSlotName(s.in.name) == nil &&
			len(s.in.blob) <= longestBlob
	case typePassphrase:
		return s.in.cost.readable() && s.need == 0 && s.in.name == "" && len(s.in.blob) == 0
	case typeSSH:
		return isSSHKey(s.in.blob) && s.need == 0 && len(s.in.blob) <= longestSSHKey
	}
	return s.need == 0
}

// appendBody writes b as the body of a slot of kind, without its seals' tag
// where that is not known.
func (b *slotBody) appendBody(kind byte) []byte {
	var out []byte
	if kind == typePIN || kind == typePassphrase {
		out = b.cost.append(out)
	}
	out = append(out, b.salt...)
	for _, field := range [][]byte{b.seals.public, b.seals.vmk, b.seals.amk, b.seals.tag} {
		out = append(out, field...)
	}
	if kind == typePIN || kind == typePassphrase {
		out = append(out, byte(len(b.name)))
		out = append(out, b.name...)
	}
	if kind != typeRecovery {
		out = binary.BigEndian.AppendUint16(out, uint16(len(b.blob)))
		out = append(out, b.blob...)
	}
	return out
}

// checkSlotName refuses names of PINs that are too long or can not be shown.
func checkSlotName(name string) error {
	if len(name) > longestName {
		return fmt.Errorf("a PIN's name is at most %d bytes long", longestName)
	}
	for _, r := range name {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return fmt.Errorf("a PIN's name is made of letters, digits and signs")
		}
	}
	return nil
}

// seals takes the seals of a slot.
func (p *parser) seals() seals {
	return seals{p.take(keyLen), p.take(sealedLen), p.take(sealedLen), p.take(macLen)}
}

func (p *parser) uint32() uint32 { return binary.BigEndian.Uint32(p.take(4)) }
func (p *parser) uint16() uint16 { return binary.BigEndian.Uint16(p.take(2)) }

// isSSHKey reports whether blob begins as a public key whose signatures are
// always the same (RFC 4253 6.6, RFC 8709).
func isSSHKey(blob []byte) bool {
	p := &parser{data: blob}
	kind := string(p.take(int(p.uint32() & 0xff)))
	return !p.short && (kind == "ssh-ed25519" || kind == "ssh-rsa")
}
