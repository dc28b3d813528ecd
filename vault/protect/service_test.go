package protect

// This file tests credentials, of files and of systemd-creds.

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wantCredential checks the part that content makes, in all methods.
func wantCredential(t *testing.T, s Service, content []byte) {
	t.Helper()
	mac := hmac.New(sha256.New, content)
	mac.Write([]byte("nod/v1/credential"))
	want := mac.Sum(nil)
	if err := s.Ready(); err != nil {
		t.Errorf("ready: %v", err)
	}
	sealed, blob, err := s.Seal(SlotID{1}, nil)
	if err != nil || len(blob) != 0 || !bytes.Equal(sealed, want) {
		t.Errorf("seal: %x, %x, %v, want %x", sealed, blob, err, want)
	}
	opened, err := s.Open(SlotID{2}, nil, nil)
	if err != nil || !bytes.Equal(opened, want) {
		t.Errorf("open: %x, %v, want %x", opened, err, want)
	}
}

func TestCredential(t *testing.T) {
	for name, content := range map[string][]byte{
		"shortest":     bytes.Repeat([]byte{0}, 16),
		"longest":      bytes.Repeat([]byte{0xff}, 4096),
		"text":         []byte("0123456789abcdef"),
		"with newline": []byte("0123456789abcdef\n"),
	} {
		t.Run(name, func(t *testing.T) {
			s := Service{Dir: t.TempDir()}
			if err := os.WriteFile(filepath.Join(s.Dir, "nod-device"), content, 0o400); err != nil {
				t.Fatal(err)
			}
			wantCredential(t, s, content)
			if err := s.Forget(SlotID{1}); err != nil {
				t.Error(err)
			}
			wantCredential(t, s, content)
		})
	}
}

func TestNoCredential(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("nod-device", bytes.Repeat([]byte("x"), 32), 0o400); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Service{{}, {Dir: t.TempDir()}, {Dir: filepath.Join(t.TempDir(), "none")}} {
		_, openErr := s.Open(SlotID{}, nil, nil)
		_, _, sealErr := s.Seal(SlotID{}, nil)
		for _, err := range []error{s.Ready(), openErr, sealErr} {
			if !errors.Is(err, ErrAbsent) {
				t.Errorf("%q: %v", s.Dir, err)
			}
		}
	}
}

func TestWrongCredential(t *testing.T) {
	for name, c := range map[string]struct {
		put  func(file string) error
		want string
	}{
		"empty":     {func(f string) error { return os.WriteFile(f, nil, 0o400) }, "16 to 4096 bytes"},
		"short":     {func(f string) error { return os.WriteFile(f, make([]byte, 15), 0o400) }, "16 to 4096 bytes"},
		"long":      {func(f string) error { return os.WriteFile(f, make([]byte, 4097), 0o400) }, "16 to 4096 bytes"},
		"directory": {func(f string) error { return os.Mkdir(f, 0o700) }, "not a file"},
		"device":    {func(f string) error { return os.Symlink(os.DevNull, f) }, "not a file"}, // as a pipe, which would block
	} {
		s := Service{Dir: t.TempDir()}
		if err := c.put(filepath.Join(s.Dir, "nod-device")); err != nil {
			t.Logf("%s: %v", name, err) // links need a right on Windows
			continue
		}
		if err := s.Ready(); err == nil || errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestSystemdCredential(t *testing.T) {
	needPrograms(t, "systemd-creds")
	if os.Getuid() != 0 {
		missing(t, "only root can use the host's key of systemd-creds")
	}
	content := bytes.Repeat([]byte("\x00\xff\n"), 11)
	dir := t.TempDir()
	sealed := filepath.Join(dir, "sealed")
	encrypt := exec.Command("systemd-creds", "encrypt", "--with-key=host", "--name=nod-device", "-", sealed)
	encrypt.Stdin = bytes.NewReader(content)
	output(t, encrypt)
	if text, err := os.ReadFile(sealed); err != nil || bytes.Contains(text, content) {
		t.Fatalf("not encrypted: %v", err)
	}
	output(t, exec.Command("systemd-creds", "decrypt", "--name=nod-device", sealed, filepath.Join(dir, "nod-device")))
	wantCredential(t, Service{Dir: dir}, content)
	said, err := exec.Command("systemd-creds", "decrypt", "--name=other", sealed, "-").CombinedOutput()
	if err == nil || !strings.Contains(string(said), "name") {
		t.Errorf("another name: %v, %s", err, said)
	}
}
