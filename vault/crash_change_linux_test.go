package vault

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
)

// This file breaks off changes of the PIN: at every moment the vault opens with
// the old PIN or with the new one, and what was acknowledged is in force.

// roleChange changes the PIN to and fro until it is killed; roleOneChange once.
const (
	roleChange    = "change on and on"
	roleOneChange = "change"
)

// changePINs are the PINs that it changes between.
var changePINs = []string{testPIN, "6190"}

func init() {
	moreRoles[roleChange] = func(p Place) error { return changeOften(p, 1<<30) }
	moreRoles[roleOneChange] = func(p Place) error { return changeOften(p, 1) }
}

// changeOften prints each PIN that is in force.
func changeOften(p Place, times int) error {
	v, err := Open(p, Passphrase([]byte(testPhrase)))
	if err != nil {
		return err
	}
	defer v.Close()
	at := 0
	if v.Verify(PIN([]byte(changePINs[0]))) == nil {
		at = 1
	}
	for range times {
		if _, err := v.Change(Passphrase([]byte(testPhrase)), PIN([]byte(changePINs[at%2]))); err != nil {
			return err
		}
		fmt.Println(changePINs[at%2]) // the change is acknowledged
		at++
	}
	return nil
}

// changingVault returns a vault with the first PIN, the passphrase and one account.
func changingVault(t *testing.T) *Vault {
	t.Helper()
	cheap(t)
	v, _, err := Create(testPlace(t), Options{PIN: []byte(testPIN), Passphrase: []byte(testPhrase), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	return v
}

// opensAfter checks that one of the PINs opens the vault, that nothing is lost and
// that the vault can be saved. It returns the PIN.
func opensAfter(t *testing.T, v *Vault, acknowledged string) string {
	t.Helper()
	resetTries(t, v)
	for _, pin := range changePINs {
		again, err := Open(v.Place(), PIN([]byte(pin)))
		if _, wrong := errors.AsType[*PINError](err); wrong {
			continue
		}
		if err != nil {
			t.Fatalf("after %q was acknowledged: %v", acknowledged, err)
		}
		defer again.Close()
		if len(again.Accounts()) != 1 {
			t.Fatalf("%d accounts are there, want 1", len(again.Accounts()))
		}
		if err := again.SetOwner("ana@demo.test"); err != nil { // what is there can be saved
			t.Fatal(err)
		}
		return pin
	}
	t.Fatalf("neither PIN opens the vault; %q was acknowledged", acknowledged)
	return ""
}

// TestKilledChanges kills a process that changes the PIN again and again.
func TestKilledChanges(t *testing.T) {
	kills := 150
	if testing.Short() || raced {
		kills = 15 // the full number runs without the race detector
	}
	v := changingVault(t)
	changes := 0
	for range kills {
		cmd := process(t, v.Place(), roleChange)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		last := ""
		for n := rand.IntN(3) + 1; n > 0 && lines.Scan(); n-- {
			last = lines.Text()
			changes++
		}
		for range rand.IntN(2000) { // somewhere inside a change
			_ = os.Getppid()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			last = lines.Text()
		}
		_ = cmd.Wait() // it was killed
		opensAfter(t, v, last)
	}
	if left := tempFiles(t, v.Place()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	t.Logf("%d kills among %d acknowledged changes", kills, changes)
}

// TestEachSystemCallOfAChangeFails breaks a process that changes the PIN at its
// n-th call of a kind, with an error of the disk and with a kill, for every n.
func TestEachSystemCallOfAChangeFails(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		missing(t, "strace")
	}
	if testing.Short() || raced {
		t.Skip("skipped: takes a minute; the full test runs without the race detector")
	}
	v := changingVault(t)
	broken := 0
	for _, call := range append(saveCalls, namedCalls...) {
		for _, fault := range []string{"signal=KILL", "error=ENOSPC", "error=EIO"} {
			for n := 1; n <= 60; n++ {
				fault := fmt.Sprintf("%s:%s:when=%d", call, fault, n)
				acknowledged, struck := inject(t, v, strace, fault, roleOneChange)
				if after := opensAfter(t, v, acknowledged); acknowledged != "" && after != acknowledged {
					t.Errorf("%s: the change was acknowledged, and the PIN before opens the vault", fault)
				}
				if !struck {
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
