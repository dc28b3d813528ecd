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

	"nod/vault/memory"
)

// Vault is an unlocked vault. Its methods may be called from several
// goroutines, and several processes may have the same file unlocked: each
// change is made to the newest saved state, under the lock.
type Vault struct {
	site    *site
	vaultID [idLen]byte

	saving sync.Mutex // one change at a time; taken before mu
	given  given      // the record of codes handed out

	mu       sync.RWMutex // guards what follows
	closed   bool
	keys     sessionKeys
	session  *sessionPIN // or nil
	saved    *frame      // as last read or written; its MAC names the state
	contents *contents
	shown    []Account // of contents
	texts    *texts    // of shown, or nil
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
	v.shown, v.texts = make([]Account, len(held.accounts)), nil
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
	v.session.wipe()
	v.contents.wipe(nil)
	v.contents, v.shown, v.texts, v.saved = &contents{}, nil, nil, nil
}

// keep returns copies of the keys, for the caller to wipe, and the state, or
// ErrLocked.
func (v *Vault) keep() (sessionKeys, *frame, *contents, error) {
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
	keys, saved, held, err := v.keep()
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

// Revision is the number of the saved state that v shows: each save counts one up.
func (v *Vault) Revision() uint64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return 0
	}
	return v.contents.epoch
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
	keys, saved, held, err := v.keep()
	if err != nil {
		return err
	}
	defer keys.wipe()
	l, err := lock(v.site.lockFile(), lockPatience, v.site.place.Ended)
	if err != nil {
		return err
	}
	defer l.unlock()
	f, found, err := v.newest(keys, saved, held)
	if err != nil {
		return err
	}
	next, kept := found.clone(), held
	defer func() { forgetRest(kept, found, next) }()
	memory.Do(func() { err = apply(f, next) })
	if err != nil {
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
	kept = next
	v.saveDone(f, next)
	return nil
}

// forgetRest wipes what a change has read and made and kept, the state in memory
// from now on, does not share.
func forgetRest(kept *contents, rest ...*contents) {
	for _, c := range rest {
		c.wipe(kept)
	}
}

// saveDone takes over what was saved. The record of the newest epoch is not
// worth an error: the save is done, and the next one writes it again.
func (v *Vault) saveDone(f *frame, next *contents) {
	v.publish(f, next)
	_ = v.site.writeSeen(v.vaultID, seen{next.epoch, f.identity()})
}

// Verify checks a credential again, with the limits of Open.
func (v *Vault) Verify(c Credential) error {
	_, o, vmk, err := v.check(c)
	if err != nil {
		return fmt.Errorf("check credential: %w", err)
	}
	o.wipe()
	clear(vmk)
	return nil
}

// check opens c's slot of the present file f, which must be v's, under the
// limits of Open. A PIN is tried on the session PIN where there is one. The
// caller wipes the opener and VMK.
func (v *Vault) check(c Credential) (f *frame, o *opener, vmk []byte, err error) {
	keys, _, _, err := v.keep()
	if err != nil {
		return nil, nil, nil, err
	}
	defer keys.wipe()
	if f, err = v.site.load(); err != nil {
		return nil, nil, nil, err
	}
	if f.vaultID != v.vaultID || !f.authentic(keys) {
		return nil, nil, nil, ErrStale
	}
	n := v.sessionPIN()
	if !n.usable() {
		n = nil
	}
	o, vmk, wrong, err := v.site.unlockEither(f, c, n)
	if err == nil && wrong > 0 {
		v.afterOpening(seen{}, wrong)
	}
	return f, o, vmk, err
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
