package vault

// This file is the record of the codes that were handed out: ID.given in the state
// directory. It is appended to, because a code must not cost a save of the vault.
//
//	head    blind (8) || nonce (8) || HMAC (16) over 0, blind, nonce
//	entry   mark (16) || end of the time step (8) || HMAC (8) over 2, nonce, its number, mark, end
//
// Times are in ms. The key of all is HKDF(device.key, vault_id, "nod/v1/record/given").
// Codes whose step did not begin after blind may have been handed out: when the file is made
// anew because it was missing or did not verify, blind is that moment. An entry that
// is not whole is one whose writing was interrupted: its code was not handed out.

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"nod/vault/memory"
)

const (
	recordGiven = "given"
	markLen     = 16
	entryLen    = 32 // of the head, too

	givenSlack  = 2 * time.Minute // entries outlive their step by it: clocks are set back a little
	givenSpare  = 1024            // entries before dropping is worth it
	mostGiven   = 1 << 21         // entries; a longer file is none of nod's
	givenLooked = 2048            // of the last entries, where only a look is taken
)

// givenKeys computes marks and checks. It is for one goroutine.
type givenKeys struct {
	key  []byte
	hash hash.Hash
	sum  [sha256.Size]byte
}

// givenKeys derives the key from the device key, which is made when there is none.
func (v *Vault) givenKeys() (*givenKeys, error) {
	device, err := v.site.device().Make()
	if err != nil {
		return nil, diskError(err)
	}
	defer clear(device)
	return newGivenKeys(device, v.vaultID), nil
}

func newGivenKeys(device []byte, vaultID [idLen]byte) (k *givenKeys) {
	memory.Do(func() { // or a copy of the device key is left where it was hashed
		key := recordKey(device, vaultID, recordGiven)
		k = &givenKeys{key: key, hash: hmac.New(sha256.New, key)}
	})
	return k
}

func (k *givenKeys) wipe() { clear(k.key) }

// head returns the head of a file that knows nothing of steps begun by blind.
func (k *givenKeys) head(blind int64, nonce []byte) []byte {
	b := append(binary.BigEndian.AppendUint64(nil, uint64(blind)), nonce...)
	k.hash.Reset()
	k.hash.Write([]byte{0})
	k.hash.Write(b)
	return append(b, k.hash.Sum(k.sum[:0])[:entryLen-16]...)
}

// entry appends entry number n of the file with that head.
func (k *givenKeys) entry(b, head []byte, n int, mark [markLen]byte, ends int64) []byte {
	at := len(b)
	b = binary.BigEndian.AppendUint64(append(b, mark[:]...), uint64(ends))
	k.hash.Reset()
	k.hash.Write([]byte{2})
	k.hash.Write(head[8:16])
	k.hash.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	k.hash.Write(b[at:])
	return append(b, k.hash.Sum(k.sum[:0])[:entryLen-markLen-8]...)
}

// given is what this process has read of the file. The zero given has read nothing.
type given struct {
	mu    sync.Mutex
	head  []byte
	read  int64 // bytes
	marks map[[markLen]byte]int64
	worth int // marks at which old ones are dropped
}

// note remembers steps, all or none, down to the disk. Errors: ErrGiven when fresh
// and one of them was handed out or may have been, ErrFull, *BusyError.
func (g *given) note(st *site, vaultID [idLen]byte, k *givenKeys, now time.Time, steps []givenStep, fresh bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := st.record(vaultID, recordGiven)
	l, err := lock(name+".lock", lockPatience, st.place.Ended)
	if err != nil {
		return diskError(err)
	}
	defer l.unlock()
	if err := g.refresh(name, k, now); err != nil {
		return fmt.Errorf("remember codes: %w", diskError(err))
	}
	blind := int64(binary.BigEndian.Uint64(g.head))
	var b []byte
	n := int(g.read/entryLen) - 1
	for _, s := range steps {
		_, known := g.marks[s.mark]
		if fresh && (known || s.begins <= blind) {
			return ErrGiven
		}
		if !known {
			b = k.entry(b, g.head, n+len(b)/entryLen, s.mark, s.ends)
		}
	}
	if err := g.add(name, b); err != nil {
		return fmt.Errorf("remember codes: %w", diskError(err))
	}
	for _, s := range steps {
		g.marks[s.mark] = s.ends
	}
	return nil
}

// refresh reads what is new in the file, and makes it anew when it is missing, does
// not verify, is from a time that is still to come, or has many old entries.
func (g *given) refresh(name string, k *givenKeys, now time.Time) error {
	err := g.load(name, k, mostGiven)
	whole := err == nil
	if err != nil && !errors.Is(err, errDamagedGiven) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ms := toMillis(now)
	blind := ms
	if whole {
		// A clock that was set back is believed, or nothing would be fresh for long.
		blind = min(ms, int64(binary.BigEndian.Uint64(g.head)))
		if blind == int64(binary.BigEndian.Uint64(g.head)) && len(g.marks) < g.worth {
			return nil
		}
	}
	old := toMillis(now.Add(-givenSlack))
	for mark, ends := range g.marks {
		if ends < old {
			delete(g.marks, mark)
		}
	}
	return g.write(name, k, blind)
}

// write makes the file anew, in one step, with the marks of g.
func (g *given) write(name string, k *givenKeys, blind int64) error {
	head := k.head(blind, randomBytes(8))
	data := bytes.Clone(head)
	n := 0
	for mark, ends := range g.marks {
		data = k.entry(data, head, n, mark, ends)
		n++
	}
	g.head = nil // what follows may fail half-way
	if err := writeDurably(name+".tmp", data, os.O_TRUNC); err != nil {
		_ = os.Remove(name + ".tmp") // it takes room on a full disk
		return err
	}
	if err := rename(name+".tmp", name); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(name)); err != nil {
		return err
	}
	if g.marks == nil {
		g.marks = map[[markLen]byte]int64{}
	}
	g.head, g.read, g.worth = head, int64(len(data)), 2*n+givenSpare
	return nil
}

// add appends entries to the file. They are on the disk when it returns, as is what
// another process may have left on the way there.
func (g *given) add(name string, entries []byte) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = f.WriteAt(entries, g.read); err == nil {
		err = f.Sync()
	}
	if err != nil {
		_ = f.Truncate(g.read) // the codes are not handed out
		g.head = nil
		return err
	}
	g.read += int64(len(entries))
	return nil
}

// errDamagedGiven says that the file is not what nod wrote.
var errDamagedGiven = errors.New("the record of codes handed out is damaged")

// load reads what g has not read yet: all of another file, but at most the last
// entries of it. Errors: errDamagedGiven, after which g has what verified.
func (g *given) load(name string, k *givenKeys, most int) error {
	f, err := openNoFollow(name)
	if err != nil {
		return g.forget(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return g.forget(fmt.Errorf("%s is not a regular file", name))
	}
	if info.Size() > mostGiven*entryLen {
		return g.forget(errDamagedGiven)
	}
	size := info.Size() / entryLen * entryLen
	head := make([]byte, entryLen)
	if _, err := f.ReadAt(head, 0); err != nil || !equalSecret(head, k.head(int64(binary.BigEndian.Uint64(head)), head[8:16])) {
		return g.forget(errDamagedGiven)
	}
	if !bytes.Equal(head, g.head) || size < g.read {
		g.head, g.read, g.marks, g.worth = head, entryLen, map[[markLen]byte]int64{}, givenSpare
	}
	g.read = max(g.read, size-int64(most)*entryLen)
	data := make([]byte, size-g.read)
	if _, err := f.ReadAt(data, g.read); err != nil {
		return err
	}
	good := true
	var want []byte
	for ; len(data) > 0; data = data[entryLen:] {
		mark, ends := [markLen]byte(data), int64(binary.BigEndian.Uint64(data[markLen:]))
		want = k.entry(want[:0], head, int(g.read/entryLen)-1, mark, ends)
		if good = good && equalSecret(want, data[:entryLen]); equalSecret(want, data[:entryLen]) {
			g.marks[mark] = ends
		}
		g.read += entryLen
	}
	if !good {
		return errDamagedGiven
	}
	return nil
}

// forget is for a file that can not be read: what g knows of it stays.
func (g *given) forget(err error) error {
	g.head, g.read = nil, 0
	return err
}

// startGiven makes the file of a new vault, whose codes nobody can have.
func (v *Vault) startGiven() error {
	keys, err := v.givenKeys()
	if err != nil {
		return err
	}
	defer keys.wipe()
	return (&given{}).write(v.site.record(v.vaultID, recordGiven), keys, 0)
}

// checkGiven says whether the record of codes verifies, by a look at its end.
func (st *site) checkGiven(vaultID [idLen]byte, device []byte) Record {
	name := st.record(vaultID, recordGiven)
	k := newGivenKeys(device, vaultID)
	defer k.wipe()
	err := new(given).load(name, k, givenLooked)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		// Another process may be writing just now.
		if l, lockErr := lock(name+".lock", lockPatience, st.place.Ended); lockErr == nil {
			err = new(given).load(name, k, givenLooked)
			_ = l.unlock()
		}
	}
	switch {
	case err == nil:
		return RecordWhole
	case errors.Is(err, fs.ErrNotExist):
		return RecordMissing
	}
	return RecordDamaged
}
