package vault

// This file is a thief who has copied every file of a machine, but not its TPM or
// keyring: for him no PIN may be different from another. He also gets a vault
// whose PIN is protected by files alone, to show that he knows his trade.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nod/vault/protect"
)

// loot is what the thief has: the files, and the machine that he puts them on.
type loot struct {
	place Place
	files []string // the vault file and its older copies
}

// steal copies all files of v, and gives the thief a machine with the same id
// and, in place of the real ones, with the parts more.
func steal(t testing.TB, v *Vault, root string, more ...protect.Protector) loot {
	t.Helper()
	dir := t.TempDir()
	p := Place{File: filepath.Join(dir, "data", filepath.Base(v.Place().File)), State: filepath.Join(dir, "state")}
	for from, to := range map[string]string{filepath.Dir(v.Place().File): filepath.Dir(p.File), v.Place().State: p.State} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(to, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	protectors = func(p Place) []protect.Protector {
		return append([]protect.Protector{protect.Device{Dir: p.State}, protect.Machine{Root: root}}, more...)
	}
	l := loot{place: p, files: []string{p.File}}
	copies, err := Copies(p)
	if err != nil || len(copies) == 0 {
		t.Fatalf("the thief found %d older copies, %v", len(copies), err)
	}
	for _, g := range copies {
		l.files = append(l.files, g.File)
	}
	return l
}

// answers returns what every call says that takes a PIN, with the paths of the
// files left out.
func (l loot) answers(t testing.TB, pin Credential) []string {
	t.Helper()
	var list []string
	say := func(what string, err error) {
		text := "opened"
		if err != nil {
			text = strings.ReplaceAll(err.Error(), filepath.Dir(filepath.Dir(l.place.File)), "")
		}
		list = append(list, what+": "+text)
	}
	v, err := Open(l.place, pin)
	say("open", err)
	if err == nil {
		v.Close()
	}
	_, err = Drill(l.place, "", pin)
	say("drill", err)
	for _, file := range l.files {
		_, err = Drill(l.place, file, pin)
		say("drill "+filepath.Base(file), err)
		v, _, err := Restore(l.place, file, pin)
		say("restore "+filepath.Base(file), err)
		if err == nil {
			v.Close()
		}
	}
	sum, err := Inspect(l.place)
	say("inspect", err)
	list = append(list, fmt.Sprintf("slots: %+v", sum.Slots))
	return list
}

// guess does what needs no nod: it derives every key of every PIN slot in every
// file from the PIN and the parts that the thief has, fills in made-up ones, and
// compares with all that the files hold. It reports whether something fits.
func (l loot) guess(t testing.TB, pin []byte, madeUp ...[]byte) bool {
	t.Helper()
	for _, file := range l.files {
		data, err := readVaultFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseFrame(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.slots {
			if s := &f.slots[i]; s.kind == typePIN && !s.disabled() {
				for _, part := range madeUp {
					if l.fits(t, f, s, pin, part) {
						return true
					}
				}
			}
		}
	}
	return false
}

// fits tries one PIN with one made-up part on one slot.
func (l loot) fits(t testing.TB, f *frame, s *slot, pin, madeUp []byte) bool {
	t.Helper()
	p := parts{secrets: map[protect.Part][]byte{}, guarded: func([]byte) ([]byte, error) { return bytes.Clone(madeUp), nil }}
	for part := protect.Part(1); part != 0; part <<= 1 {
		if s.need&part != 0 && part&protect.Guarded == 0 {
			p.secrets[part] = bytes.Clone(madeUp)
		}
	}
	for _, have := range protectors(l.place)[:2] { // device key and machine id are files
		secret, err := have.Open(protect.SlotID(s.id), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		p.secrets[have.Part()] = secret
	}
	o, err := s.open(f.vaultID, PIN(pin), p)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(o.private.PublicKey().Bytes(), s.in.seals.public) || bytes.Equal(s.sealsTag(f.vaultID, o.tagKey), s.in.seals.tag) {
		return true
	}
	for _, comp := range []string{compCodes, compApprovals} {
		if _, err := openWith(o.private, s.sealInfo(comp, f.vaultID), s.in.seals.of(comp)); err == nil {
			return true
		}
	}
	return l.leaks(t, s, pin, p)
}

// leaks looks for what is made of the PIN alone in all files.
func (l loot) leaks(t testing.TB, s *slot, pin []byte, p parts) bool {
	t.Helper()
	stretched := s.in.cost.stretch(pin, s.in.salt)
	for name, data := range snapshot(t, l.place) {
		for what, secret := range map[string][]byte{"the stretched PIN": stretched, "what the TPM sees": s.authValue(stretched)} {
			if strings.Contains(data, string(secret)) {
				t.Errorf("%s holds %s", name, what)
				return true
			}
		}
	}
	return false
}

// madeUpParts are what a thief may put in the place of a part that he has not.
func madeUpParts() [][]byte { return [][]byte{nil, make([]byte, keyLen), randomBytes(keyLen)} }

// checkNoOracle runs the thief on l. Right and wrong PIN must look the same.
func (l loot) checkNoOracle(t *testing.T) {
	t.Helper()
	want := l.answers(t, PIN(wrongPIN))
	for _, pin := range []string{testPIN, "6190", testPIN} {
		got := l.answers(t, PIN([]byte(pin)))
		if !slices.Equal(got, want) {
			t.Errorf("the PIN %s is told from a wrong one:\n%s\nwant\n%s", pin, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, line := range want {
		if strings.Contains(line, "opened") && !strings.HasPrefix(line, "inspect") || strings.Contains(line, "wrong PIN") {
			t.Errorf("the thief is told: %s", line)
		}
	}
	for _, pin := range []string{testPIN, "6190"} {
		if l.guess(t, []byte(pin), madeUpParts()...) {
			t.Errorf("the files tell something about the PIN %s", pin)
		}
	}
}

// otherPart is the thief's own TPM or keyring: it works, and has nothing of the
// slot, or something else.
type otherPart struct{ fakePart }

// Open gives out made-up bytes for any PIN.
func (p *otherPart) Open(protect.SlotID, []byte, []byte) ([]byte, error) {
	return make([]byte, keyLen), nil
}

// oracleVault makes a vault with older copies and, beside testPIN, other slots.
func oracleVault(t testing.TB, kind protect.Kind) *Vault {
	t.Helper()
	v, _ := partVault(t, kind)
	if _, err := v.AddSlot(PIN([]byte(testPIN)), Passphrase([]byte(testPhrase)), ""); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := v.SetOwner(fmt.Sprintf("ana%d@demo.test", n)); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// TestNoOfflineOracle: with a part outside the files a PIN can not be tried on
// copies of them, neither where there is no such part nor on a thief's own.
func TestNoOfflineOracle(t *testing.T) {
	root := testMachine(t, "0123456789abcdef0123456789abcdef")
	for _, k := range fakeKinds {
		for name, own := range map[string]func(t *testing.T) []protect.Protector{
			"without the part": func(*testing.T) []protect.Protector { return nil },
			"with his own, empty": func(t *testing.T) []protect.Protector {
				return []protect.Protector{&fakePart{dir: t.TempDir(), part: k.part}}
			},
		} {
			t.Run(string(k.kind)+" "+name, func(t *testing.T) {
				withPart(t, k.part)
				v := oracleVault(t, k.kind)
				steal(t, v, root, own(t)...).checkNoOracle(t)
			})
		}
	}
}

// TestNoOfflineOracleOfAMadeUpPart: the thief's keyring gives out anything. Every
// PIN is wrong then, the right one as well.
func TestNoOfflineOracleOfAMadeUpPart(t *testing.T) {
	root := testMachine(t, "0123456789abcdef0123456789abcdef")
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			withPart(t, k.part)
			v := oracleVault(t, k.kind)
			said := map[string]string{}
			for _, pin := range []string{testPIN, "6190", string(wrongPIN)} {
				l := steal(t, v, root, &otherPart{fakePart{dir: t.TempDir(), part: k.part}})
				said[pin] = strings.Join(l.answers(t, PIN([]byte(pin)))[:2], "\n")
			}
			for pin, text := range said {
				if text != said[testPIN] || !strings.Contains(text, "wrong PIN") {
					t.Errorf("PIN %s: %s", pin, text)
				}
			}
		})
	}
}

// TestOracleOfFilesAlone is the control: where the files are all that there is,
// the same thief finds the PIN, by nod's answers and without nod.
func TestOracleOfFilesAlone(t *testing.T) {
	withParts(t)
	v := oracleVault(t, protect.KindFile)
	root := testMachine(t, "0123456789abcdef0123456789abcdef")
	l := steal(t, v, root)
	if slices.Equal(l.answers(t, PIN([]byte(testPIN))), l.answers(t, PIN(wrongPIN))) {
		t.Error("nod's answers do not tell the right PIN: this test can not fail")
	}
	var found []string
	for n := 4700; n < 4900; n++ {
		pin := fmt.Sprintf("%04d", n)
		if l.guess(t, []byte(pin), madeUpParts()...) {
			found = append(found, pin)
		}
	}
	if !slices.Equal(found, []string{testPIN}) {
		t.Errorf("the thief found %v, want %s", found, testPIN)
	}
	for _, without := range []string{"device key", "machine id"} {
		l := steal(t, v, root)
		if without == "device key" {
			if err := os.WriteFile(filepath.Join(l.place.State, "device.key"), make([]byte, keyLen), 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			l = steal(t, v, testMachine(t, "ffffffffffffffffffffffffffffffff"))
		}
		l.checkNoOracle(t)
	}
}
