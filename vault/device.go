package vault

// This file is what can be done with paired devices.

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Device is this vault's part of a pairing with one server.
type Device struct {
	ID        string // "d-" and 6 Crockford letters, of this vault
	Driver    string // "native"
	Server    string // origin: scheme://host[:port]
	App       string // display name that the server gave: "RMS"
	Account   string // ana@demo.test
	Name      string // this device's name at the server
	RemoteID  string // the server's id of this device
	ServerKey []byte // the server's public key
	Words     []string
	State     DeviceState
	Paired    time.Time
	Memory    map[string]string // the driver's own small facts; no secrets
	Odd       string            // why this version can not read the stored entry; it is kept as it is
}

// DeviceState tells whether a pairing is in force.
type DeviceState string

// The states of a pairing.
const (
	DevicePending DeviceState = "pending" // waits for confirmation at the site
	DeviceActive  DeviceState = "active"
	DeviceRevoked DeviceState = "revoked" // the server no longer knows it
)

// Devices returns all pairings, oldest first.
func (v *Vault) Devices() []Device {
	v.mu.RLock()
	defer v.mu.RUnlock()
	list := make([]Device, 0, len(v.contents.devices))
	for _, d := range v.contents.devices {
		list = append(list, d.shown.clone())
	}
	return list
}

// Device returns one pairing, or ErrNotFound.
func (v *Vault) Device(id string) (Device, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return Device{}, ErrLocked
	}
	i, err := v.contents.device(id)
	if err != nil {
		return Device{}, err
	}
	return v.contents.devices[i].shown.clone(), nil
}

// clone returns a device that the caller may change.
func (d Device) clone() Device {
	d.ServerKey, d.Words, d.Memory = slices.Clone(d.ServerKey), slices.Clone(d.Words), maps.Clone(d.Memory)
	return d
}

// device returns the place of device id in the list.
func (c *contents) device(id string) (int, error) {
	for i := range c.devices {
		if c.devices[i].shown.ID == id {
			return i, nil
		}
	}
	return 0, fmt.Errorf("device %s: %w", id, ErrNotFound)
}

// AddDevice stores d with its keys, sealing the approval key, and wipes k.
// d.ID and d.Paired are given by the vault; the caller notes the event.
func (v *Vault) AddDevice(d Device, k *Keys) (Device, error) {
	defer k.Wipe()
	var added Device
	err := v.changeWithFile(func(f *frame, c *contents) error {
		transport, approval, err := k.seeds()
		if err != nil {
			return err
		}
		defer clear(transport)
		defer clear(approval)
		m := deviceMap{
			ID:     newID("d-", func(id string) bool { _, err := c.device(id); return err == nil }),
			Paired: toMillis(time.Now()), Transport: transport, ApprovalKey: k.Approval().Public(), Secret: k.secret.Bytes(),
		}
		m.setDevice(d)
		m.ApprovalSeed, err = sealTo(f.approvals[:], approvalInfo(f.vaultID, m.ID), approval)
		if err != nil {
			return fmt.Errorf("seal approval key: %w", err)
		}
		e, err := m.entry()
		if err != nil {
			return err
		}
		c.devices = append(c.devices, e)
		added = e.shown.clone()
		return nil
	})
	if err != nil {
		return Device{}, fmt.Errorf("add device: %w", err)
	}
	return added, nil
}

// EditDevice changes Name, App, Account, State and Memory of a pairing. change
// must not call methods of v.
func (v *Vault) EditDevice(id string, change func(*Device)) (Device, error) {
	var edited Device
	err := v.change(func(c *contents) error {
		e, err := c.editDevice(id, func(m *deviceMap) {
			wanted := m.device().clone()
			change(&wanted)
			m.Name, m.App, m.Account = wanted.Name, wanted.App, wanted.Account
			m.State, m.Memory = string(wanted.State), wanted.Memory
		})
		edited = e.shown.clone()
		return err
	})
	if err != nil {
		return Device{}, fmt.Errorf("edit device: %w", err)
	}
	return edited, nil
}

// editDevice changes the stored form of a device.
func (c *contents) editDevice(id string, change func(*deviceMap)) (deviceEntry, error) {
	i, err := c.device(id)
	if err != nil {
		return deviceEntry{}, err
	}
	m, err := decodeDevice(c.devices[i].raw)
	if err != nil {
		return deviceEntry{}, errors.New("this version can not read that pairing")
	}
	defer m.wipe()
	change(&m)
	e, err := m.entry()
	if err != nil {
		return deviceEntry{}, err
	}
	c.devices[i] = e
	return e, nil
}

// RemoveDevice deletes a pairing with its keys and its fallback accounts; the
// caller notes the event.
func (v *Vault) RemoveDevice(id string) error {
	err := v.change(func(c *contents) error {
		i, err := c.device(id)
		if err != nil {
			return err
		}
		c.devices = slices.Delete(c.devices, i, i+1)
		c.accounts = slices.DeleteFunc(c.accounts, func(a accountEntry) bool {
			return a.shown.Device == id
		})
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove device: %w", err)
	}
	return nil
}
