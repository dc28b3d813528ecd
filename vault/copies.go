package vault

// This file checks the vault's file and its older copies: whether they are whole,
// and whether they open.

import (
	"errors"
	"fmt"
	"time"
)

// Copy is what was found of a vault file or an older copy of it.
type Copy struct {
	File     string
	Saved    time.Time
	Size     int64 // bytes
	Err      error // why it would not do; nil when it is whole
	Opened   bool  // it was decrypted, and what follows is known
	Epoch    uint64
	Accounts int
	Devices  int
	Odd      int // entries that this version can not read; they are kept
}

// CheckCopies looks at the vault file at p and at every generation: whether each
// is there whole. It needs no credential and so can not tell whether they open.
func CheckCopies(p Place) ([]Copy, error) {
	st, err := locate(p)
	if err != nil {
		return nil, fmt.Errorf("check copies: %w", err)
	}
	return st.checkCopies(nil), nil
}

// CheckCopies decrypts the vault file and every generation.
func (v *Vault) CheckCopies() ([]Copy, error) {
	keys, _, _, err := v.keep()
	if err != nil {
		return nil, fmt.Errorf("check copies: %w", err)
	}
	defer keys.wipe()
	return v.site.checkCopies(&keys), nil
}

func (st *site) checkCopies(k *sessionKeys) []Copy {
	list := []Copy{checkCopy(st.present(), k)}
	for _, g := range st.generations() {
		list = append(list, checkCopy(g, k))
	}
	return list
}

// checkCopy looks at one file, and decrypts it where k is given.
func checkCopy(g Generation, k *sessionKeys) Copy {
	c := Copy{File: g.File, Saved: g.Saved, Size: g.Size}
	data, err := readVaultFile(g.File)
	if err != nil {
		c.Err = err
		return c
	}
	f, err := parseFrame(data)
	if err != nil {
		c.Err = named(err, g.File)
		return c
	}
	if k != nil {
		c.decrypt(f, *k)
	}
	return c
}

// decrypt fills in what only the keys tell.
func (c *Copy) decrypt(f *frame, k sessionKeys) {
	if !f.authentic(k) {
		c.Err = errors.New("it has other keys, from before a change of PIN or of another vault")
		return
	}
	held, err := f.unseal(k)
	if err != nil {
		c.Err = named(err, c.File)
		return
	}
	defer held.wipe(nil)
	c.Opened, c.Epoch = true, held.epoch
	c.Accounts, c.Devices, c.Odd = len(held.accounts), len(held.devices), held.odd()
}

// odd counts the entries that this version can not read.
func (c *contents) odd() int {
	n := 0
	for i := range c.accounts {
		if c.accounts[i].shown.Odd != "" {
			n++
		}
	}
	for i := range c.devices {
		if c.devices[i].shown.Odd != "" {
			n++
		}
	}
	return n
}

// Drill proves that a copy of the vault opens with what the person has: it opens
// file, or the newest generation when file is "", with c, and changes nothing but
// the count of wrong PINs. Errors: ErrNoCopy, those of Open; *DamagedError names
// the copy.
func Drill(p Place, file string, c Credential) (Copy, error) {
	found, err := drill(p, file, c)
	if err != nil {
		return found, fmt.Errorf("open the copy: %w", err)
	}
	return found, nil
}

func drill(p Place, file string, c Credential) (Copy, error) {
	st, err := locate(p)
	if err != nil {
		return Copy{}, err
	}
	var g Generation
	if file == "" {
		list := st.generations()
		if len(list) == 0 {
			return Copy{}, ErrNoCopy
		}
		g = list[0]
	} else if g, err = generationAt(file); err != nil {
		return Copy{}, err
	}
	found := checkCopy(g, nil)
	if found.Err != nil {
		return found, found.Err
	}
	data, err := readVaultFile(g.File)
	if err != nil {
		return found, err
	}
	f, err := parseFrame(data)
	if err != nil {
		return found, named(err, g.File)
	}
	o, vmk, _, err := st.unlock(f, c)
	if err != nil {
		return found, err
	}
	defer o.wipe()
	defer clear(vmk)
	keys := newSessionKeys(vmk, f.vaultID)
	defer keys.wipe()
	found.decrypt(f, keys)
	return found, found.Err
}

// named puts the file's name into a *DamagedError.
func named(err error, file string) error {
	if d, ok := errors.AsType[*DamagedError](err); ok {
		d.File = file
	}
	return err
}
