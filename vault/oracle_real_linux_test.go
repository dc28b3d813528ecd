package vault

// This file lets the thief of oracle_test.go at vaults whose PIN is protected by
// a real TPM and a real keyring.

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nod/vault/protect"
)

// softTPM starts a software TPM and returns its socket.
func softTPM(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("swtpm"); err != nil {
		missing(t, "swtpm")
	}
	dir, err := os.MkdirTemp("", "nod-tpm") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "tpm")
	cmd := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+dir, "--server", "type=unixio,path="+socket,
		"--ctrl", "type=unixio,path="+socket+".ctrl", "--flags", "startup-clear,not-need-init")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		os.RemoveAll(dir)
	})
	for range 12000 {
		_, err := os.Stat(socket) // it may make this one last
		if c, dialErr := net.Dial("unix", socket+".ctrl"); dialErr == nil {
			if c.Close(); err == nil {
				return socket
			}
		}
		time.Sleep(10 * time.Millisecond) // another process starts
	}
	t.Fatal("swtpm does not listen")
	return ""
}

// TestNoOfflineOracleOfARealTPM: without that TPM, and with another one, right
// and wrong PIN fail alike. With it, the PIN opens the vault.
func TestNoOfflineOracleOfARealTPM(t *testing.T) {
	own, others := protect.Chip{Device: softTPM(t)}, protect.Chip{Device: softTPM(t)}
	for name, more := range map[string][]protect.Protector{"no TPM": nil, "another TPM": {others}} {
		t.Run(name, func(t *testing.T) {
			withParts(t, own)
			v := oracleVault(t, protect.KindTPM)
			reopen(t, v, PIN([]byte(testPIN)))
			root := testMachine(t, "0123456789abcdef0123456789abcdef")
			steal(t, v, root, more...).checkNoOracle(t)
		})
	}
}

// TestRealTPMShutsAtEight: the eighth wrong PIN shuts the slot, although each try
// is made on a fresh copy of the files, where nothing counts but the TPM.
func TestRealTPMShutsAtEight(t *testing.T) {
	withParts(t, protect.Chip{Device: softTPM(t)})
	v, recovery := partVault(t, protect.KindTPM)
	for n := 1; n <= protect.MostTries; n++ {
		_, err := Open(freshCopy(t, v.Place()), PIN(wrongPIN))
		wrong, ok := errors.AsType[*PINError](err)
		if !ok || wrong.Left != protect.MostTries-n {
			t.Fatalf("wrong PIN %d: %v", n, err)
		}
	}
	// nod has removed what the TPM kept for that slot after the last one.
	if _, err := Open(freshCopy(t, v.Place()), PIN([]byte(testPIN))); !errors.Is(err, ErrOtherMachine) {
		t.Errorf("the right PIN after eight wrong ones: %v", err)
	}
	again := reopen(t, v, recovery)
	if _, err := again.Change(recovery, PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	reopen(t, v, PIN([]byte("6190")))
}

// freshCopy copies all files of p.
func freshCopy(t *testing.T, p Place) Place {
	t.Helper()
	dir := t.TempDir()
	c := Place{File: filepath.Join(dir, "data", filepath.Base(p.File)), State: filepath.Join(dir, "state")}
	for from, to := range map[string]string{filepath.Dir(p.File): filepath.Dir(c.File), p.State: c.State} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(to, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// roleKeyring makes a vault whose PIN is protected by the session's keyring.
const roleKeyring = "keyring"

func init() { moreRoles[roleKeyring] = makeKeyringVault }

func makeKeyringVault(p Place) error {
	keyring := protect.SystemKeyring{}
	protectors = func(p Place) []protect.Protector {
		return []protect.Protector{protect.Device{Dir: p.State}, protect.Machine{Root: os.Getenv("NOD_VAULT_TEST_ROOT")}, keyring}
	}
	v, _, err := Create(p, Options{PIN: []byte(testPIN), Protect: protect.KindKeyring, Cost: cheapCost})
	if err != nil {
		return err
	}
	defer v.Close()
	for n := range 3 {
		if err := v.SetOwner(fmt.Sprintf("ana%d@demo.test", n)); err != nil {
			return err
		}
	}
	if _, wrong := errors.AsType[*PINError](v.Verify(PIN(wrongPIN))); !wrong {
		return errors.New("the wrong PIN is not wrong")
	}
	if err := v.Verify(PIN([]byte(testPIN))); err != nil {
		return err
	}
	fmt.Println("made")
	return nil
}

// TestNoOfflineOracleOfARealKeyring makes the vault in a session with GNOME
// Keyring; the thief has all its files but no such session.
func TestNoOfflineOracleOfARealKeyring(t *testing.T) {
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program)
		}
	}
	cheap(t)
	p, root := testPlace(t), testMachine(t, "0123456789abcdef0123456789abcdef")
	plain := process(t, p, roleKeyring)
	const session = `echo | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec "$0"` // ends with its bus
	cmd := exec.CommandContext(t.Context(), "dbus-run-session", "--", "/bin/sh", "-c", session, plain.Path)
	home := t.TempDir()
	cmd.Env = append(plain.Env, "NOD_VAULT_TEST_ROOT="+root, "HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home,
		"XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "made") {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(home, "no bus"))
	for name, more := range map[string][]protect.Protector{"not asked": nil, "no bus": {protect.SystemKeyring{}}} {
		t.Run(name, func(t *testing.T) {
			withParts(t)
			st, err := locate(p)
			if err != nil {
				t.Fatal(err)
			}
			steal(t, &Vault{site: st}, root, more...).checkNoOracle(t)
		})
	}
}

// TestPINChangeKillsTheOldBlob: with the very TPM, files from before a change of
// PIN do not open with the old PIN.
func TestPINChangeKillsTheOldBlob(t *testing.T) {
	withParts(t, protect.Chip{Device: softTPM(t)})
	v, _ := partVault(t, protect.KindTPM)
	old := freshCopy(t, v.Place())
	if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(old, PIN([]byte(testPIN))); !errors.Is(err, ErrOtherMachine) {
		t.Errorf("the old PIN with the old files: %v", err)
	}
	reopen(t, v, PIN([]byte("6190")))
}
