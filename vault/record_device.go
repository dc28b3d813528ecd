package vault

// This file is the stored form of a paired device and of an event.

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// deviceMap is the CBOR of a paired device.
type deviceMap struct {
	ID           string            `cbor:"1,keyasint,omitempty"`
	Driver       string            `cbor:"2,keyasint,omitempty"`
	Server       string            `cbor:"3,keyasint,omitempty"`
	App          string            `cbor:"4,keyasint,omitempty"`
	Account      string            `cbor:"5,keyasint,omitempty"`
	Name         string            `cbor:"6,keyasint,omitempty"`
	RemoteID     string            `cbor:"7,keyasint,omitempty"`
	ServerKey    []byte            `cbor:"8,keyasint,omitempty"`
	Words        []string          `cbor:"9,keyasint,omitempty"`
	State        string            `cbor:"10,keyasint,omitempty"`
	Paired       int64             `cbor:"11,keyasint,omitempty"` // ms
	Memory       map[string]string `cbor:"12,keyasint,omitempty"`
	Transport    []byte            `cbor:"13,keyasint,omitempty"` // seed
	ApprovalKey  []byte            `cbor:"14,keyasint,omitempty"` // public
	ApprovalSeed []byte            `cbor:"15,keyasint,omitempty"` // sealed
	Secret       []byte            `cbor:"16,keyasint,omitempty"` // of a driver that has keys of other kinds
}

// wipe overwrites what of m is secret.
func (m *deviceMap) wipe() {
	clear(m.Transport)
	clear(m.Secret)
}

// deviceEntry is a device in memory: the stored bytes and what is shown.
type deviceEntry struct {
	raw   []byte
	shown Device
}

// readDevice reads a stored device. One that can not be read is kept and says so.
func readDevice(raw []byte) deviceEntry {
	m, err := decodeDevice(raw)
	if err != nil {
		return deviceEntry{raw, Device{ID: oddID("d-", raw), Odd: oddReason(err)}}
	}
	defer m.wipe()
	return deviceEntry{raw, m.device()}
}

func decodeDevice(raw []byte) (deviceMap, error) {
	var m deviceMap
	if err := decoding.Unmarshal(raw, &m); err != nil {
		return m, err
	}
	if m.ID == "" || len(m.Transport) != ed25519.SeedSize ||
		len(m.ApprovalKey) != ed25519.PublicKeySize || len(m.ApprovalSeed) != sealedLen {
		m.wipe()
		return m, errors.New("it is not complete")
	}
	return m, nil
}

// entry encodes m, and reads it back: what can not be read is not stored.
func (m *deviceMap) entry() (deviceEntry, error) {
	raw, err := marshal(m, recordSize)
	if err != nil {
		return deviceEntry{}, fmt.Errorf("store device: %w", err)
	}
	e := readDevice(raw)
	if e.shown.Odd != "" {
		return deviceEntry{}, fmt.Errorf("store device: %s", e.shown.Odd)
	}
	return e, nil
}

// device returns what may be shown of m.
func (m *deviceMap) device() Device {
	return Device{
		ID: m.ID, Driver: m.Driver, Server: m.Server, App: m.App, Account: m.Account, Name: m.Name,
		RemoteID: m.RemoteID, ServerKey: m.ServerKey, Words: m.Words, State: DeviceState(m.State),
		Paired: fromMillis(m.Paired), Memory: maps.Clone(m.Memory),
	}
}

// setDevice stores the shown fields of d in m, but not ID and Paired.
func (m *deviceMap) setDevice(d Device) {
	m.Driver, m.Server, m.App, m.Account, m.Name = d.Driver, d.Server, d.App, d.Account, d.Name
	m.RemoteID, m.ServerKey, m.Words = d.RemoteID, slices.Clone(d.ServerKey), slices.Clone(d.Words)
	m.State, m.Memory = string(d.State), maps.Clone(d.Memory)
}

// eventMap is the CBOR of an event.
type eventMap struct {
	At      int64  `cbor:"1,keyasint,omitempty"` // ms
	Kind    string `cbor:"2,keyasint,omitempty"`
	Subject string `cbor:"3,keyasint,omitempty"`
	Account string `cbor:"4,keyasint,omitempty"`
	IP      string `cbor:"5,keyasint,omitempty"`
	Place   string `cbor:"6,keyasint,omitempty"`
	Device  string `cbor:"7,keyasint,omitempty"`
	Request string `cbor:"8,keyasint,omitempty"`
	Detail  string `cbor:"9,keyasint,omitempty"`
}

// eventEntry is an event in memory. One that can not be read has odd set.
type eventEntry struct {
	raw   []byte
	event Event
	odd   bool
}

func readEvent(raw []byte) eventEntry {
	var m eventMap
	if err := decoding.Unmarshal(raw, &m); err != nil {
		return eventEntry{raw: raw, odd: true}
	}
	return eventEntry{raw: raw, event: Event{
		At: fromMillis(m.At), Kind: EventKind(m.Kind), Subject: m.Subject, Account: m.Account, IP: m.IP,
		Place: m.Place, Device: m.Device, Request: m.Request, Detail: m.Detail,
	}}
}

func newEvent(e Event) (eventEntry, error) {
	raw, err := encoding.Marshal(eventMap{
		At: toMillis(e.At), Kind: string(e.Kind), Subject: e.Subject, Account: e.Account, IP: e.IP,
		Place: e.Place, Device: e.Device, Request: e.Request, Detail: e.Detail,
	})
	if err != nil {
		return eventEntry{}, fmt.Errorf("store event: %w", err)
	}
	stored := readEvent(raw)
	if stored.odd {
		return eventEntry{}, errors.New("store event: its text is not UTF-8")
	}
	return stored, nil
}
