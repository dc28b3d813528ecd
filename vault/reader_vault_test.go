package vault

// This file makes vaults for docs/read_vault.py: with a slot of each kind and
// with everything that a vault can hold, and what others make of them.

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"nod/vault/otp"
	"nod/vault/protect"
)

const (
	readerMachine = "0123456789abcdef0123456789abcdef" // the id of withParts
	// The same passphrase as two keyboards type it.
	composed   = "cr\u00e8me br\u00fbl\u00e9e souffl\u00e9e"
	decomposed = "cre\u0300me bru\u0302le\u0301e souffle\u0301e"
)

// readerVault is a vault with a slot of each kind, and the reader for it.
type readerVault struct {
	*Vault
	*reader
	pin, phrase   Credential
	code          string
	keyring, chip *fakePart
	credential    string   // file
	device        []string // the arguments for a PIN of this machine
}

func newReaderVault(t *testing.T) *readerVault {
	t.Helper()
	cheap(t)
	p := testPlace(t)
	m := &readerVault{
		reader: newReader(t, p.File), pin: PIN([]byte(testPIN)), phrase: Passphrase([]byte(decomposed)),
		keyring: &fakePart{dir: t.TempDir(), part: protect.Keyring},
		chip:    &fakePart{dir: t.TempDir(), part: protect.TPM},
		device:  []string{"--device", filepath.Join(p.State, "device.key"), "--machine-id", readerMachine},
	}
	m.credential = m.store("nod-device", []byte("made by the administrator\n"))
	withParts(t, m.keyring, m.chip, protect.Service{Dir: m.dir})
	v, code, err := Create(p, Options{
		PIN: []byte(testPIN), Passphrase: []byte(decomposed), Protect: protect.KindFile, Cost: cheapCost,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	m.Vault, m.code = v, code
	m.addSlot(PINOf("ben", []byte(benPIN)), protect.KindKeyring)
	m.addSlot(PINOf("cleo", []byte("8264")), protect.KindCredential)
	m.addSlot(PINOf("cleo's laptop", []byte("5937")), protect.KindTPM)
	m.addSlot(testSSHKey(t), "")
	m.fill()
	return m
}

func (m *readerVault) addSlot(c Credential, k protect.Kind) {
	m.t.Helper()
	if dropped, err := m.AddSlot(m.pin, c, k); err != nil || len(dropped) != 0 {
		m.t.Fatalf("add %v: dropped %v, %v", c, dropped, err)
	}
}

// fill puts everything into the vault that a vault can hold.
func (m *readerVault) fill() {
	t := m.t
	t.Helper()
	secret := []byte("1234567890123456")
	for _, k := range []otp.Key{
		{Type: otp.TOTP, Algorithm: otp.SHA512, Digits: 8, Period: 60},
		{Type: otp.HOTP, Algorithm: otp.SHA256, Digits: 6, Counter: 1 << 63},
		{Type: otp.Steam, Algorithm: otp.SHA1, Digits: 5, Period: 30},
		{Type: otp.MOTP, Algorithm: otp.MD5, Digits: 6, Period: 10, PIN: "1598"},
		{Type: otp.Yandex, Algorithm: otp.SHA256, Digits: 8, Period: 30, PIN: "7532"},
	} {
		k.Issuer, k.Name, k.Secret = "Help\u2028Desk \U0001f511", string(k.Type)+"@demo.test", secret
		mustAdd(t, m.Vault, NewAccount{Key: k, Tags: []string{"work", "b\u00fcro"}, Note: "first line\nsecond", Source: "typed"})
	}
	first := m.Accounts()[0].ID
	d, _, _ := pair(t, m.Vault)
	long := testKey("RMS", "ana")
	long.Key.Secret, long.Device = bytes.Repeat([]byte{0, 0xff}, 300), d.ID
	mustAdd(t, m.Vault, long)
	_, err := m.Edit(first, func(a *Account) { a.Shift, a.Confirm = -90*time.Second, true })
	_, err2 := m.AddDevice(Device{
		Driver: "native", Server: "https://rms.demo.test", RemoteID: "7", ServerKey: secret, Words: []string{"oak", "sea"},
		State: DevicePending, Memory: map[string]string{"b": "", "aa": "1", "": "x"},
	}, NewKeys())
	for _, err := range []error{
		err, err2, m.MarkUsed(first, "copied", time.Now()), m.SetOwner("ana@demo.test"), m.SetShift(-1500 * time.Millisecond),
		m.Note(Event{
			Kind: EventDenied, Subject: "RMS", Account: "ana", IP: "2001:db8::1", Place: "K\u00f6ln", Device: d.ID,
			Request: "r-1", Detail: "laptop",
		}),
		addOddEntries(m.Vault),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// part returns a file with what the keyring keeps for the PIN of name.
func (m *readerVault) part(name string) string {
	m.t.Helper()
	s, err := m.saved.slot(PINOf(name, nil))
	if err != nil {
		m.t.Fatal(err)
	}
	item, err := os.ReadFile(m.keyring.file(protect.SlotID(s.id)))
	if err != nil {
		m.t.Fatal(err)
	}
	return m.store("part", []byte(base64.StdEncoding.EncodeToString(item[:fakeSecretLen])))
}

// keepVault makes data the vault that the reader opens.
func (m *readerVault) keepVault(data []byte) { m.reader.file = m.store("vault", data) }

// damage returns data with one byte changed, and the checksum made right again.
func damage(data []byte, at int, repaired bool) []byte {
	data = bytes.Clone(data)
	data[at] ^= 0x40
	if repaired {
		repair(data)
	}
	return data
}

// takeover returns a vault of somebody who can write the file and knows none of
// its secrets: keys of his own are sealed to the slots.
func (m *readerVault) takeover() []byte {
	m.t.Helper()
	f := *m.saved
	f.slots = slices.Clone(f.slots)
	master := newMasterKeys()
	for i := range f.slots {
		if err := f.slots[i].seal(f.vaultID, master, randomBytes(keyLen)); err != nil {
			m.t.Fatal(err)
		}
	}
	if _, err := f.seal(&contents{epoch: 1 << 40}, newSessionKeys(master.vmk, f.vaultID)); err != nil {
		m.t.Fatal(err)
	}
	return f.marshal()
}

// withPayload returns the vault with padded as its payload.
func (m *readerVault) withPayload(padded []byte) []byte {
	f := *m.saved
	key := derive(m.keys.codes.Bytes(), f.salt[:], labelPayload)
	sealed := wrap(key, padded, f.payloadAD())
	f.nonce, f.sealed = [nonceLen]byte(sealed[:nonceLen]), sealed[nonceLen:]
	return f.marshal()
}

// edited returns the vault with another header, which the vault's own keys
// authenticate. Slots that edit changes get their digests.
func (m *readerVault) edited(edit func(*frame)) []byte {
	m.t.Helper()
	f := *m.saved
	f.slots = slices.Clone(f.slots)
	for i := range f.slots {
		f.slots[i].body = bytes.Clone(f.slots[i].body)
	}
	edit(&f)
	for i := range f.slots {
		f.slots[i].digest = sha256.Sum256(f.slots[i].body)
	}
	if _, err := f.seal(m.contents, m.keys); err != nil {
		m.t.Fatal(err)
	}
	return f.marshal()
}

// withForeignSlot returns the vault with keys that somebody else has sealed to
// the PIN's slot.
func (m *readerVault) withForeignSlot() []byte {
	m.t.Helper()
	return m.edited(func(f *frame) {
		if err := f.slots[0].seal(f.vaultID, newMasterKeys(), randomBytes(keyLen)); err != nil {
			m.t.Fatal(err)
		}
	})
}
