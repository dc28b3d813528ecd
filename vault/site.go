package vault

// This file knows where the files of a vault are and whether they are safe there.

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"nod/vault/protect"
)

// Place says where a vault lives on this machine.
type Place struct {
	// File is the vault file. Beside it stand its lock file and generations.
	File string
	// State is the directory of what belongs to this machine and must not
	// travel with the file: the device key, the count of wrong PINs and the
	// newest epoch seen. It must not be the directory of File.
	State string
	// Host says what of this machine may protect a PIN. The zero Host has the
	// device key and the machine id.
	Host protect.Host
	// Ended, once closed, ends the waiting for other processes early, as if they
	// had held the vault for too long: *BusyError. nil never ends it.
	Ended <-chan struct{}
}

// site is a Place with its symbolic links followed, once.
type site struct {
	place Place
	file  string
}

// locate resolves p and checks that others can not write there. The vault file
// need not exist; a symbolic link must lead to a file.
func locate(p Place) (*site, error) {
	if p.File == "" || p.State == "" {
		return nil, errors.New("the places of the vault and its state are not given")
	}
	st := &site{place: p, file: p.File}
	if info, err := os.Lstat(p.File); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if st.file, err = filepath.EvalSymlinks(p.File); err != nil {
			return nil, fmt.Errorf("%w: the link %s leads nowhere", ErrNoVault, p.File)
		}
	}
	if err := checkDir(st.dir()); err != nil {
		return nil, err
	}
	if err := checkDir(p.State); err != nil {
		return nil, err
	}
	if sameDir(st.dir(), p.State) {
		return nil, fmt.Errorf("the directory %s must not hold both the vault and its device key: "+
			"whoever copies it could try every PIN", p.State)
	}
	return st, nil
}

// dir returns the directory of the vault file.
func (st *site) dir() string { return filepath.Dir(st.file) }

// lockFile returns the path of the lock.
func (st *site) lockFile() string { return st.file + ".lock" }

// tempPrefix begins the names of saves under way.
func (st *site) tempPrefix() string { return st.file + ".tmp-" }

// record returns the path of a record of this machine about a vault.
func (st *site) record(vaultID [idLen]byte, kind string) string {
	return filepath.Join(st.place.State, hex.EncodeToString(vaultID[:])+"."+kind)
}

// device returns the device file.
func (st *site) device() protect.Device { return protect.Device{Dir: st.place.State} }

// read returns the bytes of the vault file. Errors: ErrNoVault, *DamagedError
// for a file that is too large to be one.
func (st *site) read() ([]byte, error) { return readVaultFile(st.file) }

func readVaultFile(name string) ([]byte, error) {
	f, err := openNoFollow(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoVault, name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const largest = maxHeader + nonceLen + maxPadded + tagLen + digestLen
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	if info.Size() > largest {
		return nil, damaged("file", largest)
	}
	data := make([]byte, info.Size())
	n, err := io.ReadFull(f, data)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // it became shorter, or is empty: what is there will not parse
	}
	return data[:n], err
}

// peekID returns the vault id of the file, whatever else is in it.
func (st *site) peekID() (id [idLen]byte) {
	f, err := openNoFollow(st.file)
	if err != nil {
		return id
	}
	defer f.Close()
	if _, err := f.ReadAt(id[:], offVaultID); err != nil {
		return [idLen]byte{}
	}
	return id
}

// missingFile is what is wrong where older copies stand without a vault file.
const missingFile = "missing file"

// load reads and parses the vault file. Errors: ErrNoVault, ErrNewer, and
// *DamagedError with the names of the file and the newest good generation; the
// latter also when the file is gone but generations are there.
func (st *site) load() (*frame, error) {
	data, err := st.read()
	if errors.Is(err, ErrNoVault) && len(st.generations()) > 0 {
		// Not a place for a new vault: the old one's copies would go with its saves.
		err = &DamagedError{What: missingFile, Offset: -1}
	}
	if err != nil {
		return nil, st.explain(err)
	}
	f, err := parseFrame(data)
	if err != nil {
		return nil, st.explain(err)
	}
	return f, nil
}

// explain completes a *DamagedError in err.
func (st *site) explain(err error) error {
	if d, ok := errors.AsType[*DamagedError](err); ok {
		d.File = st.file
		for _, g := range st.generations() {
			if data, err := readVaultFile(g.File); err == nil {
				if _, err := parseFrame(data); err == nil {
					d.Backup = g.File
					break
				}
			}
		}
	}
	return err
}

// Generation is an older copy of the vault file.
type Generation struct {
	File  string
	Saved time.Time
	Size  int64
}

// present returns the vault file as a Generation; its times are zero when it is
// not there.
func (st *site) present() Generation {
	g, err := generationAt(st.file)
	if err != nil {
		return Generation{File: st.file}
	}
	return g
}

// generations lists the older copies, newest first.
func (st *site) generations() []Generation {
	var list []Generation
	for n := 1; n <= keptGenerations; n++ {
		if g, err := generationAt(st.generation(n)); err == nil {
			list = append(list, g)
		}
	}
	return list
}

// generationAt describes the file of that name.
func generationAt(name string) (Generation, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return Generation{}, err
	}
	if !info.Mode().IsRegular() {
		return Generation{}, fmt.Errorf("%s is not a regular file", name)
	}
	return Generation{File: name, Saved: info.ModTime(), Size: info.Size()}, nil
}

// generation returns the path of older copy n, 1 being the newest.
func (st *site) generation(n int) string { return st.file + ".bak-" + strconv.Itoa(n) }

// stale lists what crashed saves left behind.
func (st *site) stale() ([]string, error) {
	entries, err := os.ReadDir(st.dir())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := filepath.Join(st.dir(), e.Name())
		if strings.HasPrefix(name, st.tempPrefix()) {
			names = append(names, name)
		}
	}
	return names, nil
}

// sameDir reports whether a and b are one directory.
func sameDir(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	return os.SameFile(ia, ib)
}
