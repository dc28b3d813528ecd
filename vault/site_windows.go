package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// openNoFollow opens a file for reading that is no symbolic link.
func openNoFollow(name string) (*os.File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("%s is a symbolic link", name)
	}
	var f *os.File
	err = patiently(func() error {
		f, err = os.Open(name)
		return err
	})
	return f, err
}

// checkDir refuses what is no directory. The access lists of Windows are
// inherited from the profile directory, which keeps other people out.
func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	return nil
}
