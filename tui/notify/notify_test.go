package notify

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func env(pairs ...string) func(string) string {
	return func(k string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == k {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestWays(t *testing.T) {
	bus := []string{"DBUS_SESSION_BUS_ADDRESS", "unix:path=/x", "DISPLAY", ":0"}
	for _, test := range []struct {
		name string
		env  []string
		want []Way
	}{
		{"nothing known", []string{"TERM", "xterm-256color"}, []Way{Bell}},
		{"kitty", []string{"TERM", "xterm-kitty"}, []Way{Bell, OSC99}},
		{"kitty with another TERM", []string{"TERM", "xterm-256color", "KITTY_WINDOW_ID", "1"}, []Way{Bell, OSC99}},
		{"ghostty", []string{"TERM", "xterm-ghostty"}, []Way{Bell, OSC777}},
		{"WezTerm", []string{"TERM_PROGRAM", "WezTerm"}, []Way{Bell, OSC777}},
		{"foot", []string{"TERM", "foot"}, []Way{Bell, OSC777}},
		{"urxvt", []string{"TERM", "rxvt-unicode-256color"}, []Way{Bell, OSC777}},
		{"iTerm2", []string{"TERM_PROGRAM", "iTerm.app"}, []Way{Bell, OSC9}},
		{"Windows Terminal", []string{"WT_SESSION", "x"}, []Way{Bell, OSC9}},
		{"desktop", bus, []Way{Bell, DBus}},
		{"the terminal before the desktop", append([]string{"TERM", "foot"}, bus...), []Way{Bell, OSC777}},
		{"a desktop over SSH is nobody's", append([]string{"SSH_CONNECTION", "1 2 3 4"}, bus...), []Way{Bell}},
		{"a bus without a screen", bus[:2], []Way{Bell}},
		{"auto", []string{"NOD_NOTIFY", "auto", "TERM", "foot"}, []Way{Bell, OSC777}},
		{"named", []string{"NOD_NOTIFY", "osc9, dbus,osc9", "TERM", "foot"}, []Way{OSC9, DBus}},
		{"none", []string{"NOD_NOTIFY", "none"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			n, err := New(t.Context(), env(test.env...))
			if err != nil || !slices.Equal(n.Ways, test.want) {
				t.Errorf("ways %v, %v; want %v", n, err, test.want)
			}
		})
	}
	for _, bad := range []string{"loud", "bell,none", "bell,"} {
		if _, err := New(t.Context(), env("NOD_NOTIFY", bad)); err == nil || !strings.Contains(err.Error(), "NOD_NOTIFY") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSequences(t *testing.T) {
	e := Of("r-7Q2M", "RMS; really", "ana@demo.test", "https://id.demo.test", "192.0.2.7", "Vilnius, LT", time.Minute)
	for _, test := range []struct {
		way, want string
		env       []string
	}{
		{"bell", "\a", []string{"TMUX", "x"}},
		{"osc9", "\x1b]9;nod: RMS; really asks: ana@demo.test, 192.0.2.7, Vilnius, LT\a", nil},
		{"osc777", "\x1b]777;notify;nod: RMS, really asks;ana@demo.test, 192.0.2.7, Vilnius, LT\a", nil},
		{"osc777", "\x1bPtmux;\x1b\x1b]777;notify;nod: RMS, really asks;ana@demo.test, 192.0.2.7, Vilnius, LT\a\x1b\\", []string{"TMUX", "x"}},
		{"osc9", "\x1bP\x1b]9;nod: RMS; really asks: ana@demo.test, 192.0.2.7, Vilnius, LT\a\x1b\\", []string{"STY", "x"}},
		{"osc99", "\x1b]99;i=nod-r-7Q2M:d=0:e=1;" + base64.StdEncoding.EncodeToString([]byte("nod: RMS; really asks")) + "\a" +
			"\x1b]99;i=nod-r-7Q2M:d=1:p=body:e=1;" + base64.StdEncoding.EncodeToString([]byte("ana@demo.test, 192.0.2.7, Vilnius, LT")) + "\a", nil},
		{"none", "", nil},
		{"dbus", "", nil},
	} {
		n, err := New(t.Context(), env(append(test.env, "NOD_NOTIFY", test.way)...))
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Sequence(e); got != test.want {
			t.Errorf("%s %v: %q, want %q", test.way, test.env, got, test.want)
		}
	}
	n, _ := New(t.Context(), env("NOD_NOTIFY", "osc99,bell"))
	if got, want := n.EndSequence(e), "\x1b]99;i=nod-r-7Q2M:p=close;\a"; got != want {
		t.Errorf("end: %q, want %q", got, want)
	}
}

// FuzzSequences: whatever a server writes, one string begins and one ends.
func FuzzSequences(f *testing.F) {
	f.Add("x\a\x1b]52;c;eA==\a", "\x1b\\;4;1", "\u009c;")
	f.Fuzz(func(t *testing.T, id, app, account string) {
		e := Of(id, app, account, "", "", "", 0)
		for way, strings := range map[Way]int{OSC9: 1, OSC777: 1, OSC99: 2} {
			checkStrings(t, sequence(env(), way, e), strings)
		}
		checkStrings(t, closeOSC99(env(), e), 1)
	})
}

func checkStrings(t *testing.T, got string, want int) {
	t.Helper()
	begins, ends := strings.Count(got, "\x1b"), strings.Count(got, "\a")
	if begins != want || ends != want || strings.Count(got, "\x1b]") != want || strings.ContainsAny(got, "\u009c\u009d\n") {
		t.Errorf("%q has %d beginnings and %d ends, want %d", got, begins, ends, want)
	}
	if strings.Contains(got, "]777;") && strings.Count(got, ";") != 3 {
		t.Errorf("%q has %d semicolons, want 3", got, strings.Count(got, ";"))
	}
}

func TestCommandWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                          nil,
		"  notify-me  --loud ":      {"notify-me", "--loud"},
		`["/opt/a b/tell", "it's"]`: {"/opt/a b/tell", "it's"},
	} {
		if got, err := parseCommand(text); err != nil || !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, bad := range []string{"[", "[]", `["a", 1]`, `[""]`} {
		if _, err := parseCommand(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestCommand: the command gets one line of JSON, and may fail.
func TestCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it is a shell script")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "tell it")
	if err := os.WriteFile(program, []byte("#!/bin/sh\ncat >\"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	args, err := json.Marshal([]string{program, filepath.Join(dir, "out; x")})
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(t.Context(), env("NOD_NOTIFY", "none", "NOD_NOTIFY_CMD", string(args)))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Send(t.Context(), Of("r-1", "RMS", "ana@demo.test", "https://id.demo.test", "192.0.2.7", "Vilnius, LT", 95500*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "out; x"))
	want := `{"schema":1,"event":"request","request":"r-1","app":"RMS","account":"ana@demo.test","server":"https://id.demo.test","ip":"192.0.2.7","place":"Vilnius, LT","seconds_left":95}` + "\n"
	if err != nil || string(got) != want {
		t.Errorf("the command got %q, %v; want %q", got, err, want)
	}
	for _, bad := range []string{"false", "/nowhere/tell"} {
		n.Command = []string{bad}
		if err := n.Send(t.Context(), Event{}); err == nil || !strings.Contains(err.Error(), "notify by "+bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
