package vault

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"nod/vault/internal/waits"
)

// The tests of this file start the test binary again as other processes, which
// do what the variable below says instead of running tests.
const envRole = "NOD_VAULT_TEST_ROLE"

func TestMain(m *testing.M) {
	waits.Longer = 20
	role := os.Getenv(envRole)
	if role == "" {
		os.Exit(m.Run())
	}
	lowestCost = cheapCost
	if err := play(role); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// moreRoles are roles of other files.
var moreRoles = map[string]func(Place) error{}

// play opens the vault named in the environment and does its role.
func play(role string) error {
	p := Place{File: os.Getenv("NOD_VAULT_TEST_FILE"), State: os.Getenv("NOD_VAULT_TEST_STATE")}
	if do := moreRoles[role]; do != nil {
		return do(p)
	}
	name, count, _ := strings.Cut(role, " ")
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	if name == "guess" {
		_, err := Open(p, PIN(wrongPIN))
		return err
	}
	v, err := Open(p, PIN([]byte(testPIN)))
	if err != nil {
		return err
	}
	defer v.Close()
	for i := range n {
		if err := v.Note(Event{Kind: EventUsed, Detail: fmt.Sprintf("%d/%d", os.Getpid(), i)}); err != nil {
			return err
		}
		fmt.Printf("%d/%d\n", os.Getpid(), i) // the save is acknowledged
	}
	return nil
}

// process returns the test binary in a role on the vault at p.
func process(t *testing.T, p Place, role string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), envRole+"="+role, "NOD_VAULT_TEST_FILE="+p.File, "NOD_VAULT_TEST_STATE="+p.State,
		"GORACE=atexit_sleep_ms=0")
	return cmd
}

// details returns the details of all events of v.
func details(v *Vault) map[string]bool {
	found := map[string]bool{}
	for _, e := range v.History() {
		found[e.Detail] = true
	}
	return found
}

func TestEightProcesses(t *testing.T) {
	const processes, saves = 8, 50
	v, _ := testVault(t)
	var running []*exec.Cmd
	var outputs []*strings.Builder
	for range processes {
		cmd := process(t, v.Place(), fmt.Sprintf("save %d", saves))
		out := &strings.Builder{}
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running, outputs = append(running, cmd), append(outputs, out)
	}
	for i, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, outputs[i])
		}
	}
	again := reopen(t, v, PIN([]byte(testPIN)))
	found := details(again)
	for _, out := range outputs {
		for line := range strings.Lines(out.String()) {
			if !found[strings.TrimSpace(line)] {
				t.Errorf("save %q is lost", line)
			}
		}
	}
	if len(found) != processes*saves {
		t.Errorf("%d saves are there, want %d", len(found), processes*saves)
	}
	if again.contents.epoch != 1+processes*saves {
		t.Errorf("epoch = %d", again.contents.epoch)
	}
}

// TestKilledAtAnyMoment kills a saving process again and again.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 500
	if testing.Short() || raced {
		kills = 40 // the full number runs without the race detector
	}
	v, _ := testVault(t)
	p := v.Place()
	var acknowledged []string
	for range kills {
		cmd := process(t, p, "save 1000000")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := rand.IntN(6) + 1; n > 0 && lines.Scan(); n-- {
			acknowledged = append(acknowledged, lines.Text())
		}
		for range rand.IntN(400) { // somewhere inside a save
			_ = os.Getppid()
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			acknowledged = append(acknowledged, lines.Text())
		}
		_ = cmd.Wait() // it was killed
		again, err := Open(p, PIN([]byte(testPIN)))
		if err != nil {
			t.Fatalf("after a kill: %v", err)
		}
		// The history keeps the newest events only, and a machine that kills slowly makes many.
		found := details(again)
		for _, line := range acknowledged[max(0, len(acknowledged)-historyLength/2):] {
			if !found[line] && strings.Count(line, "/") == 1 {
				t.Fatalf("acknowledged save %s is lost", line)
			}
		}
		again.Close()
	}
	t.Logf("%d kills, %d acknowledged saves", kills, len(acknowledged))
	if err := reopen(t, v, PIN([]byte(testPIN))).SetOwner("ana@demo.test"); err != nil {
		t.Fatal(err)
	}
	if left := tempFiles(t, p); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestKilledGuessesCount kills processes that try a wrong PIN: each try that was
// begun is counted, so killing does not buy guesses.
func TestKilledGuessesCount(t *testing.T) {
	cheap(t)
	p := testPlace(t)
	v, _, err := Create(p, Options{PIN: []byte(testPIN), Cost: FloorCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	begun := v.site.record(v.vaultID, recordTries)
	for n := 1; n <= freeTries; n++ {
		before := modTime(begun)
		cmd := process(t, p, "guess 0")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		for modTime(begun).Equal(before) {
			select {
			case err := <-done:
				done <- err
				before = before.Add(-1)
			default:
			}
		}
		_ = cmd.Process.Kill() // it may be faster than we are
		<-done
		if sum, err := Inspect(p); err != nil || onlyPIN(t, sum).TriesLeft != mostTries-n {
			t.Fatalf("%d tries were begun, and %d are left, %v", n, onlyPIN(t, sum).TriesLeft, err)
		}
	}
}

func modTime(name string) time.Time {
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return time.Time{}
	}
	return info.ModTime()
}
