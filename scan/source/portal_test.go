//go:build linux

package source

// This file: a portal of the test's own on a session bus of its own.

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// fakePortal answers each request with a file, or with a status.
type fakePortal struct {
	mu          sync.Mutex // of all that follows
	conn        *dbus.Conn
	file        string
	status      uint32
	interactive bool
}

func (f *fakePortal) Screenshot(sender dbus.Sender, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interactive, _ = options["interactive"].Value().(bool)
	token, _ := options["handle_token"].Value().(string)
	name := strings.ReplaceAll(strings.TrimPrefix(string(sender), ":"), ".", "_")
	path := portalPath + dbus.ObjectPath("/request/"+name+"/"+token)
	results := map[string]dbus.Variant{"uri": dbus.MakeVariant("file://" + f.file)}
	if err := f.conn.Emit(path, portalReply, f.status, results); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return path, nil
}

func (f *fakePortal) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// portalDesk starts a bus with f on it, which may be slow.
func portalDesk(t *testing.T, f *fakePortal) Desk {
	t.Helper()
	before := busLimit
	t.Cleanup(func() { busLimit = before })
	busLimit = time.Minute
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatal("dbus-daemon is missing: install the package dbus")
		}
		t.Skip("there is no session bus: the package dbus is not installed")
	}
	address := "unix:path=" + filepath.Join(t.TempDir(), "bus")
	cmd := exec.Command(program, "--session", "--nofork", "--print-address=1", "--address="+address)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 1)); err != nil { // it listens now
		t.Fatal(err)
	}
	if f != nil {
		conn, err := dbus.Connect(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		f.set(func() { f.conn = conn })
		if err := conn.Export(f, portalPath, "org.freedesktop.portal.Screenshot"); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.RequestName(portalName, dbus.NameFlagDoNotQueue); err != nil {
			t.Fatal(err)
		}
	}
	d, _ := desk(t, "linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DBUS_SESSION_BUS_ADDRESS": address}, nil)
	return d
}

func TestPortal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shot.png")
	f := &fakePortal{file: file}
	d := portalDesk(t, f)
	for _, kind := range []Kind{Screen, Region} {
		if err := os.WriteFile(file, []byte("PIC"), 0o600); err != nil {
			t.Fatal(err)
		}
		take, err := d.Take(t.Context(), kind)
		if err != nil || len(take.Pictures) != 1 || string(take.Pictures[0]) != "PIC" {
			t.Errorf("%s: took %v, %v", kind, take, err)
		}
		f.set(func() {
			if f.interactive != (kind == Region) {
				t.Errorf("%s: interactive is %v", kind, f.interactive)
			}
		})
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the portal's file is still there: %v", kind, err)
		}
	}
	f.set(func() { f.status = portalCancelled })
	if _, err := d.Take(t.Context(), Region); !errors.Is(err, ErrNothingChosen) {
		t.Errorf("given up: %v", err)
	}
	f.set(func() { f.status = 2 })
	if _, err := d.Take(t.Context(), Screen); err == nil || !strings.Contains(err.Error(), "xdg portal: it took no picture") {
		t.Errorf("failed: %v", err)
	}
	f.set(func() { f.status, f.file = portalDone, t.TempDir() })
	if _, err := d.Take(t.Context(), Screen); err == nil || !strings.Contains(err.Error(), "can not be read") {
		t.Errorf("a folder in place of a picture: %v", err)
	}
}

func TestNoPortal(t *testing.T) {
	d := portalDesk(t, nil)
	if _, missing := errors.AsType[*MissingError](d.Check(t.Context(), Screen)); !missing {
		t.Errorf("without a portal: %v", d.Check(t.Context(), Screen))
	}
}
