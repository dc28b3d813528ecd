//go:build !windows

package vault

import "os"

// isDiskFull reports the full disks that are not ENOSPC or EDQUOT.
func isDiskFull(error) bool { return false }

// syncDir makes the names in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// readFile is os.ReadFile; nobody else's use of the file is in its way.
func readFile(name string) ([]byte, error) { return os.ReadFile(name) }

// rename puts a file in another's place in one step, whoever reads that.
func rename(from, to string) error { return os.Rename(from, to) }
