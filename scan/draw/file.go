package draw

// This file: a code in a file, for its owner only.

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

var (
	// ErrFormat says that a file's name does not tell the format.
	ErrFormat = errors.New("write QR code: the name must end in .png or .svg")
	// ErrExists says that there is a file of that name already.
	ErrExists = errors.New("write QR code: there is such a file already")
	// ErrNoFile says that a name belongs to something that is no file: a link, a
	// folder, a device.
	ErrNoFile = errors.New("write QR code: this is a link, a folder or a device, not a file")
)

// CheckName tells whether WriteFile would take a name, so that nobody types a PIN
// in vain. Errors: ErrFormat, ErrExists, ErrNoFile.
func CheckName(name string, replace bool) error {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png", ".svg":
	default:
		return ErrFormat
	}
	info, err := os.Lstat(name)
	switch {
	case err != nil:
		return nil // not there; any other trouble shows when it is written
	case !info.Mode().IsRegular():
		return ErrNoFile
	case !replace:
		return ErrExists
	}
	return nil
}

// WriteFile writes text as a QR code to a PNG or SVG file that only its owner may
// read. It follows no link, and replaces a file only when told to, and then as a
// whole. Errors: those of CheckName, ErrTooLong, those of the system.
func WriteFile(name, text string, replace bool) error {
	if err := CheckName(name, replace); err != nil {
		return err
	}
	data, err := encoded(name, text)
	if err != nil {
		return err
	}
	if !replace {
		err := writeNew(name, data)
		if errors.Is(err, fs.ErrExist) { // it came just now
			return ErrExists
		}
		return failed(err)
	}
	temp := filepath.Join(filepath.Dir(name), ".nod-qr-"+rand.Text())
	if err := writeNew(temp, data); err != nil {
		return failed(err)
	}
	if err := os.Rename(temp, name); err != nil {
		return failed(errors.Join(err, os.Remove(temp)))
	}
	return nil
}

// encoded draws text in the format that name tells.
func encoded(name, text string) ([]byte, error) {
	c, err := Sturdy(text)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(filepath.Ext(name), ".svg") {
		return c.SVG(), nil
	}
	return c.PNG(0)
}

// writeNew writes a file that must not exist yet. What fails half way is removed:
// half a picture with a secret is good for nobody.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

func failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write QR code: %w", err)
}
