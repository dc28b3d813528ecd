//go:build !windows

package cli

// This file: where a PIN is taken from, in which order, and from which files not.

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// sourceOf returns the PIN that the flags and variables give, with the environment
// that a run of nod has.
func sourceOf(t *testing.T, f flags, stdin string, vars map[string]string) (string, string, error) {
	env := quietEnv(t)
	var stderr bytes.Buffer
	env.Stdin, env.Stderr = strings.NewReader(stdin), &stderr
	env.Getenv = func(name string) string { return vars[name] }
	a := &app{env: env, flags: f}
	secret, err := a.sourceSecret()
	return string(secret), stderr.String(), err
}

// Each source is taken before those that follow it.
func TestPINSourcesHaveAnOrder(t *testing.T) {
	dir := t.TempDir()
	file := func(name, pin string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(pin+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file("nod.pin", "4444")
	f := flags{pinFD: -1, pinFile: file("file", "2222"), pinStdin: true}
	vars := map[string]string{"CREDENTIALS_DIRECTORY": dir, "NOD_PIN_FILE": file("variable", "5555"), "NOD_PIN": "6666"}
	for _, tt := range []struct {
		want string
		drop func() // takes the source away that won before
	}{
		{"1111", func() {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.WriteString("1111\n"); err != nil {
				t.Fatal(err)
			}
			w.Close()
			if f.pinFD, err = syscall.Dup(int(r.Fd())); err != nil { // nod closes it
				t.Fatal(err)
			}
			r.Close()
		}},
		{"2222", func() { f.pinFD = -1 }},
		{"3333", func() { f.pinFile = "" }},
		{"4444", func() { f.pinStdin = false }},
		{"5555", func() { vars["CREDENTIALS_DIRECTORY"] = "" }},
		{"6666", func() { vars["NOD_PIN_FILE"] = "" }},
		{"", func() { vars["NOD_PIN"] = "" }},
	} {
		tt.drop()
		got, stderr, err := sourceOf(t, f, "3333\n", vars)
		if err != nil || got != tt.want {
			t.Errorf("PIN %q, %v, want %q", got, err, tt.want)
		}
		if warned := strings.Contains(stderr, "NOD_PIN is read from the environment"); warned != (tt.want == "6666") {
			t.Errorf("PIN %q with the warning %q", got, stderr)
		}
	}
	if _, stderr, _ := sourceOf(t, flags{pinFD: -1}, "", map[string]string{"NOD_PIN": "6666", "CI": "true"}); stderr != "" {
		t.Errorf("with CI=true nod says %q", stderr)
	}
}

// A credentials directory without nod.pin is no source; a PIN file that is missing is wrong.
func TestPINSourceMissing(t *testing.T) {
	none := map[string]string{"CREDENTIALS_DIRECTORY": t.TempDir(), "NOD_PIN": "6666", "CI": "true"}
	if got, _, err := sourceOf(t, flags{pinFD: -1}, "", none); got != "6666" || err != nil {
		t.Errorf("PIN %q, %v, want that of NOD_PIN", got, err)
	}
	none["NOD_PIN_FILE"] = filepath.Join(t.TempDir(), "missing")
	if got, _, err := sourceOf(t, flags{pinFD: -1}, "", none); got != "" || err == nil {
		t.Errorf("PIN %q, %v, want an error", got, err)
	}
}

func TestPINFileMustBePrivate(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(name string) error
		want string // in the error, "" for none
	}{
		{"own", func(string) error { return nil }, ""},
		{"read only", func(name string) error { return os.Chmod(name, 0o400) }, ""},
		{"group may read", func(name string) error { return os.Chmod(name, 0o640) }, "other people may read"},
		{"world may read", func(name string) error { return os.Chmod(name, 0o604) }, "other people may read"},
		{"group may write", func(name string) error { return os.Chmod(name, 0o620) }, "other people may change"},
		{"world may write", func(name string) error { return os.Chmod(name, 0o602) }, "other people may change"},
		{"somebody else's", func(name string) error { return os.Chown(name, 65534, -1) }, "belongs to another person (uid 65534)"},
		{"a link to a private file", func(name string) error {
			if err := os.Rename(name, name+".real"); err != nil {
				return err
			}
			return os.Symlink(name+".real", name)
		}, ""},
		{"a link to an open file", func(name string) error {
			if err := os.Rename(name, name+".real"); err != nil {
				return err
			}
			if err := os.Chmod(name+".real", 0o644); err != nil {
				return err
			}
			return os.Symlink(name+".real", name)
		}, "other people may read"},
		{"a directory", func(name string) error {
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Mkdir(name, 0o700)
		}, "is a directory"},
		{"a device", func(name string) error {
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Symlink(os.DevNull, name)
		}, "is a device, which holds no PIN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "pin")
			if err := os.WriteFile(name, []byte("4821\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := tt.make(name); err != nil {
				if os.Getenv("NOD_TEST_REAL") == "1" { // giving files away takes root
					t.Fatalf("with NOD_TEST_REAL=1: %v", err)
				}
				t.Skip(err)
			}
			got, _, err := sourceOf(t, flags{pinFD: -1, pinFile: name}, "", nil)
			switch {
			case tt.want == "" && (err != nil || got != "4821"):
				t.Errorf("PIN %q, %v", got, err)
			case tt.want != "" && (err == nil || got != "" || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("PIN %q, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}

// A pipe that nobody writes to does not hold nod past --timeout, nor does standard
// input; `--pin-file -` is standard input.
func TestPINSourceIsWaitedFor(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	silent, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer silent.Close()
	init := quietEnv(t)
	init.Stdin = strings.NewReader("4821\n")
	if status := Run(t.Context(), init, []string{"init", "--pin-file", "-", "--quiet"}); status != exitOK {
		t.Fatalf("nod init --pin-file -: exit status %d", status)
	}
	for _, source := range [][]string{{"--pin-stdin"}, {"--pin-file", "-"}, {"--pin-file", pipe}} {
		env := init
		env.Stdin = silent
		var stderr bytes.Buffer
		env.Stderr = &stderr
		args := append([]string{"ls", "--json", "--timeout", "50ms"}, source...)
		if status := Run(t.Context(), env, args); status != exitTime {
			t.Errorf("nod %v: exit status %d, want 7: %s", args, status, stderr.String())
		}
		printedFailure(t, args, stderr.String())
	}
}
