package vault

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
)

// testFile returns the bytes of a small vault with its session keys.
func testFile(t testing.TB) ([]byte, sessionKeys) {
	t.Helper()
	v, _ := testVault(t)
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	return v.saved.marshal(), v.keys.clone()
}

// repair makes the checksum of data right again, as an attacker would.
func repair(data []byte) []byte {
	sum := sha256.Sum256(data[:len(data)-digestLen])
	copy(data[len(data)-digestLen:], sum[:])
	return data
}

// opens does what opening does after the slot.
func opens(data []byte, k sessionKeys) error {
	f, err := parseFrame(data)
	if err != nil {
		return err
	}
	if !f.authentic(k) {
		return errors.New("the header does not verify")
	}
	c, err := f.unseal(k)
	if err != nil {
		return err
	}
	c.wipe(nil)
	return nil
}

func TestTruncatedAnywhere(t *testing.T) {
	data, k := testFile(t)
	for n := range data {
		for _, cut := range [][]byte{data[:n], repairIfLong(data[:n])} {
			err := opens(cut, k)
			if _, ok := errors.AsType[*DamagedError](err); !ok {
				t.Fatalf("%d of %d bytes: %v", n, len(data), err)
			}
		}
	}
	for _, more := range [][]byte{append(bytes.Clone(data), 0), repair(append(bytes.Clone(data), 0)), append(bytes.Clone(data), data...)} {
		if _, ok := errors.AsType[*DamagedError](opens(more, k)); !ok {
			t.Errorf("%d bytes too many were not seen", len(more)-len(data))
		}
	}
}

func repairIfLong(data []byte) []byte {
	if len(data) <= offVaultID+digestLen {
		return data
	}
	return repair(bytes.Clone(data))
}

// TestAnyBitFlipped flips each bit twice: as an accident, which the checksum
// must catch, and as an attack that repairs the checksum.
func TestAnyBitFlipped(t *testing.T) {
	data, k := testFile(t)
	if err := opens(data, k); err != nil {
		t.Fatal(err)
	}
	step := 1
	if testing.Short() || raced {
		step = 13
	}
	for bit := 0; bit < 8*len(data); bit += step {
		flip := bytes.Clone(data)
		flip[bit/8] ^= 1 << (bit % 8)
		if _, ok := errors.AsType[*DamagedError](parses(flip)); !ok {
			t.Fatalf("bit %d of byte %d: the accident was not seen", bit%8, bit/8)
		}
		if bit/8 >= len(data)-digestLen {
			continue
		}
		if err := opens(repair(flip), k); err == nil {
			t.Fatalf("bit %d of byte %d: the attack was not seen", bit%8, bit/8)
		}
	}
}

// TestSplicedVaults joins the beginning of one vault with the end of another.
func TestSplicedVaults(t *testing.T) {
	a, ka := testFile(t)
	b, kb := testFile(t)
	if len(a) != len(b) {
		t.Fatal("the vaults are not of one length")
	}
	for n := 1; n < len(a)-digestLen; n++ {
		if bytes.Equal(a[:n], b[:n]) || n > 1200 && n%64 != 0 {
			continue
		}
		joined := repair(append(bytes.Clone(a[:n]), b[n:]...))
		if opens(joined, ka) == nil || opens(joined, kb) == nil {
			t.Fatalf("a vault joined at byte %d opens", n)
		}
	}
}

// TestOldSlotInNewFile puts back the PIN slot from before a change of PIN.
func TestOldSlotInNewFile(t *testing.T) {
	v, _ := testVault(t)
	old := v.saved.slots[0]
	if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	f, err := v.site.load()
	if err != nil {
		t.Fatal(err)
	}
	f.slots[0] = old
	if err := os.WriteFile(v.Place().File, f.marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(v.Place(), PIN([]byte(testPIN)))
	if d, ok := errors.AsType[*DamagedError](err); !ok || d.What != "header" {
		t.Errorf("the old PIN: %v", err)
	}
}

func TestDamagedFileNamesTheNewestCopy(t *testing.T) {
	v, _ := testVault(t)
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	mustAdd(t, v, testKey("HelpDesk", "ben"))
	file := v.Place().File
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[offFirstSlot+slotHeadLen+20] ^= 1 // inside the PIN slot's salt
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for range mostTries + 1 {
		_, err = Open(v.Place(), PIN([]byte(testPIN)))
		d, ok := errors.AsType[*DamagedError](err)
		if !ok || d.File != file || d.Backup != file+".bak-1" {
			t.Fatalf("%v", err)
		}
	}
	if !strings.Contains(err.Error(), "vault.nod.bak-1") {
		t.Errorf("the error does not name the copy: %v", err)
	}
	if err := os.WriteFile(file+".bak-1", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, ok := errors.AsType[*DamagedError](v.Note(Event{Kind: EventUsed})); !ok || d.Backup != file+".bak-2" {
		t.Errorf("a change of a damaged file: %v", d)
	}
	good, err := os.ReadFile(file + ".bak-2")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Place(), PIN([]byte(testPIN))); !errors.Is(err, ErrRollback) {
		t.Errorf("an older copy: %v", err)
	}
}

func TestNewerVersions(t *testing.T) {
	data, _ := testFile(t)
	for name, at := range map[string]int{"version": offVersion, "flags": offFlags, "compartments": offCompart} {
		newer := bytes.Clone(data)
		newer[at] += 2
		newer = repair(newer)
		if err := parses(newer); !errors.Is(err, ErrNewer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := parses(append([]byte(magic), 2)); !errors.Is(err, ErrNewer) {
		t.Errorf("a short file of version 2: %v", err)
	}
}

// TestUnknownSlotIsKept adds a slot of a kind that this version does not know.
func TestUnknownSlotIsKept(t *testing.T) {
	v, _ := testVault(t)
	body := []byte("from the future")
	strange := slot{kind: 9, need: 1 << 9, id: [idLen]byte{1}, body: body, digest: sha256.Sum256(body)}
	err := v.changeWithFile(func(f *frame, _ *contents) error {
		f.slots = append([]slot{strange}, f.slots...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	again := reopen(t, v, PIN([]byte(testPIN)))
	if err := again.SetOwner("ana@demo.test"); err != nil {
		t.Fatal(err)
	}
	sum, err := Inspect(v.Place())
	if err != nil || len(sum.Slots) != 3 || sum.Slots[0].Type != "unknown kind 9" {
		t.Errorf("summary = %+v, %v", sum, err)
	}
	dropped, err := again.Change(PIN([]byte(testPIN)), PIN([]byte("6190")))
	if err != nil || len(dropped) != 1 || dropped[0].Type != "unknown kind 9" {
		t.Errorf("dropped %v, %v", dropped, err)
	}
}

// TestHostileCosts must be refused before memory is taken.
func TestHostileCosts(t *testing.T) {
	v, _ := testVault(t)
	for _, c := range []Cost{
		{0, 1, 1},
		{64, 0, 1},
		{64, 1, 0},
		{largestMemory + 1, 1, 1},
		{64, largestPasses + 1, 1},
		{256, 1, largestLanes + 1},
		{31, 1, 4},
		{1 << 31, 1 << 31, 255},
	} {
		f, err := parseFrame(v.saved.marshal())
		if err != nil {
			t.Fatal(err)
		}
		s := pinSlot(t, f)
		copy(s.body, c.append(nil))
		s.digest = sha256.Sum256(s.body)
		if d, ok := errors.AsType[*DamagedError](parses(f.marshal())); !ok || d.What != "slot 1" {
			t.Errorf("%+v was read", c)
		}
	}
	if err := (Cost{Memory: largestMemory, Passes: 1, Lanes: 1}).affordableIn(1 << 20); err == nil {
		t.Error("2 GiB of 1 GiB were affordable")
	}
	if err := (Cost{Memory: 64 << 10, Passes: 1, Lanes: 1}).affordableIn(1 << 20); err != nil {
		t.Error(err)
	}
}

func FuzzParseFrame(f *testing.F) {
	data, _ := testFile(f)
	f.Add(data[:len(data)-digestLen])
	f.Add([]byte(magic + "\x01"))
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		data := append(bytes.Clone(body), sum[:]...) // or the checksum stops the fuzzer
		frame, err := parseFrame(data)
		if err != nil {
			return
		}
		if !bytes.Equal(frame.marshal(), data) {
			t.Fatal("what was read is written differently")
		}
	})
}

func FuzzDecodeContents(f *testing.F) {
	v, _ := testVault(f)
	mustAdd(f, v, testKey("HelpDesk", "ana"))
	pair(f, v)
	plain, err := v.contents.encode()
	if err != nil {
		f.Fatal(err)
	}
	data, err := unpad(plain)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		padded, err := pad(data)
		if err != nil {
			t.Skip()
		}
		c, err := decodeContents(padded)
		if err != nil {
			return
		}
		first, err := c.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeContents(first)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		second, err := again.encode()
		if err != nil || !bytes.Equal(first, second) {
			t.Fatal("writing again gives other bytes")
		}
	})
}
