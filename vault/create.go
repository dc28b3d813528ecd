package vault

// This file makes new vaults.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"nod/vault/memory"
	"nod/vault/protect"
)

// Options are the choices made once, when a vault is created.
type Options struct {
	// PIN and Passphrase open the vault; at least one is given.
	PIN, Passphrase []byte
	// Protect says where the second half of the PIN's key is kept; "" means the
	// best that is ready on this machine.
	Protect protect.Kind
	// Cost is the price of one guess; the zero Cost means Calibrate().
	Cost Cost
}

// Create makes a new vault at p and returns it unlocked, with the recovery
// code, which is stored nowhere and must be shown to the person now.
// Errors: ErrExists, *DamagedError (the vault's file is gone, its older copies
// are not), *PINFormatError, *WeakPINError, *WeakPassphraseError, those of saving.
func Create(p Place, o Options) (v *Vault, recoveryCode string, err error) {
	memory.Do(func() { v, recoveryCode, err = create(p, o) })
	if err != nil {
		return nil, "", fmt.Errorf("create vault: %w", err)
	}
	return v, recoveryCode, nil
}

func create(p Place, o Options) (*Vault, string, error) {
	creds, err := o.credentials()
	if err != nil {
		return nil, "", err
	}
	st, err := prepare(p)
	if err != nil {
		return nil, "", err
	}
	l, err := lock(st.lockFile(), lockPatience, st.place.Ended)
	if err != nil {
		return nil, "", err
	}
	defer l.unlock()
	if _, err := os.Lstat(st.file); err == nil {
		return nil, "", ErrExists
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	if len(st.generations()) > 0 {
		return nil, "", st.explain(&DamagedError{What: missingFile, Offset: -1})
	}
	master := newMasterKeys()
	defer master.wipe()
	id := [idLen]byte(randomBytes(idLen))
	f, held, code, err := st.newFrame(id, creds, o, master)
	if err != nil {
		st.forgetParts(&frame{vaultID: id})
		return nil, "", err
	}
	v := &Vault{site: st, vaultID: f.vaultID, keys: newSessionKeys(master.vmk, f.vaultID)}
	padded, err := f.seal(held, v.keys)
	if err != nil {
		return nil, "", err
	}
	defer clear(padded)
	if err := st.replace(f.marshal(), decrypts(v.keys, padded), false); err != nil {
		v.keys.wipe()
		st.forgetFailed(&frame{vaultID: id})
		return nil, "", err
	}
	v.saveDone(f, held)
	_ = v.startGiven() // without it the first fresh code is the next one
	return v, code, nil
}

// newFrame seals master to the slots of creds and of a fresh recovery code.
func (st *site) newFrame(id [idLen]byte, creds []Credential, o Options, master masterKeys) (*frame, *contents, string, error) {
	r := &rekeying{site: st, cost: o.Cost, master: master.clone(), file: &frame{vaultID: id}}
	defer r.wipe()
	if r.cost == (Cost{}) {
		r.cost = Calibrate()
	}
	for _, c := range creds {
		k := o.Protect
		if c.kind == SlotPIN {
			var err error
			if k, err = st.chooseKind(k, ""); err != nil {
				return nil, nil, "", err
			}
		}
		if err := r.add(c, k, nil); err != nil {
			return nil, nil, "", err
		}
	}
	code, err := r.addRecovery(nil)
	if err != nil {
		return nil, nil, "", err
	}
	held := &contents{epoch: 1}
	return r.file, held, code, r.seal(held)
}

// chooseKind returns k, or the best kind of this machine when k is "": never one
// that is worse than now, what protects the PIN already, while that is ready.
func (st *site) chooseKind(k, now protect.Kind) (protect.Kind, error) {
	list := protectors(st.place)
	if k == "" {
		k, _ = protect.Best(list)
		if now != "" && k.Weaker(now) && now.Ready(list) == nil {
			k = now
		}
	}
	if !slices.Contains(protect.Kinds, k) {
		return k, fmt.Errorf("a PIN's second half can be kept by %v, not by %q", protect.Kinds, string(k))
	}
	if err := k.Ready(list); err != nil {
		return k, fmt.Errorf("protect the PIN by %s: %w", k, err)
	}
	return k, nil
}

// credentials checks the PIN and the passphrase.
func (o Options) credentials() ([]Credential, error) {
	var creds []Credential
	if o.PIN != nil {
		if err := CheckPIN(o.PIN); err != nil {
			return nil, err
		}
		creds = append(creds, PIN(o.PIN))
	}
	if o.Passphrase != nil {
		if err := CheckPassphrase(o.Passphrase); err != nil {
			return nil, err
		}
		creds = append(creds, Passphrase(o.Passphrase))
	}
	if len(creds) == 0 {
		return nil, errors.New("a vault needs a PIN or a passphrase")
	}
	return creds, nil
}

// prepare makes the directories of a new vault, for the owner alone.
func prepare(p Place) (*site, error) {
	if _, err := os.Lstat(p.File); err == nil {
		return nil, ErrExists
	}
	st, err := locate(p)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{st.dir(), p.State} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, diskError(err)
		}
	}
	return locate(p)
}
