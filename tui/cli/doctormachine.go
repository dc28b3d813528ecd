package cli

// This file: what `nod doctor` looks at outside the vault: who may read and write
// its files, what broken saves left, memory, disk.

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"nod/vault"
	"nod/vault/memory"
)

// checkModes sees that the person alone can read and write the files.
func (d *doctor) checkModes() {
	before := len(d.findings)
	for _, dir := range []string{filepath.Dir(d.place.File), d.place.State} {
		d.checkMode(dir)
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			ours := dir == d.place.State || strings.HasPrefix(e.Name(), filepath.Base(d.place.File))
			if ours && e.Type().IsRegular() {
				d.checkMode(filepath.Join(dir, e.Name()))
			}
		}
	}
	if len(d.findings) == before {
		d.add(levelOK, "", "the files are yours alone")
	}
}

// checkMode looks at one file or directory. One that is not there is fine.
func (d *doctor) checkMode(name string) {
	info, err := os.Stat(name)
	if err != nil {
		return
	}
	read, write, foreign := others(info)
	switch {
	case foreign:
		d.add(levelFail, "sudo chown $USER "+d.shellPath(name), "%s belongs to another user", name)
	case info.IsDir() && write:
		d.add(levelFail, "chmod go-w "+d.shellPath(name), "others may write in %s", name)
	case info.IsDir() && read && name == d.place.State:
		d.add(levelWarn, "chmod 700 "+d.shellPath(name), "others may look into %s", name)
	case !info.IsDir() && (read || write):
		d.add(levelFail, "chmod 600 "+d.shellPath(name), "others may %s %s", may(read, write), name)
	}
}

// shellPath writes a path for a shell, which reads ~ only without quotes.
func (d *doctor) shellPath(name string) string {
	if quoted := shellWord(name); quoted != name {
		return "-- " + quoted
	}
	return name
}

func may(read, write bool) string {
	switch {
	case read && write:
		return "read and write"
	case write:
		return "write"
	}
	return "read"
}

// staleAfter is the age from which a temporary file is no save under way.
const staleAfter = time.Minute

// checkLeftovers looks for what broken saves left, and for old vaults.
func (d *doctor) checkLeftovers() {
	for _, name := range append(beside(d.place, ".tmp-"), d.stateTemps()...) {
		if info, err := os.Lstat(name); err == nil && d.env.Now().Sub(info.ModTime()) > staleAfter {
			fix := "the next change removes it"
			if filepath.Dir(name) == d.place.State {
				fix = "rm " + d.shellPath(name)
			}
			d.add(levelWarn, fix, "a broken save left %s", name)
		}
	}
	for _, name := range setAside(d.place) {
		d.add(levelWarn, "rm "+d.shellPath(name)+", when you need nothing of it", "%s is a vault that was set aside; the PIN of its time opens it", name)
	}
}

// stateTemps lists temporary files in the state directory.
func (d *doctor) stateTemps() (list []string) {
	entries, err := os.ReadDir(d.place.State)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") || strings.Contains(e.Name(), ".tmp-") {
			list = append(list, filepath.Join(d.place.State, e.Name()))
		}
	}
	return list
}

// checkMemory tells whether keys can leave this process by swap or core dumps.
func (d *doctor) checkMemory() {
	if locked, why := memory.Locked(); locked {
		d.add(levelOK, "", "keys stay in memory and are never swapped out")
	} else {
		d.add(levelWarn, "", "keys may be swapped out: %s", why)
	}
	for _, err := range d.refused {
		d.add(levelWarn, "", "the system did not shut this process off: %s", err)
	}
	if len(d.refused) == 0 && d.env.Harden != nil {
		d.add(levelOK, "", "no core dumps, and other programs can not read this one's memory as far as this system can forbid it")
	}
}

// roomWanted is free disk space, in bytes, under which saves may soon fail.
const roomWanted = 16 << 20

// checkDisk sees that the vault can be saved.
func (d *doctor) checkDisk() {
	dir := filepath.Dir(d.place.File)
	free, err := freeSpace(dir)
	if err != nil {
		return // the directory is not there yet, or the system does not tell
	}
	size := int64(1 << 20)
	if s, err := vault.Inspect(d.place); err == nil {
		size = s.Size
	}
	switch {
	case free < uint64(2*size):
		d.add(levelFail, "delete something", "the disk of %s is full: no change of the vault can be saved", dir)
	case free < roomWanted:
		d.add(levelWarn, "delete something", "the disk of %s has only %d MiB left", dir, free>>20)
	default:
		d.add(levelOK, "", "there is room on the disk")
	}
}
