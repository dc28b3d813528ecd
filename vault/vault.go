// Package vault keeps a person's accounts, paired devices and history in one
// encrypted file, opened by a PIN, a passphrase or the recovery code. It hands
// out codes and signatures, never secrets, and knows nothing of networks,
// screens or servers.
//
// The bytes of the file are specified in format.go. There are two compartments:
// codes (open while the vault is unlocked) and approvals (the keys that can say
// yes to a login; opened by the credential for one signature at a time).
package vault

import (
	"fmt"
	"sync"
)

// Vault is an unlocked vault. Its methods may be called from several
// goroutines, and several processes may have the same file unlocked: each
// change is made to the newest saved state, under the lock.
type Vault struct {
	site    *site
	vaultID [idLen]byte

	saving sync.Mutex // one change at a time; taken before mu

	mu       sync.RWMutex // guards what follows
	closed   bool
	keys     sessionKeys
	saved    *frame // as last read or written; its MAC names the state
	contents *contents
	shown    []Account // of contents
}

// Open unlocks the vault at p with c. The caller closes the vault.
// Errors: ErrNoVault, *PINError, *WaitError, ErrPINDisabled, ErrNoSlot,
// *DamagedError, ErrNewer, ErrOtherMachine, ErrRollback.
func Open(p Place, c Credential) (*Vault, error) {
	v, err := open(p, c, false)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	return v, nil
}

// AcceptRollback unlocks a vault file that Open refuses with ErrRollback, and
// makes it the newest state again. HOTP counters may be behind then. Errors:
// those of Open and of saving.
func AcceptRollback(p Place, c Credential) (*Vault, error) {
	v, err := open(p, c, true)
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

func open(p Place, c Credential, anyAge bool) (*Vault, error) {
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
	o, vmk, wrong, err := st.unlock(f, c)
	if err != nil {
		return nil, err
	}
	o.wipe()
	defer clear(vmk)
	v := &Vault{site: st, vaultID: f.vaultID, keys: newSessionKeys(vmk, f.vaultID)}
	held, err := f.unseal(v.keys)
	if err != nil {
		v.keys.wipe()
		return nil, st.explain(err)
	}
	if err := newest.check(held.epoch, f.identity()); err != nil && !anyAge {
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
	if l, err := lock(v.site.lockFile(), lockPatience); err == nil {
		defer l.unlock()
		if v.site.readSeen(v.vaultID).epoch < v.contents.epoch {
			_ = v.site.writeSeen(v.vaultID, seen{v.contents.epoch, v.saved.identity()})
		}
	}
}

// publish makes held, the payload of f, the state in memory. The caller holds
// saving, or is the only one to know v.
func (v *Vault) publish(f *frame, held *contents) {
	held.index()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.contents != nil {
		v.contents.wipe(held)
	}
	v.saved, v.contents = f, held
	v.shown = make([]Account, len(held.accounts))
	for i, a := range held.accounts {
		v.shown[i] = a.shown
	}
}

// Place returns where v lives.
func (v *Vault) Place() Place { return v.site.place }

// Format hides what the vault holds, whatever the verb.
func (v *Vault) Format(f fmt.State, _ rune) { redact(f, "vault "+v.site.file+" [redacted]") }

// Close wipes the keys. Every later call returns ErrLocked or nothing. A change
// under way is finished first.
func (v *Vault) Close() {
	v.saving.Lock()
	defer v.saving.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	v.closed = true
	v.keys.wipe()
	v.contents.wipe(nil)
	v.contents, v.shown, v.saved = &contents{}, nil, nil
}

// session returns copies of the keys, for the caller to wipe, and the state, or
// ErrLocked.
func (v *Vault) session() (sessionKeys, *frame, *contents, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return sessionKeys{}, nil, nil, ErrLocked
	}
	return v.keys.clone(), v.saved, v.contents, nil
}

// newest reads the file and returns it with its contents, which are those in
// memory when nobody else has saved. Errors: ErrStale, ErrRollback, those of load.
func (v *Vault) newest(k sessionKeys, saved *frame, held *contents) (*frame, *contents, error) {
	f, err := v.site.load()
	if err != nil {
		return nil, nil, err
	}
	if f.vaultID != v.vaultID || !f.authentic(k) {
		return nil, nil, ErrStale
	}
	if f.mac == saved.mac {
		return f, held, nil
	}
	found, err := f.unseal(k)
	if err != nil {
		return nil, nil, v.site.explain(err)
	}
	if found.epoch <= held.epoch {
		found.wipe(nil)
		return nil, nil, ErrRollback
	}
	return f, found, nil
}

// Refresh takes over what another process has saved; changed tells whether
// there was something.
func (v *Vault) Refresh() (changed bool, err error) {
	v.saving.Lock()
	defer v.saving.Unlock()
	keys, saved, held, err := v.session()
	if err != nil {
		return false, fmt.Errorf("refresh vault: %w", err)
	}
	defer keys.wipe()
	f, found, err := v.newest(keys, saved, held)
	if err != nil {
		return false, fmt.Errorf("refresh vault: %w", err)
	}
	if found == held {
		return false, nil
	}
	v.publish(f, found)
	return true, nil
}

// change applies a change to a clone of the newest contents and saves it. Any
// error leaves file and memory as they were. apply must not call methods of v.
func (v *Vault) change(apply func(*contents) error) error {
	return v.changeWithFile(func(_ *frame, c *contents) error { return apply(c) })
}

// changeWithFile is change for those who need the file's public key.
func (v *Vault) changeWithFile(apply func(*frame, *contents) error) error {
	v.saving.Lock()
	defer v.saving.Unlock()
	keys, saved, held, err := v.session()
	if err != nil {
		return err
	}
	defer keys.wipe()
	l, err := lock(v.site.lockFile(), lockPatience)
	if err != nil {
		return err
	}
	defer l.unlock()
	f, found, err := v.newest(keys, saved, held)
	if err != nil {
		return err
	}
	next := found.clone()
	if err := apply(f, next); err != nil {
		return err
	}
	next.epoch++
	next.forget()
	padded, err := f.seal(next, keys)
	if err != nil {
		return err
	}
	defer clear(padded)
	if err := v.site.replace(f.marshal(), decrypts(keys, padded), true); err != nil {
		return fmt.Errorf("save vault: %w", err)
	}
	v.saveDone(f, next)
	return nil
}

// saveDone takes over what was saved. The record of the newest epoch is not
// worth an error: the save is done, and the next one writes it again.
func (v *Vault) saveDone(f *frame, next *contents) {
	v.publish(f, next)
	_ = v.site.writeSeen(v.vaultID, seen{next.epoch, f.identity()})
}

// Verify checks a credential again, with the limits of Open.
func (v *Vault) Verify(c Credential) error {
	o, vmk, err := v.check(c)
	if err != nil {
		return fmt.Errorf("check credential: %w", err)
	}
	o.wipe()
	clear(vmk)
	return nil
}

// check opens c's slot of the present file, which must be v's, under the limits
// of Open. The caller wipes the opener and VMK.
func (v *Vault) check(c Credential) (o *opener, vmk []byte, err error) {
	keys, _, _, err := v.session()
	if err != nil {
		return nil, nil, err
	}
	defer keys.wipe()
	f, err := v.site.load()
	if err != nil {
		return nil, nil, err
	}
	if f.vaultID != v.vaultID || !f.authentic(keys) {
		return nil, nil, ErrStale
	}
	o, vmk, wrong, err := v.site.unlock(f, c)
	if err == nil && wrong > 0 {
		v.afterOpening(seen{}, wrong)
	}
	return o, vmk, err
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
