package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/exp/golden"
)

func TestPaddingHidesTheNumberOfAccounts(t *testing.T) {
	v, _ := testVault(t)
	empty := len(v.saved.marshal())
	many := make([]NewAccount, 55)
	for i := range many {
		many[i] = testKey("HelpDesk", fmt.Sprintf("person%02d@demo.test", i))
	}
	if _, err := v.Add(false, many[:20]...); err != nil {
		t.Fatal(err)
	}
	if got := len(v.saved.marshal()); got != empty {
		t.Errorf("20 accounts make %d bytes of %d", got, empty)
	}
	for size, want := range map[int]int{0: 16 << 10, 16<<10 - 4: 16 << 10, 16<<10 - 3: 32 << 10, 100 << 10: 128 << 10} {
		if p, err := pad(make([]byte, size)); err != nil || len(p) != want {
			t.Errorf("%d bytes are padded to %d, want %d, %v", size, len(p), want, err)
		}
	}
	if _, err := pad(make([]byte, maxPadded)); err == nil {
		t.Error("more than the format allows was padded")
	}
}

func TestUnpadRefuses(t *testing.T) {
	dirty, err := pad([]byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	dirty[len(dirty)-1] = 1
	for name, padded := range map[string][]byte{"short": {0, 0}, "too long": {0, 0, 0, 9, 1}, "dirty": dirty} {
		if _, err := unpad(padded); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestEverySaveIsEncryptedAnew saves the same twice.
func TestEverySaveIsEncryptedAnew(t *testing.T) {
	v, _ := testVault(t)
	var seen []*frame
	for range 2 {
		if err := v.change(func(c *contents) error { c.epoch = 7; return nil }); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, v.saved)
		v.contents.epoch = 6
	}
	a, b := seen[0], seen[1]
	if a.salt == b.salt || a.nonce == b.nonce || a.mac == b.mac || bytes.Equal(a.sealed[:64], b.sealed[:64]) {
		t.Error("two saves have something in common")
	}
}

// TestOddEntriesAreKept stores entries that this version can not read beside
// those that it can.
func TestOddEntriesAreKept(t *testing.T) {
	v, _ := testVault(t)
	good := mustAdd(t, v, testKey("HelpDesk", "ana"))
	paired, _, _ := pair(t, v)
	newer := record(t, map[int]any{1: "a-NEWER0", 2: "totp", 99: "what is this"})
	strange := record(t, "not even a map")
	unknown := record(t, map[int]any{1: "a-MAGIC0", 2: "magic", 3: "HelpDesk", 4: "ben", 5: []byte("12345678901234567890")})
	device := record(t, map[int]any{1: "d-NEWER0", 99: true})
	event := record(t, map[int]any{99: 1})
	err := v.change(func(c *contents) error {
		for _, raw := range [][]byte{newer, strange, unknown} {
			c.accounts = append(c.accounts, readAccount(raw))
		}
		c.devices = append(c.devices, readDevice(device))
		c.history = append(c.history, readEvent(event))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	again := reopen(t, v, PIN([]byte(testPIN)))
	list := again.Accounts()
	if len(list) != 4 || list[0].Odd != "" || list[1].ID != "a-NEWER0" || list[1].Odd == "" || list[2].Odd == "" ||
		list[2].ID == "" || list[3].Odd == "" || list[3].Name != "ben" {
		t.Fatalf("accounts = %+v", list)
	}
	for _, a := range list[1:] {
		if _, err := again.Code(a.ID, time.Now()); err == nil || strings.Contains(err.Error(), "what is this") {
			t.Errorf("code of %s: %v", a.ID, err)
		}
		if _, err := again.Edit(a.ID, func(*Account) {}); err == nil {
			t.Errorf("%s was edited", a.ID)
		}
	}
	if d, err := again.Device("d-NEWER0"); err != nil || d.Odd == "" {
		t.Errorf("device = %+v, %v", d, err)
	}
	for _, err := range []error{
		func() error { _, err := again.Transport("d-NEWER0"); return err }(),
		func() error { _, err := again.Approve("d-NEWER0", PIN([]byte(testPIN))); return err }(),
	} {
		if err == nil {
			t.Error("an odd device signs")
		}
	}
	if _, err := again.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	last := reopen(t, v, PIN([]byte("6190"))).contents
	for i, raw := range [][]byte{newer, strange, unknown} {
		if !bytes.Equal(last.accounts[i+1].raw, raw) {
			t.Errorf("account %d was changed", i+1)
		}
	}
	if !bytes.Equal(last.devices[1].raw, device) || !containsRaw(last.history, event) {
		t.Error("an odd device or event was changed")
	}
	if _, err := again.Code(good.ID, time.Now()); err != nil {
		t.Error(err)
	}
	if err := again.Remove(list[2].ID); err != nil {
		t.Errorf("remove an odd account: %v", err)
	}
	if err := again.RemoveDevice(paired.ID); err != nil {
		t.Error(err)
	}
}

// record encodes value as a record of the payload.
func record(t *testing.T, value any) []byte {
	t.Helper()
	raw, err := encoding.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func containsRaw(history []eventEntry, raw []byte) bool {
	for _, e := range history {
		if bytes.Equal(e.raw, raw) {
			return true
		}
	}
	return false
}

func TestPayloadOfNewerNod(t *testing.T) {
	data, err := encoding.Marshal(map[int]any{1: 7, 8: "new"})
	if err != nil {
		t.Fatal(err)
	}
	padded, err := pad(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeContents(padded); !errors.Is(err, ErrNewer) {
		t.Errorf("%v", err)
	}
}

// TestGoldenFile fixes every byte of a vault made with known randomness.
func TestGoldenFile(t *testing.T) {
	cheap(t)
	root := t.TempDir()
	onMachine(t, root)
	p := testPlace(t)
	cryptotest.SetGlobalRandom(t, 1)
	synctest.Test(t, func(t *testing.T) {
		v, _, err := Create(p, Options{PIN: []byte(testPIN), Passphrase: []byte(testPhrase), Cost: cheapCost})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		mustAdd(t, v, testKey("HelpDesk", "ana"))
	})
	data, err := os.ReadFile(p.File)
	if err != nil {
		t.Fatal(err)
	}
	golden.RequireEqual(t, fmt.Appendf(nil, "%s%d bytes, SHA-256 %x\n", hex.Dump(data[:1024]), len(data), sha256.Sum256(data)))
}
