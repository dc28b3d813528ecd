package vault

// This file opens vaults.

import "fmt"

// Open unlocks the vault at p with c. The caller closes the vault.
// Errors: ErrNoVault, *PINError, *WaitError, ErrPINDisabled, ErrNoSlot,
// *DamagedError, ErrNewer, ErrOtherMachine, ErrUnready, ErrRollback.
func Open(p Place, c Credential) (*Vault, error) {
	v, err := open(p, c, openOptions{})
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	return v, nil
}

// AcceptRollback unlocks a vault file that Open refuses with ErrRollback, and
// makes it the newest state again. HOTP counters may be behind then. Errors:
// those of Open and of saving.
func AcceptRollback(p Place, c Credential) (*Vault, error) {
	v, err := open(p, c, openOptions{anyAge: true})
	if err != nil {
		return nil, fmt.Errorf("open older vault: %w", err)
	}
	newest := v.site.readSeen(v.vaultID).epoch
	err = v.change(func(n *contents) error {
		n.epoch = max(n.epoch, newest)
		return nil
	})
	if err != nil {
		v.Close()
		return nil, fmt.Errorf("open older vault: %w", err)
	}
	return v, nil
}

// openOptions are what differs between the ways to open a vault.
type openOptions struct {
	anyAge  bool        // also a file that is older than the newest seen
	session *sessionPIN // try the PIN on this one, and keep it
}

func open(p Place, c Credential, how openOptions) (*Vault, error) {
	st, err := locate(p)
	if err != nil {
		return nil, err
	}
	// The record is read before the file that is used: were it the other way
	// round, a save in between would make a good file look old.
	newest := st.readSeen(st.peekID())
	f, err := st.load()
	if err != nil {
		return nil, err
	}
	o, vmk, wrong, err := st.unlockEither(f, c, how.session)
	if err != nil {
		return nil, err
	}
	o.wipe()
	defer clear(vmk)
	v := &Vault{site: st, vaultID: f.vaultID, keys: newSessionKeys(vmk, f.vaultID), session: how.session}
	held, err := f.unseal(v.keys)
	if err != nil {
		v.keys.wipe()
		return nil, st.explain(err)
	}
	if err := newest.check(held.epoch, f.identity()); err != nil && !how.anyAge {
		v.keys.wipe()
		held.wipe(nil)
		return nil, err
	}
	v.publish(f, held)
	v.afterOpening(newest, wrong)
	return v, nil
}

// afterOpening records what opening has shown. It does so as well as it can: a
// full disk or a busy lock must not keep a person from the codes.
func (v *Vault) afterOpening(newest seen, wrong int) {
	if wrong > 0 {
		_ = v.Note(Event{Kind: EventWrongPIN, Detail: count(wrong, "wrong PIN") + " before the right one"})
		return
	}
	if v.contents.epoch <= newest.epoch {
		return
	}
	if l, err := lock(v.site.lockFile(), lockPatience, v.site.place.Ended); err == nil {
		defer l.unlock()
		if v.site.readSeen(v.vaultID).epoch < v.contents.epoch {
			_ = v.site.writeSeen(v.vaultID, seen{v.contents.epoch, v.saved.identity()})
		}
	}
}
