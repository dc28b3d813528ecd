package vault

// This file makes new vaults and looks at locked ones.

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"nod/vault/protect"
)

// Options are the choices made once, when a vault is created.
type Options struct {
	// PIN and Passphrase open the vault; at least one is given.
	PIN, Passphrase []byte
	// Cost is the price of one guess; the zero Cost means Calibrate().
	Cost Cost
}

// Create makes a new vault at p and returns it unlocked, with the recovery
// code, which is stored nowhere and must be shown to the person now.
// Errors: ErrExists, *DamagedError (the vault's file is gone, its older copies
// are not), *PINFormatError, *WeakPINError, *WeakPassphraseError, those of saving.
func Create(p Place, o Options) (v *Vault, recoveryCode string, err error) {
	v, recoveryCode, err = create(p, o)
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
	l, err := lock(st.lockFile(), lockPatience)
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
	f, code, err := st.newFrame(creds, o.Cost, master)
	if err != nil {
		return nil, "", err
	}
	v := &Vault{site: st, vaultID: f.vaultID, keys: newSessionKeys(master.vmk, f.vaultID)}
	held := &contents{epoch: 1}
	padded, err := f.seal(held, v.keys)
	if err != nil {
		return nil, "", err
	}
	defer clear(padded)
	if err := st.replace(f.marshal(), decrypts(v.keys, padded), false); err != nil {
		v.keys.wipe()
		return nil, "", err
	}
	v.saveDone(f, held)
	return v, code, nil
}

// newFrame wraps master in the slots of creds and of a fresh recovery code.
func (st *site) newFrame(creds []Credential, cost Cost, master masterKeys) (*frame, string, error) {
	f := &frame{vaultID: [idLen]byte(randomBytes(idLen))}
	if cost == (Cost{}) {
		cost = Calibrate()
	}
	for _, c := range creds {
		s, err := st.passwordSlot(f.vaultID, c, cost, master)
		if err != nil {
			return nil, "", err
		}
		f.slots = append(f.slots, s)
	}
	code, err := f.addRecovery(master)
	if err != nil {
		return nil, "", err
	}
	return f, code, f.setApprovals(master.amk)
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

// passwordSlot makes the slot of a PIN, bound to this machine, or of a passphrase.
func (st *site) passwordSlot(vaultID [idLen]byte, c Credential, cost Cost, master masterKeys) (slot, error) {
	if c.kind != SlotPIN {
		return newPasswordSlot(vaultID, c, cost, nil, master)
	}
	p, err := st.bindMachine(vaultID)
	if err != nil {
		return slot{}, err
	}
	defer p.wipe()
	return newPasswordSlot(vaultID, c, cost, p, master)
}

// addRecovery adds a recovery slot and returns its code.
func (f *frame) addRecovery(master masterKeys) (string, error) {
	code, id := randomBytes(recoveryBytes), [idLen]byte(randomBytes(idLen))
	defer clear(code)
	private, err := deriveKeyPair(derive(code, id[:], labelRecovery))
	if err != nil {
		return "", err
	}
	s, err := newRecoverySlot(f.vaultID, id, private.PublicKey().Bytes(), master)
	if err != nil {
		return "", err
	}
	f.slots = append(f.slots, s)
	o := &opener{slot: &s, vaultID: f.vaultID, private: private}
	return formatRecoveryCode(code), opensTo(o, master)
}

// setApprovals stores the public key of the approvals compartment.
func (f *frame) setApprovals(amk []byte) error {
	pair, err := approvalsKey(amk, f.vaultID)
	if err != nil {
		return err
	}
	f.approvals = [keyLen]byte(pair.PublicKey().Bytes())
	return nil
}

// Summary is what a locked vault shows.
type Summary struct {
	ID          string        // hex of the vault id
	Version     int           // of the format
	Size        int64         // bytes of the file
	Saved       time.Time     // when the file was last written
	Slots       []SlotType    // in the order of the file
	Grade       protect.Grade // how a copied PIN slot is protected
	Cost        Cost          // of the PIN slot, or else of the passphrase slot
	TriesLeft   int           // wrong PINs until the PIN is disabled; 0 without a PIN
	WaitUntil   time.Time     // zero, or when the next PIN may be tried
	PINDisabled bool          // after ten wrong PINs in a row
	Generations []Generation  // older copies, newest first
}

// Inspect tells what can be known of the vault at p without unlocking it.
// Errors: ErrNoVault, *DamagedError, ErrNewer.
func Inspect(p Place) (Summary, error) {
	s, err := inspect(p)
	if err != nil {
		return Summary{}, fmt.Errorf("inspect vault: %w", err)
	}
	return s, nil
}

func inspect(p Place) (Summary, error) {
	st, err := locate(p)
	if err != nil {
		return Summary{}, err
	}
	f, err := st.load()
	if err != nil {
		return Summary{}, err
	}
	info, err := os.Stat(st.file)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{
		ID: hex.EncodeToString(f.vaultID[:]), Version: formatVersion, Size: info.Size(), Saved: info.ModTime(),
		Grade: protect.GradeP, Generations: st.generations(),
	}
	for i := range f.slots {
		sum.Slots = append(sum.Slots, f.slots[i].name())
	}
	if s := f.slot(SlotPassphrase); s != nil && !s.disabled() {
		sum.Cost = s.cost()
	}
	if s := f.slot(SlotPIN); s != nil {
		sum.PINDisabled = s.disabled()
		if !s.disabled() {
			sum.Grade, sum.Cost = protect.GradeC, s.cost()
			st.summariseTries(&sum, f.vaultID, s)
		}
	}
	return sum, nil
}

// summariseTries fills in what is on record about the PIN.
func (st *site) summariseTries(sum *Summary, vaultID [idLen]byte, s *slot) {
	sum.TriesLeft = mostTries
	device, err := st.device().Secret()
	if err != nil {
		return
	}
	defer clear(device)
	t := st.readTries(vaultID, s, device)
	sum.TriesLeft, sum.PINDisabled = t.left(), t.left() == 0
	if now := time.Now(); sum.TriesLeft > 0 && !now.Before(t.last) {
		sum.WaitUntil = t.until(now)
	}
}
