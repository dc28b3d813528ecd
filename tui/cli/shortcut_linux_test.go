package cli_test

// This file: the shortcut of nod code and nod status, with the real program. What it
// prints is what the ordinary way prints, and that it was taken shows in which packages
// the program prepared.

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"nod/tui/agent"
	"nod/tui/cli"
	"nod/vault"
	"nod/vault/otp"
	"nod/vault/vaulttest"
)

// house is a place in which the real program runs.
type house struct {
	program string
	env     []string
}

// ran is one run of it.
type ran struct {
	stdout, stderr string
	status         int
	short          bool // it took the shortcut
	held           bool // it waited for the agent as long as it may, in vain
}

// prepared is a package that was prepared, with the milliseconds that this took.
var prepared = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock.*\n`)

func (h house) run(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	cmd := exec.Command(h.program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = append(h.env, "GODEBUG=inittrace=1"), strings.NewReader(stdin), &stdout, &stderr
	_ = cmd.Run()
	names := map[string]bool{}
	held := strings.Contains(stderr.String(), agent.ErrSilent.Error())
	for _, line := range prepared.FindAllStringSubmatch(stderr.String(), -1) {
		names[line[1]] = true
		took, err := strconv.ParseFloat(line[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		held = held || line[1] == "nod/tui/agent/shortcut" && took >= float64(cli.HereLimit.Milliseconds())
	}
	if !names["syscall"] {
		t.Fatalf("nod %v does not tell what it prepares:\n%s", args, stderr.String())
	}
	return ran{
		stdout.String(), prepared.ReplaceAllString(stderr.String(), ""), cmd.ProcessState.ExitCode(),
		!names["nod/tui/agent/shortcut"] && !names["net/http"] && !names["github.com/spf13/cobra"], // it ended before
		held,
	}
}

// look is run, for what changes nothing: again where a busy machine held the agent up for
// so long that nod gave it up.
func (h house) look(t *testing.T, args ...string) ran {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		if r := h.run(t, "", args...); !r.held || time.Now().After(end) {
			return r
		}
	}
}

// move returns a house with other variables, of which an empty one is taken away.
func (h house) move(vars ...string) house {
	h.env = append([]string(nil), h.env...)
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		for i, e := range h.env {
			if strings.HasPrefix(e, name+"=") {
				h.env = append(h.env[:i], h.env[i+1:]...)
				break
			}
		}
		if value != "" {
			h.env = append(h.env, v)
		}
	}
	return h
}

// newHouse makes a vault with accounts whose codes stay the same while a test runs, at
// midnight, too, and one with a counter.
func newHouse(t *testing.T, program string) house {
	t.Helper()
	dir, err := os.MkdirTemp("", "nod-short") // a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h := house{program, []string{
		"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "XDG_DATA_HOME=" + filepath.Join(dir, "data"),
		"XDG_STATE_HOME=" + filepath.Join(dir, "state"), "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"), "NOD_KEYRING=none", "NOD_TPM=none",
	}}
	v, _, err := vault.Create(vault.Place{File: filepath.Join(dir, "data", "nod", "vault.nod"), State: filepath.Join(dir, "state", "nod")},
		vault.Options{PIN: []byte("4821"), Cost: vaulttest.Cost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	const years = 100_000_000 // seconds
	secret := func() []byte { return []byte("twenty bytes of keys") }
	_, err = v.Add(false,
		vault.NewAccount{Key: otp.Key{Type: otp.TOTP, Issuer: "HelpDesk", Name: "ana@demo.test", Secret: secret(), Algorithm: otp.SHA1, Digits: 6, Period: years}},
		vault.NewAccount{Key: otp.Key{Type: otp.TOTP, Issuer: "RMS", Name: "ana@demo.test", Secret: secret(), Algorithm: otp.SHA256, Digits: 8, Period: years}},
		vault.NewAccount{Key: otp.Key{Type: otp.HOTP, Issuer: "Printer", Name: "ben@demo.test", Secret: secret(), Algorithm: otp.SHA1, Digits: 6}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h house) unlocked(t *testing.T) house {
	t.Helper()
	t.Cleanup(startAgent(t, h.program, h.env))
	if r := h.run(t, "4821\n", "unlock", "--pin-stdin"); r.status != 0 {
		t.Fatalf("unlock: %+v", r)
	}
	return h
}

// ordinary is a flag that changes nothing, before the command, where the shortcut does not
// look for one.
const ordinary = "--no-input=false"

// times are what two runs of nod code --json differ in.
var times = regexp.MustCompile(`"(used|uses|seconds_left)":[^,}]*`)

func TestShortcut(t *testing.T) {
	program := buildProgram(t, "nod")
	for _, run := range []struct {
		name string
		test func(*testing.T, house)
	}{
		{"prints the same", shortcutPrintsTheSame},
		{"hands out", shortcutHandsOut},
		{"full disk", shortcutFullDisk},
		{"not taken", shortcutNotTaken},
		{"finds the socket", shortcutFindsTheSocket},
		{"hanging agent", shortcutHangingAgent},
	} {
		t.Run(run.name, func(t *testing.T) { run.test(t, newHouse(t, program)) })
	}
}

func shortcutPrintsTheSame(t *testing.T, h house) {
	h = h.unlocked(t)
	for _, c := range []struct {
		args  []string
		short bool
	}{
		// First: a while after a code was given the vault is saved, which status tells.
		{[]string{"status", "--format", "{{.Running}} {{.Locked}} {{.Pending}}\n"}, true},
		{[]string{"status", "--format={{if .Pending}}x{{end}}"}, true},
		{[]string{"status"}, true},
		{[]string{"status", "--json"}, true},
		{[]string{"code", "helpdesk"}, true},
		{[]string{"code", "RMS", "ana"}, true},
		{[]string{"code", "rms", "--quiet", "--no-input"}, true},
		{[]string{"code", "hpd"}, true}, // tells on standard error what it took
		{[]string{"code", "--next", "rms"}, true},
		{[]string{"code", "rms", "--type", "totp"}, true},
		{[]string{"code", "--json", "rms"}, true},
		{[]string{"code", "ana"}, false}, // more than one: 5
		{[]string{"code", "nobody"}, false},
		{[]string{"code", "rms", "--type", "wrong"}, false},
		{[]string{"code", "rms", "--colour"}, false},
		{[]string{"code", "--min-left", "5", "rms"}, false},
		{[]string{"code", "--help"}, false},
		{[]string{"status", "--format", "{{.Wrong}}"}, false},
		{[]string{"status", "--format", "{{range 3}}x{{end}}"}, false},
		{[]string{"status", "x"}, false},
	} {
		short := h.look(t, c.args...)
		long := h.look(t, append([]string{ordinary}, c.args...)...)
		if long.short {
			t.Fatalf("nod %s %q took the shortcut", ordinary, c.args)
		}
		if short.short != c.short {
			t.Errorf("nod %q: shortcut %t, want %t", c.args, short.short, c.short)
		}
		short.short = false
		for _, r := range []*ran{&short, &long} {
			r.stdout = times.ReplaceAllString(r.stdout, "")
		}
		if short != long {
			t.Errorf("nod %q:\n%+v\nthe ordinary way:\n%+v", c.args, short, long)
		}
	}
}

// Counters and codes handed out are the same, whichever way they went. Where nod gave up
// an agent that a busy machine held up, one more code may be gone: it begins anew then.
func shortcutHandsOut(t *testing.T, h house) {
	for end := time.Now().Add(patience); !handsOut(t, h); h = newHouse(t, h.program) {
		if time.Now().After(end) {
			t.Fatal("no agent answers in time")
		}
	}
}

// handsOut tells whether all agents answered in time.
func handsOut(t *testing.T, h house) bool {
	t.Helper()
	h = h.unlocked(t)
	seen := map[string]bool{}
	for i, args := range [][]string{{"code", "printer"}, {ordinary, "code", "printer"}, {"code", "printer"}} {
		r := h.run(t, "", args...)
		if r.held {
			return false
		}
		if r.status != 0 || r.short != (args[0] == "code") || seen[r.stdout] || len(r.stdout) != 7 {
			t.Errorf("code %d of the counter: %+v", i, r)
		}
		seen[r.stdout] = true
	}
	first := h.run(t, "", "code", "--fresh", "helpdesk")
	if first.held {
		return false
	}
	if !first.short || first.status != 0 {
		t.Fatalf("first fresh code: %+v", first)
	}
	for _, args := range [][]string{{"code", "--fresh", "--no-wait", "helpdesk"}, {ordinary, "code", "--fresh", "--no-wait", "helpdesk"}} {
		if r := h.run(t, "", args...); r.status != 7 || r.short {
			t.Errorf("nod %v after that: %+v", args, r)
		}
	}
	// Where it has to wait, it waits in its own process, in sight.
	if r := h.run(t, "", "code", "--fresh", "helpdesk", "--timeout", "1s"); r.status != 7 || r.short {
		t.Errorf("with a time limit: %+v", r)
	}
	if r := h.run(t, "", "agent", "status", "--json"); !strings.Contains(r.stdout, `"last_program":"`+h.program+`"`) {
		t.Errorf("who has used the agent last: %+v", r)
	}
	// The uses were noted: they are saved when the agent locks, at the latest.
	if r := h.run(t, "", "lock"); r.status != 0 {
		t.Errorf("lock: %+v", r)
	}
	if r := h.run(t, "4821\n", "show", "--json", "printer", "--pin-stdin"); !strings.Contains(r.stdout, `"uses":3`) {
		t.Errorf("after three uses: %+v", r)
	}
	return true
}

// What can not be printed is an error, with the status of one.
func shortcutFullDisk(t *testing.T, h house) {
	h = h.unlocked(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	cmd := exec.Command(h.program, "code", "rms")
	var stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = h.env, full, &stderr
	if err := cmd.Run(); err == nil || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("%v, %s", err, stderr.String())
	}
}

// An agent that hangs is given up, whichever way it is asked.
func shortcutHangingAgent(t *testing.T, h house) {
	dir := filepath.Join(strings.TrimPrefix(h.env[1], "XDG_RUNTIME_DIR="), "nod")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "agent.sock")) // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := h.run(t, "", "status", "--format", "{{.Running}}")
	if r.status != 0 || r.short || r.stdout != "false\n" || !strings.Contains(r.stderr, "the agent does not answer") {
		t.Errorf("%+v", r)
	}
}

func shortcutNotTaken(t *testing.T, h house) {
	if r := h.look(t, "status", "--format", "{{.Running}}"); r.short || r.stdout != "false\n" {
		t.Errorf("without an agent: %+v", r)
	}
	end := startAgent(t, h.program, h.env)
	t.Cleanup(func() { end() })
	if r := h.look(t, "status", "--format", "{{.Locked}}"); !r.short || r.stdout != "true\n" {
		t.Errorf("status of a locked agent: %+v", r)
	}
	if r := h.look(t, "code", "rms", "--no-input"); r.short || r.status != 3 || r.stdout != "" {
		t.Errorf("code of a locked agent: %+v", r)
	}
	if r := h.run(t, "4821\n", "unlock", "--pin-stdin"); r.status != 0 {
		t.Fatalf("unlock: %+v", r)
	}
	if r := h.run(t, "", "edit", "--confirm", "printer"); r.status != 0 {
		t.Fatalf("mark an account to be confirmed: %+v", r)
	}
	if r := h.look(t, "code", "printer", "--no-input"); r.short || r.status != 3 || r.stdout != "" {
		t.Errorf("code of an account to be confirmed: %+v", r)
	}
	other := h
	other.program = filepath.Join(t.TempDir(), "nod") // another version, perhaps
	if out, err := exec.Command("cp", h.program, other.program).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for what, from := range map[string]house{
		"another program":     other,
		"no agent wanted":     h.move("NOD_NO_AGENT=1", "NOD_PIN=4821", "CI=true"),
		"a vault by name":     h.move("NOD_VAULT="+filepath.Join(strings.TrimPrefix(h.env[2], "XDG_DATA_HOME="), "nod", "vault.nod"), "NOD_PIN=4821", "CI=true"),
		"another zone":        h.move("TZ=Asia/Tokyo"),
		"another data folder": h.move("XDG_DATA_HOME=" + t.TempDir()),
	} {
		r := from.look(t, "code", "rms")
		if r.short || (r.status == 0) == (what == "another data folder") {
			t.Errorf("%s: %+v", what, r)
		}
	}
}

// The shortcut finds the agent wherever the commands put its socket.
func shortcutFindsTheSocket(t *testing.T, all house) {
	for what, h := range map[string]house{
		"runtime directory": all,
		"state directory":   all.move("XDG_RUNTIME_DIR="),
		"home":              all.move("XDG_RUNTIME_DIR=", "XDG_STATE_HOME="),
		"socket by name":    all.move("NOD_AGENT_SOCK=" + filepath.Join(strings.TrimPrefix(all.env[0], "HOME="), "own", "socket")),
		"profile":           all.move("NOD_PROFILE=work"),
	} {
		t.Run(what, func(t *testing.T) {
			if what == "profile" || what == "home" { // where it has no vault yet
				if r := h.run(t, "4821\n", "init", "--pin-stdin", "--json"); what == "profile" && r.status != 0 {
					t.Fatalf("init: %+v", r)
				}
			}
			defer startAgent(t, h.program, h.env)()
			if r := h.look(t, "status", "--format", "{{.Running}}"); !r.short || r.stdout != "true\n" {
				t.Errorf("%+v", r)
			}
		})
	}
}
