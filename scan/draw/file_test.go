package draw

// This file: what writing a file does to those that are there.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWriteFile(t *testing.T) {
	for _, name := range []string{"qr.png", "qr.svg", "QR.PNG", "my.code.SVG"} {
		path := filepath.Join(t.TempDir(), name)
		if err := WriteFile(path, link, false); err != nil {
			t.Fatal(err)
		}
		data := contents(t, path)
		if want := "\x89PNG"; !strings.HasPrefix(data, want) && !strings.HasPrefix(data, "<svg ") {
			t.Errorf("%s starts with %q", name, data[:10])
		}
		if err := WriteFile(path, "other", false); !errors.Is(err, ErrExists) || contents(t, path) != data {
			t.Errorf("%s a second time: %v, or it has changed", name, err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(path, "other", true); err != nil || contents(t, path) == data {
			t.Errorf("%s replaced: %v, or it is the same", name, err)
		}
		private(t, path)
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("%s left %v", name, left)
		}
	}
}

// private checks that only the owner may read a file.
func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%s has mode %v, want 0600", path, info.Mode())
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWriteFileRefuses(t *testing.T) {
	for _, name := range []string{"qr", "qr.jpg", "qr.png.txt", ".png.", ""} {
		if err := WriteFile(filepath.Join(t.TempDir(), name), link, true); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v, want ErrFormat", name, err)
		}
	}
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder.png")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(folder, link, true); !errors.Is(err, ErrNoFile) {
		t.Errorf("a folder: %v, want ErrNoFile", err)
	}
	if err := WriteFile(filepath.Join(dir, "none", "qr.png"), link, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	long := filepath.Join(dir, "long.png")
	if err := WriteFile(long, strings.Repeat("x", 3000), false); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v, want ErrTooLong", err)
	}
	if _, err := os.Lstat(long); err == nil {
		t.Error("it left a file")
	}
}

// TestWriteFileFollowsNoLink has a link lie where the file shall be: to a file, and
// to one that does not exist yet.
func TestWriteFileFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target.png"), filepath.Join(dir, "link.png")
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	for _, replace := range []bool{false, true} {
		if err := WriteFile(link, "text", replace); !errors.Is(err, ErrNoFile) {
			t.Errorf("link, replace %t: %v, want ErrNoFile", replace, err)
		}
		if err := writeNew(link, []byte("text")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("a link that came just now: %v", err)
		}
		if _, err := os.Stat(target); replace == errors.Is(err, fs.ErrNotExist) {
			t.Errorf("target: %v", err)
		}
		if err := os.WriteFile(target, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := contents(t, target); got != "mine" {
		t.Errorf("the target holds %q", got)
	}
}
