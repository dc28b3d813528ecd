package vault

// This file looks through the memory of a process that works with a vault (see
// scanned_linux_test.go) for every secret of it. The process is built as nod for
// Linux should be, with GOEXPERIMENT=runtimesecret.

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nod/vault/otp"
)

// scannedCost is cheap, but has lanes, which run in goroutines of their own.
var scannedCost = Cost{Memory: 64, Passes: 1, Lanes: 4}

// TestNoApprovalKeyWhileUnlocked looks for what could sign an accept, and for
// what opens that, in a process that has approved, and shows codes.
func TestNoApprovalKeyWhileUnlocked(t *testing.T) {
	s := newScanner(t)
	s.work()
	s.scan("unlocked", s.secrets.never)
	// This is what codes and saves are made with; so the scanner does see keys.
	for _, name := range []string{"header key", "codes key", "transport seed", "totp secret"} {
		if s.count(s.secrets.unlocked[name]) == 0 {
			t.Errorf("the %s is not found in an unlocked vault", name)
		}
	}
}

// TestNothingStaysInMemoryAfterLock looks for all secrets when the vault rests
// and when it is closed. Nothing is overwritten but by the vault itself and the
// collector: memory.Forget is not called.
func TestNothingStaysInMemoryAfterLock(t *testing.T) {
	s := newScanner(t)
	s.work()
	s.do("rest")
	s.scan("resting", s.secrets.never, s.secrets.unlocked)
	s.do("wake", s.sessionPIN)
	s.do("codes")
	s.do("approve", s.sessionPIN)
	s.do("close")
	s.scan("locked", s.secrets.never, s.secrets.unlocked)
}

// scanner is a process, what it was given, and the secrets to look for.
type scanner struct {
	t          *testing.T
	place      Place
	pid        int
	in         io.Writer
	out        io.Reader
	secrets    secrets
	sessionPIN []byte
	control    []byte // what the process keeps
}

func newScanner(t *testing.T) *scanner {
	t.Helper()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("skipped: runtime/secret is only there for Linux on amd64 and arm64")
	}
	cheap(t)
	s := &scanner{t: t, place: testPlace(t), secrets: secrets{needles{}, needles{}}}
	cmd := exec.Command(buildScanned(t)) // it ends when its input does
	cmd.Env, cmd.Stderr = process(t, s.place, roleScanned).Env, os.Stderr
	var err error
	if s.out, err = cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the process: %v", err)
		}
	})
	s.in, s.pid = in, cmd.Process.Pid
	return s
}

// buildScanned builds these tests as a program that erases what it used.
func buildScanned(t *testing.T) string {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		missing(t, "the go command")
	}
	exe := filepath.Join(t.TempDir(), "scanned")
	cmd := exec.Command(tool, "test", "-c", "-o", exe, ".")
	cmd.Env = append(os.Environ(), "GOEXPERIMENT=runtimesecret", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("a Go that builds with GOEXPERIMENT=runtimesecret (%v: %s)", err, out))
	}
	return exe
}

// do has the process do a step and returns what it says.
func (s *scanner) do(step string, fields ...[]byte) []byte {
	s.t.Helper()
	var b []byte
	for _, f := range append([][]byte{[]byte(step)}, fields...) {
		b = binary.BigEndian.AppendUint16(b, uint16(len(f)))
		b = append(b, f...)
	}
	if _, err := s.in.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)); err != nil {
		s.t.Fatalf("%s: %v", step, err)
	}
	var said []byte
	for {
		var c [1]byte
		if _, err := io.ReadFull(s.out, c[:]); err != nil {
			s.t.Fatalf("%s: %v", step, err)
		}
		if c[0] == '\n' {
			return said
		}
		said = append(said, c[0])
	}
}

// work goes through all that a person does with a vault, and leaves it unlocked.
func (s *scanner) work() {
	s.t.Helper()
	n := s.secrets.never
	first, second, ben, bad := n.pin("first PIN"), n.pin("second PIN"), n.pin("PIN of ben"), n.pin("wrong PIN")
	s.sessionPIN = n.pin("session PIN")
	phrase := slices.Concat([]byte("Zwölf große Bäume "), digits(12))
	n.text("passphrase", phrase)
	s.control = digits(12)
	s.do("keep", s.control)

	code := s.do("create", first, phrase)
	n.text("recovery code", code)
	n.text("recovery code in one", bytes.ReplaceAll(code, []byte("-"), nil)[:recoveryLetters])
	s.do("add", s.accounts()...)
	s.do("pair")
	s.do("codes")
	s.learn("first ", PIN(first), Passphrase(phrase), RecoveryCode(code))
	s.do("approve", first)
	s.do("wrong", bad)
	s.do("slot", first, ben)
	s.learn("second ", PIN(first), PINOf("ben", ben), Passphrase(phrase), RecoveryCode(code))
	s.do("reveal", first)
	s.do("change", first, second)
	s.learn("", PIN(second), PINOf("ben", ben), Passphrase(phrase), RecoveryCode(code))
	s.do("open", second, ben, phrase, code)
	s.do("approve", second)
	s.do("session", phrase, s.sessionPIN)
	s.do("approve", s.sessionPIN)
	s.do("codes")
	s.learn("", PIN(second)) // the file with the latest codes
}

// accounts returns an account of each type as fields: type, secret, PIN.
func (s *scanner) accounts() (fields [][]byte) {
	for _, typ := range []otp.Type{otp.TOTP, otp.HOTP, otp.Steam, otp.MOTP, otp.Yandex} {
		size, pin := 20, []byte(nil)
		switch typ {
		case otp.MOTP:
			pin = s.secrets.unlocked.pin("motp PIN")
		case otp.Yandex:
			size, pin = 16, s.secrets.unlocked.pin("yandex PIN")
		}
		secret := randomBytes(size)
		s.secrets.unlocked.account(string(typ), secret)
		fields = append(fields, []byte(typ), secret, pin)
	}
	return fields
}

// digits returns n digits that are good as a PIN.
func digits(n int) []byte {
	for {
		b := randomBytes(n)
		for i := range b {
			b[i] = '0' + b[i]%10
		}
		if CheckPIN(b) == nil {
			return b
		}
	}
}

// scan fails the test for each of lists that is in the memory of the process.
func (s *scanner) scan(when string, lists ...needles) {
	s.t.Helper()
	if s.count(s.control) == 0 {
		s.t.Errorf("%s: what the process keeps is not found", when)
	}
	looked := 0
	for _, list := range lists {
		for name, places := range s.find(list) {
			s.t.Errorf("%s: the %s is at %s", when, name, places)
		}
		looked += len(list)
	}
	s.t.Logf("%s: looked for %d secrets", when, looked)
}

// count returns how often needle is there.
func (s *scanner) count(needle []byte) int { return len(s.find(needles{"it": needle})["it"]) }

// find returns where those of list are in the memory of the process, all of it
// that is not read-only.
func (s *scanner) find(list needles) map[string][]string {
	s.t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", s.pid))
	if err != nil {
		s.t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", s.pid))
	if err != nil {
		s.t.Fatal(err)
	}
	defer mem.Close()
	found := map[string][]string{}
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var may string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &may); err != nil {
			s.t.Fatal(err)
		}
		if !strings.HasPrefix(may, "rw") {
			continue
		}
		data := make([]byte, to-from)
		n, err := mem.ReadAt(data, int64(from))
		if err != nil {
			s.t.Fatalf("read %s: %v", strings.TrimSpace(line), err)
		}
		for name, needle := range list {
			if at := bytes.Index(data[:n], needle); at >= 0 {
				found[name] = append(found[name], fmt.Sprintf("%d of %s", at, strings.TrimSpace(line)))
			}
		}
	}
	return found
}
