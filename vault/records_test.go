package vault

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRecordsAreChecked: a record that is missing is not one that is damaged, and
// opening makes a damaged one anew.
func TestRecordsAreChecked(t *testing.T) {
	cheap(t)
	p := testPlace(t)
	v, _, err := Create(p, Options{PIN: []byte(testPIN)})
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	look := func() (newest, tries Record) {
		t.Helper()
		s, err := Inspect(p)
		if err != nil {
			t.Fatal(err)
		}
		return s.Newest, s.Tries
	}
	open := func() {
		t.Helper()
		v, err := Open(p, PIN([]byte(testPIN)))
		if err != nil {
			t.Fatal(err)
		}
		v.Close()
		if newest, tries := look(); newest != RecordWhole || tries != RecordWhole {
			t.Errorf("after opening: newest %d, tries %d", newest, tries)
		}
	}
	open()
	files := map[string]string{}
	for _, kind := range []string{recordState, recordTries} {
		list, err := filepath.Glob(filepath.Join(p.State, "*."+kind))
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %q, %v", kind, list, err)
		}
		files[kind] = list[0]
	}
	for name, change := range map[string]func(data []byte) []byte{
		"empty":   func([]byte) []byte { return nil },
		"short":   func(data []byte) []byte { return data[:len(data)-1] },
		"long":    func(data []byte) []byte { return append(data, 0) },
		"flipped": func(data []byte) []byte { data[0] ^= 1; return data },
	} {
		for kind, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, change(data), 0o600); err != nil {
				t.Fatal(err)
			}
			newest, tries := look()
			if want := kind == recordState; (newest == RecordDamaged) != want || (tries == RecordDamaged) == want {
				t.Errorf("%s %s: newest %d, tries %d", name, kind, newest, tries)
			}
			open()
		}
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if newest, tries := look(); newest != RecordMissing || tries != RecordMissing {
		t.Errorf("missing: newest %d, tries %d", newest, tries)
	}
	open()
}
