//go:build !darwin && !windows

package protect

// This file tests the keyring on session buses that are missing, dead or silent.

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><servicedir>%s</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`

// startBus starts a session bus for this test, which can start the services
// described in the directory it returns, and names it in the environment.
func startBus(t *testing.T) (services string) {
	t.Helper()
	needPrograms(t, "dbus-daemon")
	run := filepath.Join(t.TempDir(), "run,time%") // what needs to be escaped in an address
	services = filepath.Join(run, "services")
	if err := os.MkdirAll(services, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", run)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "") // is put back after the test
	os.Unsetenv("DBUS_SESSION_BUS_ADDRESS")  // GLib takes an empty one for an address
	config := filepath.Join(run, "config")
	text := fmt.Sprintf(busConfig, dbus.EscapeBusAddressValue(filepath.Join(run, "bus")), services)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address"))
	return services
}

// joinBus connects to the bus of this test, until it ends.
func joinBus(t *testing.T) *dbus.Conn {
	t.Helper()
	address, err := sessionBus()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// keyringErrors returns the errors of all four methods.
func keyringErrors(k SystemKeyring) map[string]error {
	_, _, seal := k.Seal(SlotID{1}, nil)
	_, open := k.Open(SlotID{1}, nil, nil)
	return map[string]error{"ready": k.Ready(), "seal": seal, "open": open, "forget": k.Forget(SlotID{1})}
}

// wantKeyringErrors checks that all four methods fail with want.
func wantKeyringErrors(t *testing.T, want error) {
	t.Helper()
	for method, err := range keyringErrors(SystemKeyring{}) {
		if !errors.Is(err, want) || want != ErrAbsent && errors.Is(err, ErrAbsent) {
			t.Errorf("%s: got %v, want %v", method, err, want)
		}
	}
}

// limitKeyring sets the time that the keyring has.
func limitKeyring(t *testing.T, limit time.Duration) {
	t.Helper()
	before := keyringLimit
	keyringLimit = limit
	t.Cleanup(func() { keyringLimit = before })
}

func TestNoBus(t *testing.T) {
	dir := t.TempDir()
	launched := filepath.Join(dir, "launched")
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte("#!/bin/sh\n>"+launched+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if err := os.WriteFile(filepath.Join(dir, "bus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(dir, "dead")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	for name, env := range map[string]struct{ address, runtime string }{
		"nothing":          {"", ""},
		"no socket":        {"", t.TempDir()},
		"a file":           {"", dir},
		"autolaunch":       {"autolaunch:", ""},
		"autolaunch scope": {"autolaunch:scope=*user", ""},
		"bus has ended":    {"unix:path=" + dead, ""},
		"socket is gone":   {"unix:path=" + dead + "-gone", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", env.address)
			t.Setenv("XDG_RUNTIME_DIR", env.runtime)
			wantKeyringErrors(t, ErrAbsent)
		})
	}
	if _, err := os.Stat(launched); err == nil {
		t.Error("dbus-launch was started")
	}
}

func TestSilentBus(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // nobody accepts, but connections succeed
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
	limitKeyring(t, 20*time.Millisecond)
	wantKeyringErrors(t, errKeyringSlow)
}

func TestBusWithoutKeyring(t *testing.T) {
	startBus(t)
	limitKeyring(t, time.Minute)
	wantKeyringErrors(t, ErrAbsent)
}

func TestKeyringThatDoesNotStart(t *testing.T) {
	services := startBus(t)
	limitKeyring(t, time.Minute)
	text := "[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/false\n"
	if err := os.WriteFile(filepath.Join(services, "secrets.service"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	conn := joinBus(t)
	if err := conn.BusObject().Call("org.freedesktop.DBus.ReloadConfig", 0).Err; err != nil {
		t.Fatal(err)
	}
	for method, err := range keyringErrors(SystemKeyring{}) {
		if e, ok := errors.AsType[dbus.Error](err); !ok || errors.Is(err, ErrAbsent) {
			t.Errorf("%s: got %v, want the bus's error, not %v", method, err, e)
		}
	}
}
