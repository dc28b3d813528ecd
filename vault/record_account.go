package vault

// This file is the stored form of an account.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"nod/vault/memory"
	"nod/vault/otp"
)

// recordSize is, in bytes, what accounts and devices mostly take less than.
const recordSize = 1 << 10

// accountMap is the CBOR of an account.
type accountMap struct {
	ID        string   `cbor:"1,keyasint,omitempty"`
	Type      string   `cbor:"2,keyasint,omitempty"`
	Issuer    string   `cbor:"3,keyasint,omitempty"`
	Name      string   `cbor:"4,keyasint,omitempty"`
	Secret    []byte   `cbor:"5,keyasint,omitempty"`
	Algorithm string   `cbor:"6,keyasint,omitempty"`
	Digits    int      `cbor:"7,keyasint,omitempty"`
	Period    int      `cbor:"8,keyasint,omitempty"`
	Counter   uint64   `cbor:"9,keyasint,omitempty"`
	PIN       []byte   `cbor:"10,keyasint,omitempty"`
	Tags      []string `cbor:"11,keyasint,omitempty"`
	Note      string   `cbor:"12,keyasint,omitempty"`
	Shift     int64    `cbor:"13,keyasint,omitempty"` // ms
	Added     int64    `cbor:"14,keyasint,omitempty"` // ms
	Source    string   `cbor:"15,keyasint,omitempty"`
	Used      int64    `cbor:"16,keyasint,omitempty"` // ms
	Uses      int      `cbor:"17,keyasint,omitempty"`
	Device    string   `cbor:"18,keyasint,omitempty"`
	Confirm   bool     `cbor:"19,keyasint,omitempty"`
}

// accountEntry is an account in memory: the stored bytes and what is shown.
type accountEntry struct {
	raw   []byte
	shown Account
}

// readAccount reads a stored account. One that can not be read is kept and says so.
func readAccount(raw []byte) accountEntry {
	m, err := decodeAccount(raw)
	defer m.wipe()
	if err != nil {
		return accountEntry{raw, Account{ID: oddID("a-", raw), Odd: oddReason(err)}}
	}
	shown := m.account()
	if err := m.validate(); err != nil {
		shown.Odd = err.Error()
	}
	return accountEntry{raw, shown}
}

func decodeAccount(raw []byte) (accountMap, error) {
	var m accountMap
	if err := decoding.Unmarshal(raw, &m); err != nil {
		return m, err
	}
	if m.ID == "" {
		return m, errors.New("it has no id")
	}
	return m, nil
}

// entry encodes m, and reads it back: what can not be read is not stored.
func (m *accountMap) entry() (accountEntry, error) {
	raw, err := marshal(m, recordSize)
	if err != nil {
		return accountEntry{}, fmt.Errorf("store account: %w", err)
	}
	e := readAccount(raw)
	if e.shown.Odd != "" {
		return accountEntry{}, fmt.Errorf("store account: %s", e.shown.Odd)
	}
	return e, nil
}

// wipe overwrites the secrets of m.
func (m *accountMap) wipe() {
	clear(m.Secret)
	clear(m.PIN)
}

// validate reports the first thing that keeps the key of m from making codes.
func (m *accountMap) validate() (err error) {
	if len(m.PIN) == 0 { // as with nearly all
		return m.key().Validate()
	}
	memory.Do(func() { err = m.key().Validate() }) // which copies the PIN
	return err
}

// key returns the key of m; its Secret is that of m.
func (m *accountMap) key() otp.Key {
	return otp.Key{
		Type: otp.Type(m.Type), Issuer: m.Issuer, Name: m.Name, Secret: m.Secret, Algorithm: otp.Algorithm(m.Algorithm),
		Digits: m.Digits, Period: m.Period, Counter: m.Counter, PIN: string(m.PIN),
	}
}

// setKey stores k in m, with a copy of its secret.
func (m *accountMap) setKey(k otp.Key) {
	m.Type, m.Issuer, m.Name, m.Algorithm = string(k.Type), k.Issuer, k.Name, string(k.Algorithm)
	m.Digits, m.Period, m.Counter = k.Digits, k.Period, k.Counter
	m.Secret, m.PIN = slices.Clone(k.Secret), []byte(k.PIN)
}

// account returns what may be shown of m.
func (m *accountMap) account() Account {
	return Account{
		ID: m.ID, Issuer: m.Issuer, Name: m.Name, Type: otp.Type(m.Type), Algorithm: otp.Algorithm(m.Algorithm),
		Digits: m.Digits, Period: m.Period, Counter: m.Counter, Tags: m.Tags, Note: m.Note,
		Shift: time.Duration(m.Shift) * time.Millisecond, Added: fromMillis(m.Added), Source: m.Source,
		Used: fromMillis(m.Used), Uses: m.Uses, Device: m.Device, Confirm: m.Confirm,
	}
}

// oddID finds the id of a record that can not be read, or makes one that stays
// the same, so that it can be named and removed.
func oddID(prefix string, raw []byte) (id string) {
	memory.Do(func() { id = findID(prefix, raw) })
	return id
}

func findID(prefix string, raw []byte) string {
	var m map[int]cbor.RawMessage
	var id string
	if decoding.Unmarshal(raw, &m) == nil && decoding.Unmarshal(m[1], &id) == nil && strings.HasPrefix(id, prefix) {
		return id
	}
	return prefix + idLetters(sum256(raw))
}

// oddReason says why a record can not be read. The decoder's own words are not
// used: they may quote the record.
func oddReason(err error) string {
	if _, ok := errors.AsType[*cbor.UnknownFieldError](err); ok {
		return "it was stored by a newer nod"
	}
	return "this version can not read it"
}
