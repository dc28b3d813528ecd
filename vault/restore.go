package vault

// This file puts an older copy in the vault's place, after an accident.

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"
)

// Copies lists the older copies that are kept beside the vault at p, newest
// first, whether the vault itself is there and whole or not.
func Copies(p Place) ([]Generation, error) {
	st, err := locate(p)
	if err != nil {
		return nil, fmt.Errorf("list copies: %w", err)
	}
	return st.generations(), nil
}

// Restore puts the file named from, a copy of the vault, in the vault's place
// and opens it with c as the newest state; HOTP counters may be behind then.
// What stood there stays beside it under the name kept ("" when there was
// nothing, or the same). from may be the vault file itself: that accepts a file
// that Open refuses with ErrRollback. The caller closes the vault.
// Errors: ErrOtherVault, those of Open and of saving.
func Restore(p Place, from string, c Credential) (v *Vault, kept string, err error) {
	if kept, err = restore(p, from, c); err != nil {
		return nil, "", fmt.Errorf("restore vault: %w", err)
	}
	v, err = AcceptRollback(p, c)
	return v, kept, err
}

func restore(p Place, from string, c Credential) (kept string, err error) {
	st, err := locate(p)
	if err != nil {
		return "", err
	}
	data, err := readVaultFile(from)
	if err != nil {
		return "", err
	}
	f, err := parseFrame(data)
	if err != nil {
		if d, ok := errors.AsType[*DamagedError](err); ok {
			d.File = from
		}
		return "", err
	}
	if present, err := st.load(); err == nil && present.vaultID != f.vaultID {
		return "", ErrOtherVault
	}
	if err := st.opens(f, c); err != nil { // before it takes any place
		return "", err
	}
	l, err := lock(st.lockFile(), lockPatience, st.place.Ended)
	if err != nil {
		return "", err
	}
	defer l.unlock()
	if present, err := st.read(); err == nil && bytes.Equal(present, data) {
		return "", nil
	}
	if kept, err = st.setAside(); err != nil {
		return "", err
	}
	return kept, st.replace(data, parses, false)
}

// opens checks that c opens f and that its payload is whole.
func (st *site) opens(f *frame, c Credential) error {
	o, vmk, _, err := st.unlock(f, c)
	if err != nil {
		return err
	}
	o.wipe()
	keys := newSessionKeys(vmk, f.vaultID)
	defer keys.wipe()
	clear(vmk)
	held, err := f.unseal(keys)
	if err != nil {
		return st.explain(err)
	}
	held.wipe(nil)
	return nil
}

// setAside gives the present vault file a second name that no save uses, or its
// only one where there are no hard links. It returns "" when there is no file.
func (st *site) setAside() (string, error) {
	if _, err := os.Lstat(st.file); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	base := st.file + ".replaced-" + time.Now().UTC().Format("20060102-150405")
	kept := base
	for n := 2; ; n++ {
		if _, err := os.Lstat(kept); errors.Is(err, os.ErrNotExist) {
			break
		}
		kept = fmt.Sprintf("%s-%d", base, n)
	}
	if os.Link(st.file, kept) == nil {
		return kept, nil
	}
	if err := rename(st.file, kept); err != nil {
		return "", fmt.Errorf("keep what stands in the vault's place: %w", err)
	}
	return kept, nil
}
