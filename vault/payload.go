package vault

// This file turns what a vault holds into the padded plaintext of the payload and
// back.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// payloadMap is the CBOR of the payload.
type payloadMap struct {
	Epoch    uint64            `cbor:"1,keyasint,omitempty"`
	Owner    string            `cbor:"2,keyasint,omitempty"`
	Accounts []cbor.RawMessage `cbor:"3,keyasint,omitempty"`
	Devices  []cbor.RawMessage `cbor:"4,keyasint,omitempty"`
	History  []cbor.RawMessage `cbor:"5,keyasint,omitempty"`
	Tags     []tagMap          `cbor:"6,keyasint,omitempty"`
	Shift    int64             `cbor:"7,keyasint,omitempty"` // ms
}

// tagMap is the key that authenticates what is sealed to a slot.
type tagMap struct {
	Slot []byte `cbor:"1,keyasint"`
	Key  []byte `cbor:"2,keyasint"`
}

var (
	// encoding is RFC 8949's Core Deterministic Encoding.
	encoding = mustMode(cbor.CoreDetEncOptions().UserBufferEncMode())
	// decoding is strict: what a nod would not write is not read.
	decoding = mustMode(cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		MaxNestedLevels:   8,
		MaxArrayElements:  1 << 20,
		MaxMapPairs:       1 << 10,
	}.DecMode())
)

func mustMode[M any](mode M, err error) M {
	if err != nil {
		panic("vault: cbor options: " + err.Error()) // they are constants
	}
	return mode
}

// marshal encodes m, which holds keys and takes about size bytes. It keeps to a
// buffer of its own, which it wipes: those of the library go to a pool.
func marshal(m any, size int) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, size))
	defer func() { clear(b.Bytes()) }()
	if err := encoding.MarshalToBuffer(m, b); err != nil {
		return nil, err
	}
	return bytes.Clone(b.Bytes()), nil
}

// contents are what a vault holds, in memory. They are never changed after they
// were published; a change is made to a clone. The raw records hold the secrets
// and are the truth; the rest is read from them.
type contents struct {
	epoch    uint64
	owner    string
	accounts []accountEntry
	devices  []deviceEntry
	history  []eventEntry
	tags     []tagMap
	shift    time.Duration // whole milliseconds

	places map[string]int // of accounts by id; nil while the lists may change
}

// index makes finding an account as quick in 10,000 as in ten.
func (c *contents) index() {
	c.places = make(map[string]int, len(c.accounts))
	for i := range c.accounts {
		c.places[c.accounts[i].shown.ID] = i
	}
}

// clone returns contents whose lists may be changed.
func (c *contents) clone() *contents {
	n := *c
	n.places = nil
	n.accounts = append([]accountEntry(nil), c.accounts...)
	n.devices = append([]deviceEntry(nil), c.devices...)
	n.history = append([]eventEntry(nil), c.history...)
	return &n
}

// tagKey returns the tag key of a slot, nil when there is none.
func (c *contents) tagKey(slot [idLen]byte) []byte {
	for _, t := range c.tags {
		if bytes.Equal(t.Slot, slot[:]) {
			return t.Key
		}
	}
	return nil
}

// wipe overwrites the records of c that kept does not share.
func (c *contents) wipe(kept *contents) {
	if c == kept {
		return
	}
	stay := map[*byte]bool{}
	if kept != nil {
		for _, t := range kept.tags {
			stay[&t.Key[0]] = true
		}
		for _, a := range kept.accounts {
			stay[&a.raw[0]] = true
		}
		for _, d := range kept.devices {
			stay[&d.raw[0]] = true
		}
	}
	for _, t := range c.tags {
		if !stay[&t.Key[0]] {
			clear(t.Key)
		}
	}
	for _, a := range c.accounts {
		if !stay[&a.raw[0]] {
			clear(a.raw)
		}
	}
	for _, d := range c.devices {
		if !stay[&d.raw[0]] {
			clear(d.raw)
		}
	}
}

// encode returns the padded plaintext of the payload, for the caller to wipe.
func (c *contents) encode() ([]byte, error) {
	m := payloadMap{Epoch: c.epoch, Owner: c.owner, Tags: c.tags, Shift: c.shift.Milliseconds()}
	size := 64 + len(c.owner) + 2*(idLen+keyLen)*len(c.tags) // rather too much than too little
	for _, a := range c.accounts {
		m.Accounts = append(m.Accounts, a.raw)
		size += len(a.raw)
	}
	for _, d := range c.devices {
		m.Devices = append(m.Devices, d.raw)
		size += len(d.raw)
	}
	for _, e := range c.history {
		m.History = append(m.History, e.raw)
		size += len(e.raw)
	}
	data, err := marshal(m, size)
	if err != nil {
		return nil, fmt.Errorf("encode payload: %w", err)
	}
	defer clear(data)
	return pad(data)
}

// pad returns lp(data) in the smallest bucket that holds it.
func pad(data []byte) ([]byte, error) {
	size := bucket
	for size < 4+len(data) {
		size *= 2
	}
	if size > maxPadded {
		return nil, fmt.Errorf("the vault would be larger than %d MiB", maxPadded>>20)
	}
	padded := make([]byte, size)
	binary.BigEndian.PutUint32(padded, uint32(len(data)))
	copy(padded[4:], data)
	return padded, nil
}

// unpad returns the data inside padded, not copied.
func unpad(padded []byte) ([]byte, error) {
	if len(padded) < 4 {
		return nil, errors.New("no length")
	}
	n := binary.BigEndian.Uint32(padded)
	if uint64(n) > uint64(len(padded)-4) {
		return nil, errors.New("the length goes past the end")
	}
	for _, b := range padded[4+n:] {
		if b != 0 {
			return nil, errors.New("the padding is not zero")
		}
	}
	return padded[4:][:n], nil
}

// decodePayload reads the padded plaintext of a payload, but not the records in
// it. It keeps no part of it.
func decodePayload(padded []byte) (m payloadMap, err error) {
	data, err := unpad(padded)
	if err != nil {
		return m, err
	}
	err = decoding.Unmarshal(data, &m)
	if _, ok := errors.AsType[*cbor.UnknownFieldError](err); ok {
		return m, ErrNewer
	}
	return m, err
}

// wipe overwrites the keys in m.
func (m payloadMap) wipe() {
	for _, list := range [][]cbor.RawMessage{m.Accounts, m.Devices} {
		for _, raw := range list {
			clear(raw)
		}
	}
	for _, t := range m.Tags {
		clear(t.Key)
	}
}

// decodeContents reads the padded plaintext of a payload. It keeps no part of it.
func decodeContents(padded []byte) (*contents, error) {
	m, err := decodePayload(padded)
	if err != nil {
		return nil, err
	}
	for _, t := range m.Tags {
		if len(t.Slot) != idLen || len(t.Key) != keyLen {
			return nil, errors.New("a tag key has the wrong length")
		}
	}
	if abs := max(m.Shift, -m.Shift); abs < 0 || abs > MaxShift.Milliseconds() {
		return nil, errors.New("the shift is too large")
	}
	c := &contents{
		epoch: m.Epoch, owner: m.Owner, tags: m.Tags, shift: time.Duration(m.Shift) * time.Millisecond,
		accounts: make([]accountEntry, len(m.Accounts)),
		devices:  make([]deviceEntry, len(m.Devices)),
		history:  make([]eventEntry, len(m.History)),
	}
	for i, raw := range m.Accounts {
		c.accounts[i] = readAccount(raw)
	}
	for i, raw := range m.Devices {
		c.devices[i] = readDevice(raw)
	}
	for i, raw := range m.History {
		c.history[i] = readEvent(raw)
	}
	return c, nil
}

// toMillis and fromMillis store times; the zero time is 0.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
