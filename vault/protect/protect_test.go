package protect

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

func TestDeviceKeyIsMadeOnce(t *testing.T) {
	d := Device{Dir: filepath.Join(t.TempDir(), "a", "state")}
	if _, err := d.Secret(); !errors.Is(err, ErrAbsent) {
		t.Errorf("before: %v", err)
	}
	var wg sync.WaitGroup
	keys := make([][]byte, 8)
	for i := range keys {
		wg.Go(func() {
			key, err := d.Make()
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	stored, err := d.Secret()
	if err != nil || len(stored) != deviceKeyLen {
		t.Fatalf("%d bytes, %v", len(stored), err)
	}
	for _, key := range keys {
		if !bytes.Equal(key, stored) {
			t.Error("two makers got two keys")
		}
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]os.FileMode{d.File(): 0o600, d.Dir: 0o700} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
				t.Errorf("mode of %s = %v, %v", name, info.Mode(), err)
			}
		}
	}
	entries, err := os.ReadDir(d.Dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestWrongDeviceFilesAreNotReplaced(t *testing.T) {
	for name, make := range map[string]func(file string) error{
		"short":     func(f string) error { return os.WriteFile(f, []byte("short"), 0o600) },
		"long":      func(f string) error { return os.WriteFile(f, bytes.Repeat([]byte("x"), 33), 0o600) },
		"directory": func(f string) error { return os.Mkdir(f, 0o700) },
		"link":      func(f string) error { return os.Symlink("/dev/zero", f) },
	} {
		d := Device{Dir: t.TempDir()}
		if err := make(d.File()); err != nil {
			t.Fatal(err)
		}
		for _, get := range []func() ([]byte, error){d.Secret, d.Make} {
			_, err := get()
			if e, ok := errors.AsType[*DeviceFileError](err); !ok || e.File != d.File() {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestPublishWithoutHardLinks(t *testing.T) {
	dir := t.TempDir()
	temp, name := filepath.Join(dir, "temp"), filepath.Join(dir, "name")
	if err := publish(temp, name); err == nil {
		t.Error("nothing was published")
	}
	if err := os.WriteFile(temp, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := publish(temp, name); err != nil {
		t.Error(err)
	}
	if err := publish(temp, name); !errors.Is(err, os.ErrExist) {
		t.Errorf("published twice: %v", err)
	}
}

func TestMachineID(t *testing.T) {
	if len(machineFiles) == 0 {
		t.Skip("this system keeps its machine id in no file")
	}
	root := t.TempDir()
	m := Machine{Root: root}
	if _, err := m.Secret(); !errors.Is(err, ErrAbsent) {
		t.Errorf("no file: %v", err)
	}
	put := func(file, text string) {
		t.Helper()
		name := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, unset := range []string{"", "\n", "uninitialized\n"} {
		put(machineFiles[0], unset)
		if _, err := m.Secret(); !errors.Is(err, ErrAbsent) {
			t.Errorf("%q: %v", unset, err)
		}
	}
	last := machineFiles[len(machineFiles)-1]
	put(last, "0123456789abcdef0123456789abcdef\n")
	mac := hmac.New(sha256.New, []byte("0123456789abcdef0123456789abcdef"))
	mac.Write([]byte("nod/v1/machine"))
	if got, err := m.Secret(); err != nil || !bytes.Equal(got, mac.Sum(nil)) {
		t.Errorf("%x, %v", got, err)
	}
	put(machineFiles[0], "ffffffffffffffffffffffffffffffff")
	if got, err := m.Secret(); err != nil || len(machineFiles) > 1 && bytes.Equal(got, mac.Sum(nil)) {
		t.Errorf("the first file does not count: %v", err)
	}
}
