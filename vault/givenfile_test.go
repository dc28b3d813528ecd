package vault

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func init() { moreRoles["give"] = playGive }

// playGive hands out a fresh code of each account of the vault, or says that there
// is none. The clock stands still.
func playGive(p Place) error {
	v, err := Open(p, PIN([]byte(testPIN)))
	if err != nil {
		return err
	}
	defer v.Close()
	for _, a := range v.Accounts() {
		c, err := v.Give(a.ID, givenAt, Giving{Fresh: true})
		if err == nil {
			fmt.Println(a.ID, c.Value)
		} else {
			fmt.Println("none:", err)
		}
	}
	return nil
}

// TestGiveManyProcesses: of each code, one of the processes has it.
func TestGiveManyProcesses(t *testing.T) {
	v, _ := testVault(t)
	const accounts, processes = 20, 8
	for n := range accounts {
		mustAdd(t, v, withSecret(fmt.Sprint("Service ", n), fmt.Sprintf("%020d", n)))
	}
	var running []*exec.Cmd
	var outputs []*strings.Builder
	for range processes {
		cmd, out := process(t, v.Place(), "give"), &strings.Builder{}
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running, outputs = append(running, cmd), append(outputs, out)
	}
	all := ""
	for i, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, outputs[i])
		}
		all += outputs[i].String()
	}
	for _, a := range v.Accounts() {
		if n := strings.Count(all, a.ID+" "); n != 1 {
			t.Errorf("%d processes have the code of %s, want 1", n, a.ID)
		}
	}
	if n := strings.Count(all, ErrGiven.Error()); n != accounts*(processes-1) {
		t.Errorf("%d refusals, want %d: %s", n, accounts*(processes-1), all)
	}
}

// TestGiveKilled kills processes that hand out codes: what they printed is
// remembered, and the others go on.
func TestGiveKilled(t *testing.T) {
	v, _ := testVault(t)
	for n := range 40 {
		mustAdd(t, v, withSecret(fmt.Sprint("Service ", n), fmt.Sprintf("%020d", n)))
	}
	all := ""
	for kill := range 20 {
		cmd := process(t, v.Place(), "give")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 17*(kill%4)+1) // some lines, or a part of one
		for got := 0; got < len(b); {
			n, err := out.Read(b[got:])
			if got += n; err != nil {
				break
			}
		}
		all += string(b)
		_ = cmd.Process.Kill()
		rest := new(bytes.Buffer)
		_, _ = rest.ReadFrom(out)
		all += rest.String()
		_ = cmd.Wait()
	}
	for _, a := range v.Accounts() {
		if n := strings.Count(all, a.ID+" "); n > 1 {
			t.Errorf("%d processes have the code of %s", n, a.ID)
		}
	}
	if sum, err := Inspect(v.Place()); err != nil || sum.Given != RecordWhole {
		t.Errorf("the record is %v, %v", sum.Given, err)
	}
}

func givenFile(v *Vault) string { return v.site.record(v.vaultID, recordGiven) }

func mustBe(t *testing.T, v *Vault, want Record) {
	t.Helper()
	if sum, err := Inspect(v.Place()); err != nil || sum.Given != want {
		t.Errorf("the record is %v, %v; want %v", sum.Given, err, want)
	}
}

// TestGivenFileHarmed: where the record is gone or harmed, the present code is not
// fresh, and the next one is.
func TestGivenFileHarmed(t *testing.T) {
	for name, harm := range map[string]struct {
		do   func(data []byte) []byte // nil deletes
		want Record
	}{
		"deleted":      {func([]byte) []byte { return nil }, RecordMissing},
		"emptied":      {func(b []byte) []byte { return b[:0] }, RecordDamaged},
		"half a head":  {func(b []byte) []byte { return b[:20] }, RecordDamaged},
		"head":         {func(b []byte) []byte { b[3] ^= 1; return b }, RecordDamaged},
		"nonce":        {func(b []byte) []byte { b[9] ^= 1; return b }, RecordDamaged},
		"entry's mark": {func(b []byte) []byte { b[entryLen] ^= 1; return b }, RecordDamaged},
		"entry's end":  {func(b []byte) []byte { b[entryLen+20] ^= 1; return b }, RecordDamaged},
		"order": {func(b []byte) []byte {
			return append(append(append([]byte{}, b[:entryLen]...), b[2*entryLen:3*entryLen]...), b[entryLen:2*entryLen]...)
		}, RecordDamaged},
		"zeros":       {func(b []byte) []byte { return append(b, make([]byte, entryLen)...) }, RecordDamaged},
		"other vault": {func(b []byte) []byte { return append(bytes.Repeat([]byte{7}, entryLen), b[entryLen:]...) }, RecordDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := testVault(t)
			a, b := mustAdd(t, v, testKey("HelpDesk", "ana")), mustAdd(t, v, withSecret("Router", "98765432109876543210"))
			mustGive(t, v, a.ID, givenAt, Giving{Fresh: true})
			mustGive(t, v, b.ID, givenAt, Giving{Fresh: true})
			mustBe(t, v, RecordWhole)
			data, err := os.ReadFile(givenFile(v))
			if err != nil {
				t.Fatal(err)
			}
			if data = harm.do(data); data == nil {
				err = os.Remove(givenFile(v))
			} else {
				err = os.WriteFile(givenFile(v), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			mustBe(t, v, harm.want)
			for _, u := range []*Vault{v, reopen(t, v, PIN([]byte(testPIN)))} {
				mustRefuse(t, u, a.ID, givenAt, Giving{Fresh: true}, 20*time.Second)
				mustRefuse(t, u, b.ID, givenAt, Giving{Fresh: true}, 20*time.Second)
			}
			mustBe(t, v, RecordWhole) // again
			mustGive(t, v, a.ID, givenAt.Add(20*time.Second), Giving{Fresh: true})
			mustGive(t, v, b.ID, givenAt, Giving{}) // it is only not fresh
		})
	}
}

// TestGivenFileTorn: an entry of which only a part was written was not handed out.
func TestGivenFileTorn(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true})
	data, err := os.ReadFile(givenFile(v))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(givenFile(v), data[:len(data)-7], 0o600); err != nil {
		t.Fatal(err)
	}
	u := reopen(t, v, PIN([]byte(testPIN)))
	mustBe(t, u, RecordWhole)
	mustGive(t, u, a.ID, givenAt, Giving{Fresh: true})
	mustBe(t, u, RecordWhole)
	mustRefuse(t, u, a.ID, givenAt, Giving{Fresh: true}, 20*time.Second)
}

// TestGivenOutlivesRekey: new keys of the vault do not make a code fresh.
func TestGivenOutlivesRekey(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true})
	if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("73915082"))); err != nil {
		t.Fatal(err)
	}
	u := reopen(t, v, PIN([]byte("73915082")))
	mustRefuse(t, u, a.ID, givenAt, Giving{Fresh: true}, 20*time.Second)
	mustGive(t, u, a.ID, givenAt.Add(30*time.Second), Giving{Fresh: true})
}

// TestGivenClockSetBack: the record of a day that is still to come does not stop
// fresh codes for as long, and what it has still counts.
func TestGivenClockSetBack(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	if err := os.Remove(givenFile(v)); err != nil {
		t.Fatal(err)
	}
	mustGive(t, v, a.ID, givenAt.Add(90*time.Second), Giving{}) // the record begins then
	mustRefuse(t, v, a.ID, givenAt, Giving{Fresh: true}, 20*time.Second)
	mustGive(t, v, a.ID, givenAt.Add(30*time.Second), Giving{Fresh: true})
	mustRefuse(t, v, a.ID, givenAt.Add(90*time.Second), Giving{Fresh: true}, 20*time.Second)
}

// TestGivenFileStaysSmall: what is over is dropped, and nothing else.
func TestGivenFileStaysSmall(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	other := reopen(t, v, PIN([]byte(testPIN)))
	most := int64(0)
	now := givenAt
	for range 3 * givenSpare {
		now = now.Add(30 * time.Second)
		mustGive(t, v, a.ID, now, Giving{Fresh: true})
		info, err := os.Stat(givenFile(v))
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, info.Size())
	}
	if most > 2*givenSpare*entryLen {
		t.Errorf("the record grew to %d bytes", most)
	}
	mustRefuse(t, other, a.ID, now, Giving{Fresh: true}, 20*time.Second) // which has read nothing since
	mustRefuse(t, other, a.ID, now.Add(-30*time.Second), Giving{Fresh: true}, 20*time.Second)
}

// TestGivenFileTellsNothing: neither ids nor names nor secrets are in the file.
func TestGivenFileTellsNothing(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	mustGive(t, v, a.ID, givenAt, Giving{})
	data, err := os.ReadFile(givenFile(v))
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != 2*entryLen {
		t.Errorf("%d bytes for one code", len(data))
	}
	for _, text := range []string{a.ID, a.Issuer, "12345678901234567890"} {
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("the record has %q", text)
		}
	}
}
