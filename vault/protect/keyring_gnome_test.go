//go:build !darwin && !windows

package protect

// This file tests the keyring against GNOME Keyring on a bus of its own.

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// startGnome starts GNOME Keyring with the files in home and waits until it
// serves. A password unlocks its login keyring, and makes it when there is none.
func startGnome(t *testing.T, home, password string) (stop func()) {
	t.Helper()
	needPrograms(t, "gnome-keyring-daemon", "secret-tool")
	conn := joinBus(t)
	owners := make(chan *dbus.Signal, 8)
	conn.Signal(owners)
	err := conn.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, secretsName))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets")
	if password != "" {
		cmd.Args = append(cmd.Args, "--unlock")
		cmd.Stdin = strings.NewReader(password)
	}
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+filepath.Join(home, "data"),
		"XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "DISPLAY=", "WAYLAND_DISPLAY=")
	ended := make(chan bool)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	stop = func() {
		_ = cmd.Process.Kill() // it may have been stopped before
		<-ended
	}
	t.Cleanup(stop)
	for {
		select {
		case <-ended:
			t.Fatal("gnome-keyring-daemon has ended")
		case s := <-owners:
			if len(s.Body) == 3 && s.Body[0] == secretsName && s.Body[2] != "" {
				return stop
			}
		}
	}
}

func TestKeyringRoundTrip(t *testing.T) {
	startBus(t)
	limitKeyring(t, time.Minute)
	home := t.TempDir()
	stop := startGnome(t, home, "password")
	k, ana, ben := SystemKeyring{}, SlotID{0xa}, SlotID{0xb}
	if err := k.Ready(); err != nil {
		t.Fatal(err)
	}
	seal := func(id SlotID) []byte {
		t.Helper()
		secret, blob, err := k.Seal(id, nil)
		if err != nil || len(blob) != 0 || len(secret) != 32 {
			t.Fatalf("seal: %d bytes, blob %x, %v", len(secret), blob, err)
		}
		return secret
	}
	old, other, secret := seal(ana), seal(ben), seal(ana)
	if bytes.Equal(old, secret) || bytes.Equal(other, secret) {
		t.Error("two parts are the same")
	}
	wantPart := func(id SlotID, want []byte) {
		t.Helper()
		if got, err := k.Open(id, nil, nil); err != nil || !bytes.Equal(got, want) {
			t.Errorf("open: %x, %v, want %x", got, err, want)
		}
	}
	wantPart(ana, secret)
	wantPart(ben, other)

	found := output(t, exec.Command("secret-tool", "search", "--all", "service", "nod", "username", hex.EncodeToString(ana[:])))
	text := base64.StdEncoding.EncodeToString(secret)
	if strings.Count(found, "label = nod vault PIN\n") != 1 || strings.Count(found, "secret = "+text+"\n") != 1 {
		t.Error("another program does not find one item with our label and secret")
	}

	stop()
	startGnome(t, home, "password")
	wantPart(ana, secret)
	for range 2 { // the second time there is nothing
		if err := k.Forget(ana); err != nil {
			t.Errorf("forget: %v", err)
		}
	}
	if _, err := k.Open(ana, nil, nil); !errors.Is(err, ErrAbsent) {
		t.Errorf("open what is forgotten: %v", err)
	}
	wantPart(ben, other)
}

func TestLockedGnomeKeyring(t *testing.T) {
	startBus(t)
	limitKeyring(t, time.Minute)
	home := t.TempDir()
	stop := startGnome(t, home, "password")
	if _, _, err := (SystemKeyring{}).Seal(SlotID{1}, nil); err != nil {
		t.Fatal(err)
	}
	stop()
	startGnome(t, home, "")
	wantKeyringErrors(t, errKeyringLocked)
}

func TestGnomeKeyringThatWasNeverSetUp(t *testing.T) {
	startBus(t)
	limitKeyring(t, time.Minute)
	startGnome(t, t.TempDir(), "")
	wantKeyringErrors(t, ErrAbsent)
}
