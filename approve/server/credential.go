package server

// Where the server's key comes from: a credential of systemd, a file that the
// configuration names, or the data directory.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// KeyCredential is the name of the credential that holds the server's key.
const KeyCredential = "nod-server.key"

// ReadKey returns the text of the server's key: that of the credential in
// directory credentials ($CREDENTIALS_DIRECTORY, may be empty) when there is one,
// else that of file. The file must be its owner's alone.
func ReadKey(credentials, file string) ([]byte, error) {
	if credentials != "" {
		text, err := os.ReadFile(filepath.Join(credentials, KeyCredential))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return text, wrap("read server key", err)
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read server key: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read server key: others may read %s: chmod 600 it", file)
	}
	text, err := os.ReadFile(file)
	return text, wrap("read server key", err)
}

// MakeKey makes a new server key in file, which must not exist.
func MakeKey(file string) error {
	_, err := makeKey(file)
	return wrap("make server key", err)
}

func wrap(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", operation, err)
}
