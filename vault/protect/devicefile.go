package protect

// This file keeps the device file: random bytes that belong to one machine.

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// deviceKeyLen is the length of the device file in bytes.
const deviceKeyLen = 32

// Device is the device file of a state directory.
type Device struct{ Dir string }

// Part returns DeviceFile.
func (d Device) Part() Part { return DeviceFile }

// Ready returns nil: the file is made when it is needed.
func (d Device) Ready() error { return nil }

// Seal returns the device key, and makes it when there is none: one for all slots.
func (d Device) Seal(SlotID, []byte) (secret, blob []byte, err error) {
	secret, err = d.Make()
	return secret, nil, err
}

// Open returns the device key.
func (d Device) Open(SlotID, []byte, []byte) ([]byte, error) { return d.Secret() }

// Forget does nothing: the device key is that of all slots.
func (d Device) Forget(SlotID) error { return nil }

// File returns the path of the device file.
func (d Device) File() string { return filepath.Join(d.Dir, "device.key") }

// DeviceFileError says that the device file is damaged: it is not a file of 32
// bytes. It is never replaced, because nothing else holds what it should hold;
// once the person has moved it away, another is made.
type DeviceFileError struct{ File string }

func (e *DeviceFileError) Error() string {
	return fmt.Sprintf("%s is not a file of %d bytes", e.File, deviceKeyLen)
}

// Secret reads the device file. Errors: ErrAbsent, *DeviceFileError.
func (d Device) Secret() ([]byte, error) {
	info, err := os.Lstat(d.File())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read device key %s: %w", d.File(), ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("read device key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() != deviceKeyLen {
		return nil, fmt.Errorf("read device key: %w", &DeviceFileError{d.File()})
	}
	key, err := os.ReadFile(d.File())
	if err != nil {
		return nil, fmt.Errorf("read device key: %w", err)
	}
	if len(key) != deviceKeyLen {
		return nil, fmt.Errorf("read device key: %w", &DeviceFileError{d.File()})
	}
	return key, nil
}

// Make returns the device key and creates its file, once, when there is none.
// The file appears complete or not at all: two processes that make it at the
// same time get the same key.
func (d Device) Make() ([]byte, error) {
	key, err := d.Secret()
	if !errors.Is(err, ErrAbsent) {
		return key, err
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create device key: %w", err)
	}
	fresh := make([]byte, deviceKeyLen)
	rand.Read(fresh)
	defer clear(fresh)
	temp := d.File() + ".tmp-" + rand.Text()
	defer os.Remove(temp)
	if err := writeNew(temp, fresh); err != nil {
		return nil, fmt.Errorf("create device key: %w", err)
	}
	if err := publish(temp, d.File()); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create device key: %w", err)
	}
	if err := syncDir(d.Dir); err != nil {
		return nil, fmt.Errorf("create device key: %w", err)
	}
	return d.Secret()
}

// writeNew writes a file that must not exist yet, down to the disk.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// publish gives temp its final name unless that is taken. A file system without
// hard links gets a file made under the final name.
func publish(temp, name string) error {
	err := os.Link(temp, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	data, err := os.ReadFile(temp)
	if err != nil {
		return err
	}
	defer clear(data)
	return writeNew(name, data)
}
