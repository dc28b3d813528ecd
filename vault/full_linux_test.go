package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// missing skips a test that needs something real, or fails it where everything
// must be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatalf("%s is missing", what)
	}
	t.Skipf("skipped: %s is missing", what)
}

// TestFullDisk fills a real, small file system.
func TestFullDisk(t *testing.T) {
	cheap(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k,mode=0700"); err != nil {
		missing(t, "the right to mount a small disk ("+err.Error()+")")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	p := Place{File: filepath.Join(disk, "vault.nod"), State: filepath.Join(t.TempDir(), "state")}
	v, _, err := Create(p, Options{PIN: []byte(testPIN), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	saved, refused := 0, 0
	for n := range 20 {
		owner := v.Owner()
		err := v.SetOwner(fmt.Sprintf("ana%d@demo.test", n))
		if err == nil {
			saved++
			continue
		}
		refused++
		if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "disk is full") {
			t.Fatalf("save %d: %v", n, err)
		}
		if v.Owner() != owner {
			t.Error("memory has what the disk has not")
		}
		if again := reopen(t, v, PIN([]byte(testPIN))); again.Owner() != owner {
			t.Errorf("after a refused save the file holds %q, want %q", again.Owner(), owner)
		}
		if left := tempFiles(t, p); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	if saved == 0 || refused == 0 {
		t.Errorf("%d saved, %d refused: the disk has the wrong size for this test", saved, refused)
	}
}

// saveCalls are the system calls by which a save reaches the disk. Those that
// the Go runtime makes, too, are broken only for the files known by name.
var (
	saveCalls  = []string{"write", "fsync", "linkat", "renameat", "unlinkat", "flock", "ftruncate", "pwrite64"}
	namedCalls = []string{"openat", "read", "close", "fstat", "newfstatat", "getdents64"}
)

// TestEachSystemCallOfASaveFails breaks a saving process at its n-th call of a
// kind, with an error of the disk and with a kill, for every n.
func TestEachSystemCallOfASaveFails(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		missing(t, "strace")
	}
	if testing.Short() || raced {
		t.Skip("skipped: takes a minute")
	}
	v, _ := testVault(t)
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	if out, err := exec.Command(strace, "-f", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		missing(t, "the right to trace ("+string(out)+")")
	}
	broken := 0
	for _, call := range append(saveCalls, namedCalls...) {
		for _, fault := range []string{"signal=KILL", "error=ENOSPC", "error=EIO"} {
			for n := 1; n <= 40; n++ {
				if !breakSave(t, v, strace, fmt.Sprintf("%s:%s:when=%d", call, fault, n)) {
					break
				}
				broken++
			}
		}
	}
	t.Logf("%d faults", broken)
	if broken < 50 {
		t.Errorf("only %d faults were injected", broken)
	}
}

// breakSave lets a process save under a fault that strace injects, and checks
// what is on the disk afterwards. It reports whether the fault struck.
func breakSave(t *testing.T, v *Vault, strace, fault string) bool {
	t.Helper()
	before := details(reopen(t, v, PIN([]byte(testPIN))))
	acknowledged, struck := inject(t, v, strace, fault, "save 1")
	after := details(reopen(t, v, PIN([]byte(testPIN))))
	for d := range before {
		if !after[d] {
			t.Errorf("%s: an earlier save is lost", fault)
		}
	}
	if acknowledged != "" && !after[acknowledged] {
		t.Errorf("%s: the save was acknowledged and is lost", fault)
	}
	return struck
}

// inject lets a process play role under a fault. It returns the last line that
// the process printed, and whether the fault struck.
func inject(t *testing.T, v *Vault, strace, fault, role string) (printed string, struck bool) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	plain := process(t, v.Place(), role)
	args := append([]string{"-f", "-qq", "-o", trace, "-e", "inject=" + fault}, onlyNamed(t, v.Place(), fault)...)
	cmd := exec.CommandContext(t.Context(), strace, append(args, plain.Path)...)
	cmd.Env = plain.Env
	var out bytes.Buffer
	cmd.Stdout = &out
	runErr := cmd.Run()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	struck = bytes.Contains(text, []byte("INJECTED")) || bytes.Contains(text, []byte("killed by SIGKILL"))
	if !struck && runErr != nil {
		t.Errorf("%s: %v without a fault", fault, runErr)
	}
	resetTries(t, v)
	lines := strings.Fields(out.String())
	if len(lines) == 0 {
		return "", struck
	}
	return lines[len(lines)-1], struck
}

// resetTries starts all counts again: a kill while a PIN is tried counts as a
// try, as it must.
func resetTries(t *testing.T, v *Vault) {
	t.Helper()
	if err := os.Remove(v.site.record(v.vaultID, recordTries)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// onlyNamed returns the options that keep a fault to the files of the vault, for
// the calls that need it.
func onlyNamed(t *testing.T, p Place, fault string) []string {
	t.Helper()
	call, _, _ := strings.Cut(fault, ":")
	if slices.Contains(saveCalls, call) {
		return nil
	}
	var args []string
	for _, dir := range []string{filepath.Dir(p.File), p.State} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, "-P", dir)
		for _, e := range entries {
			args = append(args, "-P", filepath.Join(dir, e.Name()))
		}
	}
	return args
}
