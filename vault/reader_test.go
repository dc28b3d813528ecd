package vault

// This file tests the format with docs/read_vault.py, a second reader that
// shares no code with nod: it has to print what nod holds, and to refuse what nod
// refuses.

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// checkAll opens the vault in each way and compares.
func (m *readerVault) checkAll(pin string) {
	m.t.Helper()
	want := held(m.t, m.Vault, PIN([]byte(pin)))
	for secret, args := range map[string][]string{
		pin:      append([]string{"--slot", ""}, m.device...),
		benPIN:   append([]string{"--slot", "ben", "--keyring-part", m.part("ben")}, m.device...),
		"8264":   append([]string{"--slot", "cleo", "--credential", m.credential}, m.device...),
		composed: {"--passphrase"},
		m.code:   {"--recovery"},
	} {
		if got := m.content(secret, args...); !reflect.DeepEqual(got, want) {
			m.t.Errorf("read_vault.py %q prints\n%v\nwant\n%v", args, got, want)
		}
	}
}

func TestReaderPrintsWhatTheVaultHolds(t *testing.T) {
	m := newReaderVault(t)
	m.checkAll(testPIN)
	if said := m.unread(composed, "--passphrase"); said != "" {
		t.Errorf("read_vault.py says, when its output is closed: %s", said)
	}

	if dropped, err := m.Change(m.pin, PIN([]byte("6190"))); err != nil || len(dropped) != 0 {
		t.Fatalf("change: dropped %v, %v", dropped, err)
	}
	m.checkAll("6190")
	m.refuses(1, "wrong PIN", testPIN, append([]string{"--slot", ""}, m.device...)...)

	if _, err := m.NewRecoveryCode(m.phrase); err != nil {
		t.Fatal(err)
	}
	m.refuses(1, "wrong recovery code", m.code, "--recovery")
	want := map[string]any{"accounts": len(m.contents.accounts), "devices": 3, "history": len(m.contents.history)}
	got := m.content(decomposed, "--passphrase", "--check").(map[string]any)
	for k, n := range want {
		if fmt.Sprint(got[k]) != fmt.Sprint(n) {
			t.Errorf("--check counts %v %s, want %v", got[k], k, n)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	m := newReaderVault(t)
	ana := append([]string{"--slot", ""}, m.device...)
	other := m.store("other", randomBytes(keyLen))
	for _, c := range []struct {
		status       int
		want, secret string
		args         []string
	}{
		{1, "wrong PIN, or not this slot's part: device, machine", "4822", ana},
		{1, "wrong PIN", testPIN, append(ana, "--device", other)},
		{1, "wrong PIN", testPIN, append(ana, "--machine-id", "11"+readerMachine[2:])},
		{1, "wrong passphrase", composed + "s", []string{"--passphrase"}},
		{1, "typing error", m.code[:len(m.code)-3] + flipped(m.code[len(m.code)-3:]), []string{"--recovery"}},
		{1, "eight groups", m.code[1:], []string{"--recovery"}},
		{5, "this PIN needs device.key", testPIN, []string{"--slot", ""}},
		{5, "PIN, PIN ben, PIN cleo, PIN cleo's laptop, passphrase", testPIN, m.device},
		{5, "no such PIN; the vault opens with", testPIN, append(m.device, "--slot", "eve")},
		{5, "keyring of one machine keeps", benPIN, append([]string{"--slot", "ben"}, m.device...)},
		{5, "must be 32 bytes", benPIN, append([]string{"--slot", "ben", "--keyring-part", m.store("short", nil)}, m.device...)},
		{5, "systemd gives to a service", "8264", append([]string{"--slot", "cleo"}, m.device...)},
		{5, "only nod on the machine whose TPM", "5937", append([]string{"--slot", "cleo's laptop"}, m.device...)},
	} {
		m.refuses(c.status, c.want, c.secret, c.args...)
	}
}

// flipped returns text with another last letter but one.
func flipped(text string) string {
	if text[0] == '0' {
		return "1" + text[1:]
	}
	return "0" + text[1:]
}

func TestReaderRefusesChangedFiles(t *testing.T) {
	m := newReaderVault(t)
	data := m.saved.marshal()
	header := len(m.saved.header(true))
	s := offFirstSlot // a PIN
	for name, c := range map[string]struct {
		status int
		want   string
		data   []byte
	}{
		"empty":           {3, "does not begin like a vault", nil},
		"cut off":         {3, "checksum", data[:len(data)-1]},
		"cut off early":   {3, "checksum", data[:40]},
		"flipped":         {3, "checksum", damage(data, len(data)/2, false)},
		"flipped version": {3, "checksum", damage(data, offVersion, false)},
		"version":         {4, "newer nod", damage(data, offVersion, true)},
		"flags":           {4, "newer nod", damage(data, offFlags, true)},
		"vault id":        {1, "wrong passphrase", damage(data, offVaultID, true)},
		"approvals key":   {3, "header_mac", damage(data, offApprovals, true)},
		"slot":            {3, "digest", damage(data, s+slotHeadLen, true)},
		"slot's digest":   {3, "digest", damage(data, s+slotHeadLen-1, true)},
		"header MAC":      {3, "header_mac", damage(data, header, true)},
		"payload":         {3, "payload does not open", damage(data, len(data)-digestLen-1, true)},
		"twice the same": {3, "same credential", m.edited(func(f *frame) {
			f.slots = append(f.slots, f.slots[0])
			f.slots[len(f.slots)-1].id[0] ^= 1
		})},
		"memory of a try":     {3, "cost", m.edited(func(f *frame) { f.slots[0].body[0] = 1 })},
		"passes of a try":     {3, "cost", m.edited(func(f *frame) { f.slots[0].body[7] = 17 })},
		"another's own keys":  {3, "somebody else has sealed", m.takeover()},
		"wrong approvals key": {3, "approvals_key", m.edited(func(f *frame) { f.approvals[0] ^= 1 })},
	} {
		m.keepVault(c.data)
		out, said, status := m.run(composed, "--passphrase")
		if out != "" || status != c.status || !strings.Contains(said, c.want) {
			t.Errorf("%s: status %d, want %d; want %q: %s", name, status, c.status, c.want, said)
		}
	}
}

// TestReaderRefusesSlots that are switched off or of a newer nod, and opens the
// others.
func TestReaderRefusesSlots(t *testing.T) {
	m := newReaderVault(t)
	ana := append([]string{"--slot", ""}, m.device...)
	off := m.saved.marshal()
	clear(off[offFirstSlot+slotHeadLen:][:len(m.saved.slots[0].body)])
	m.keepVault(repair(off))
	m.refuses(5, "one was switched off", testPIN, ana...)
	m.content(composed, "--passphrase", "--check")

	unknown := m.edited(func(f *frame) {
		f.slots = append(f.slots, slot{kind: 9, need: 1 << 9, body: []byte("something new")})
	})
	m.keepVault(unknown)
	m.content(composed, "--passphrase", "--check")
	m.keepVault(damage(unknown, len(m.saved.header(true))-saltLen+slotHeadLen, true))
	m.refuses(3, "digest", composed, "--passphrase")
	m.keepVault(m.edited(func(f *frame) { f.slots[0].need |= 1 << 5 }))
	m.refuses(4, "parts that only a newer nod knows", testPIN, ana...)
}

// TestReaderIsStrict gives the reader payloads that nod would never write.
func TestReaderIsStrict(t *testing.T) {
	m := newReaderVault(t)
	padded := func(cbor string) []byte {
		p, err := pad([]byte(cbor))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	dirty := padded("\xa1\x01\x07")
	dirty[bucket-1] = 1
	for name, c := range map[string]struct {
		status int
		want   string
		padded []byte
	}{
		"dirty":           {3, "padding is not zero", dirty},
		"too much":        {3, "more padding than it needs", append(padded("\xa1\x01\x07"), make([]byte, bucket)...)},
		"past the end":    {3, "reaches past its end", append([]byte{0, 0, 0x40, 0}, make([]byte, bucket-4)...)},
		"not a map":       {3, "not one map", padded("\x81\x07")},
		"two maps":        {3, "not one map", padded("\xa1\x01\x07\xa0")},
		"longer number":   {3, "longer form", padded("\xa1\x01\x18\x07")},
		"longer length":   {3, "longer form", padded("\xa1\x02\x78\x01a")},
		"order of keys":   {3, "out of order", padded("\xa2\x02\x61a\x01\x07")},
		"same key twice":  {3, "out of order", padded("\xa2\x01\x07\x01\x07")},
		"indefinite":      {3, "indefinite", padded("\xa1\x03\x9f\xff")},
		"tag":             {3, "has a tag", padded("\xa1\x01\xc1\x07")},
		"nested":          {3, "nested", padded("\xa1\x03" + strings.Repeat("\x81", 99) + "\x07")},
		"not UTF-8":       {3, "not UTF-8", padded("\xa1\x02\x61\xff")},
		"of a newer nod":  {4, "newer nod", padded("\xa1\x08\x08")},
		"nothing unusual": {0, "", padded("\xa1\x01\x07")},
	} {
		m.keepVault(m.withPayload(c.padded))
		_, said, status := m.run(composed, "--passphrase")
		if status != c.status || !strings.Contains(said, c.want) {
			t.Errorf("%s: status %d, want %d; want %q: %s", name, status, c.status, c.want, said)
		}
	}
}

// TestReaderPrintsInSpiteOf damage that leaves the content as it is.
func TestReaderPrintsInSpiteOf(t *testing.T) {
	m := newReaderVault(t)
	m.keepVault(m.withForeignSlot())
	out, said, status := m.run(composed, "--passphrase")
	if !reflect.DeepEqual(parsed(t, []byte(out)), held(t, m.Vault, m.phrase)) || status != 3 || !strings.Contains(said, "somebody else has sealed keys to the PIN slot") {
		t.Errorf("status %d: %s%s", status, said, out)
	}

	for i, damage := range []func(*deviceMap){
		func(d *deviceMap) { d.ApprovalSeed[40] ^= 1 },
		func(d *deviceMap) { d.ApprovalKey[0] ^= 1 },
	} {
		if err := m.change(func(c *contents) error {
			d, err := decodeDevice(c.devices[i].raw)
			if err != nil {
				return err
			}
			damage(&d)
			c.devices[i], err = d.entry()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		m.keepVault(m.saved.marshal())
		out, said, status = m.run(composed, "--passphrase")
		want := "the approval key of device " + m.contents.devices[i].shown.ID + " does not open"
		if !strings.Contains(out, "transport_seed") || status != 3 || !strings.Contains(said, want) {
			t.Errorf("status %d: %s%s", status, said, out)
		}
	}
}

// TestReaderOpensVersion1 reads the vault of an earlier nod, and what this nod
// makes of it.
func TestReaderOpensVersion1(t *testing.T) {
	p, recovery := firstVault(t)
	cheap(t)
	r := newReader(t, p.File)
	v, err := Open(p, recovery)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	machine := filepath.Join(filepath.Dir(p.File), "machine", "etc", "machine-id")
	device := []string{"--device", filepath.Join(p.State, "device.key"), "--machine-id", machine}
	check := func(pin string, phrase bool) {
		t.Helper()
		want := held(t, v, recovery)
		ways := map[string][]string{pin: device, string(recovery.secret): {"--recovery"}}
		if phrase {
			ways[testPhrase] = []string{"--passphrase"}
		}
		for secret, args := range ways {
			if got := r.content(secret, args...); !reflect.DeepEqual(got, want) {
				t.Errorf("read_vault.py %q prints\n%v\nwant\n%v", args, got, want)
			}
		}
	}
	check(testPIN, true)
	r.refuses(1, "wrong PIN", "4822", device...)
	if _, err := v.Change(recovery, PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	check("6190", false) // the passphrase of a first slot goes, the recovery code stays
	r.refuses(5, "no such passphrase", testPhrase, "--passphrase")
}
