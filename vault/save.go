package vault

// This file puts a new vault file in the place of the old one so that at every
// moment, whatever breaks, one of the two is there whole.

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"nod/vault/memory"
)

// keptGenerations is the number of older copies.
const keptGenerations = 5

// replace makes data the vault file; the lock is held. check gets what was read
// back from the disk and refuses it if it is not right. With keep the old file
// becomes the newest generation.
//
// Errors before the rename leave the old file in force. An error of the last
// fsync leaves the new file in force, though not surely on the disk: it is
// reported, and the next change starts from what the disk has then.
func (st *site) replace(data []byte, check func(back []byte) error, keep bool) error {
	stale, err := st.stale()
	if err != nil {
		return diskError(err)
	}
	for _, name := range stale {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("remove what a broken save left: %w", err)
		}
	}
	temp := st.tempPrefix() + rand.Text()
	defer os.Remove(temp) // gone already when all goes well
	if err := writeDurably(temp, data, os.O_EXCL); err != nil {
		return diskError(err)
	}
	back, err := readVaultFile(temp)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if !bytes.Equal(back, data) {
		return errors.New("read back: the disk returned other bytes than were written")
	}
	if err := check(back); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if keep {
		if err := st.keepGeneration(); err != nil {
			return fmt.Errorf("keep the older copy: %w", diskError(err))
		}
	}
	if err := rename(temp, st.file); err != nil {
		return diskError(err)
	}
	return diskError(syncDir(st.dir()))
}

// writeDurably writes a file of mode 0600 down to the disk. A failed fsync is
// not tried again: the kernel may have dropped the data and would report success.
func writeDurably(name string, data []byte, flag int) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flag, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// keepGeneration makes the present file the newest generation, next to staying
// the vault file. The oldest generation goes.
func (st *site) keepGeneration() error {
	for n := keptGenerations - 1; n >= 1; n-- {
		err := rename(st.generation(n), st.generation(n+1))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	newest := st.generation(1)
	if os.Link(st.file, newest) == nil {
		return nil
	}
	// No hard links here (exFAT, some network shares): copy.
	data, err := st.read()
	if err != nil {
		return err
	}
	temp := st.tempPrefix() + rand.Text()
	defer os.Remove(temp)
	if err := writeDurably(temp, data, os.O_EXCL); err != nil {
		return err
	}
	return rename(temp, newest)
}

// dropGenerations deletes all older copies.
func (st *site) dropGenerations() error {
	for n := 1; n <= keptGenerations; n++ {
		if err := os.Remove(st.generation(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an older copy: %w", err)
		}
	}
	return syncDir(st.dir())
}

// disableSlot overwrites slot id, in the vault file and in every generation of
// the vault. It takes the lock.
func (st *site) disableSlot(vaultID, id [idLen]byte) error {
	l, err := lock(st.lockFile(), lockPatience, st.place.Ended)
	if err != nil {
		return err
	}
	defer l.unlock()
	f, err := st.load()
	if err != nil {
		return err
	}
	if f.vaultID == vaultID && f.overwrite(id) {
		if err := st.replace(f.marshal(), parses, false); err != nil {
			return err
		}
	}
	for _, g := range st.generations() {
		if err := disableIn(g.File, st.tempPrefix()+rand.Text(), vaultID, id); err != nil {
			return err
		}
	}
	st.forgetParts(f)
	return syncDir(st.dir())
}

// disableIn overwrites slot id in one older copy. A copy that can not be read
// is left as it is: it opens with nothing.
func disableIn(name, temp string, vaultID, id [idLen]byte) error {
	data, err := readVaultFile(name)
	if err != nil {
		return nil
	}
	f, err := parseFrame(data)
	if err != nil || f.vaultID != vaultID || !f.overwrite(id) {
		return nil
	}
	defer os.Remove(temp)
	if err := writeDurably(temp, f.marshal(), os.O_EXCL); err != nil {
		return diskError(err)
	}
	return rename(temp, name)
}

// overwrite zeroes the body of slot id and reports whether that changed anything.
func (f *frame) overwrite(id [idLen]byte) bool {
	for i := range f.slots {
		if s := &f.slots[i]; s.id == id && !s.disabled() {
			clear(s.body) // and what is read of it, which are the same bytes
			s.in = slotBody{}
			return true
		}
	}
	return false
}

// parses is the check of a file whose keys are not at hand.
func parses(back []byte) error {
	_, err := parseFrame(back)
	return err
}

// decrypts returns the check of a file that k opens and whose payload is padded.
func decrypts(k sessionKeys, padded []byte) func([]byte) error {
	return func(back []byte) (err error) {
		memory.Do(func() { err = checkSaved(back, k, padded) })
		return err
	}
}

func checkSaved(back []byte, k sessionKeys, padded []byte) error {
	f, err := parseFrame(back)
	if err != nil {
		return err
	}
	if !f.authentic(k) {
		return errors.New("the header does not verify")
	}
	got, err := f.decrypt(k)
	if err != nil {
		return err
	}
	defer clear(got)
	if !bytes.Equal(got, padded) {
		return errors.New("the payload is not what was saved")
	}
	m, err := decodePayload(got)
	m.wipe()
	return err
}
