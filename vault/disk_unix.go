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
