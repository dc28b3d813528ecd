package clipboard

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets tools take their time: the machine may be busy.
func TestMain(m *testing.M) {
	Patience = time.Minute
	os.Exit(m.Run())
}

// needs skips a test without a program, or fails it where all must be there.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("NOD_TEST_REAL") == "1" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

func TestOrder(t *testing.T) {
	for _, test := range []struct {
		name, system string
		env          map[string]string
		want         []string
	}{
		{"wayland before X", "linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, []string{"wl-copy", "xclip", "xsel"}},
		{"tmux without a display", "linux", map[string]string{"TMUX": "/tmp/tmux"}, []string{"tmux"}},
		{"a display before tmux", "linux", map[string]string{"TMUX": "/tmp/tmux", "DISPLAY": ":0"}, []string{"xclip", "xsel", "tmux"}},
		{"mac", "darwin", nil, []string{"pbcopy"}},
		{"mac over SSH", "darwin", map[string]string{"SSH_CONNECTION": "1 2 3 4"}, nil},
		{"windows", "windows", nil, []string{"clip.exe"}},
		{"nothing", "linux", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, c := range candidates(test.system, func(k string) string { return test.env[k] }) {
				got = append(got, c.Name)
			}
			if !slices.Equal(got, test.want) {
				t.Fatalf("tools = %v, want %v", got, test.want)
			}
		})
	}
}

func TestParseClearing(t *testing.T) {
	for _, test := range []struct {
		text string
		want Clearing
		ok   bool
	}{
		{"", Clearing{}, true},
		{"45s", Clearing{After: 45 * time.Second}, true},
		{"0", Clearing{After: -1}, true},
		{"blind", Clearing{Blind: true}, true},
		{"1m, blind", Clearing{After: time.Minute, Blind: true}, true},
		{"30", Clearing{}, false},
		{"-1s", Clearing{}, false},
		{"48h", Clearing{}, false},
		{"soon", Clearing{}, false},
	} {
		if got, err := ParseClearing(test.text); got != test.want || (err == nil) != test.ok {
			t.Errorf("%q: %+v, %v", test.text, got, err)
		}
	}
}

func TestSentence(t *testing.T) {
	tmux := Receipt{Tool: "tmux", Readable: true, Passed: true}
	for _, test := range []struct {
		r    Receipt
		c    Clearing
		want string
	}{
		{Receipt{Tool: "xclip", Readable: true}, Clearing{}, "copied X with xclip; clears in 30 s"},
		{Receipt{Tool: "xclip", Readable: true}, Clearing{After: -1}, "copied X with xclip"},
		{Receipt{Tool: "wl-copy"}, Clearing{}, "copied X with wl-copy; nod can not clear it"},
		{Receipt{Tool: "wl-copy"}, Clearing{After: 2 * time.Minute, Blind: true}, "copied X with wl-copy; clears in 2 min, whatever it holds then"},
		{tmux, Clearing{}, "X sent to the terminal by tmux, which keeps it in a buffer; the buffer goes in 30 s, the terminal's copy stays"},
		{tmux, Clearing{Blind: true}, "X sent to the terminal by tmux, which keeps it in a buffer; both clear in 30 s"},
		{tmux, Clearing{After: -1}, "X sent to the terminal by tmux, which keeps it in a buffer"},
		{Receipt{Tool: "tmux", Readable: true}, Clearing{}, "X put into tmux's buffer only (nobody is attached, or tmux is before 3.2); deleted in 30 s"},
		{Receipt{Tool: Terminal}, Clearing{}, "X sent to the terminal's clipboard; nod can not clear it"},
		{Receipt{Tool: Terminal}, Clearing{Blind: true}, "X sent to the terminal's clipboard; clears in 30 s, whatever it holds then"},
	} {
		got := test.r.Sentence("X", test.c)
		if got != test.want {
			t.Errorf("%+v %+v: %q, want %q", test.r, test.c, got, test.want)
		}
		if (test.r.Tool == Terminal || test.r.Passed) && strings.Contains(got, "copied") {
			t.Errorf("%q claims what nobody knows", got)
		}
	}
}

func TestReceipt(t *testing.T) {
	a, b := NewReceipt("xclip", "482913"), NewReceipt("xclip", "482913")
	if !a.Is("482913") || a.Is("482914") || a.Is("") {
		t.Error("a receipt does not tell its text from others")
	}
	if slices.Equal(a.Sum, b.Sum) {
		t.Error("two receipts of one text are the same")
	}
}

func TestSequence(t *testing.T) {
	b := &Board{getenv: func(k string) string { return map[string]string{"STY": "1.x"}[k] }}
	if got, want := b.Sequence("hi"), "\x1bP\x1b]52;c;aGk=\a\x1b\\"; got != want {
		t.Errorf("in screen: %q, want %q", got, want)
	}
}

// script puts a program into a directory of its own, which is the first of $PATH.
func script(t *testing.T, name, text string) (dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("it is a shell script")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

// TestTools: a tool that fails, or only says that it copied, is passed over.
func TestTools(t *testing.T) {
	defer func(was time.Duration) { Patience = was }(Patience)
	Patience = 6 * time.Second // a third of it is waited for the text of the tool that lies, twice
	dir := script(t, "xclip", "exit 0\n")
	xsel := "#!/bin/sh\ncase $2 in\n--input) cat >'" + dir + "/text' ;;\n--output) cat '" + dir + "/text' ;;\n--clear) : >'" + dir + "/text' ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(dir, "xsel"), []byte(xsel), 0o700); err != nil {
		t.Fatal(err)
	}
	b := &Board{"linux", func(k string) string { return map[string]string{"DISPLAY": ":0"}[k] }}
	r, err := b.Copy(t.Context(), "482913")
	if err != nil || r.Tool != "xsel" || !r.Readable {
		t.Fatalf("copy = %+v, %v; want xsel, which read it back", r, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte("a list"), 0o600); err != nil {
		t.Fatal(err)
	}
	if cleared, err := b.Clear(t.Context(), r); cleared || err != nil {
		t.Errorf("another text: cleared %v, %v", cleared, err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "text")); string(text) != "a list" {
		t.Errorf("another text became %q", text)
	}
	if r, err = b.Copy(t.Context(), "482913"); err != nil {
		t.Fatal(err)
	}
	if cleared, err := b.Clear(t.Context(), r); !cleared || err != nil {
		t.Errorf("its own text: cleared %v, %v", cleared, err)
	}
}

// TestSensitive: where wl-copy can hide a text from programs that keep a history, it does.
func TestSensitive(t *testing.T) {
	tool := candidates("linux", func(k string) string { return map[string]string{"WAYLAND_DISPLAY": "w"}[k] })[0]
	for help, want := range map[string]bool{"--paste-once --sensitive": true, "--paste-once": false} {
		script(t, "wl-copy", "echo '"+help+"'\n")
		if got := slices.Contains(tool.sensitive(t.Context()), "--sensitive"); got != want {
			t.Errorf("help %q: sensitive %v, want %v", help, got, want)
		}
	}
}

// TestReason: an error tells the first line of what a tool said, and never the text.
func TestReason(t *testing.T) {
	b := &Board{"linux", func(k string) string { return map[string]string{"DISPLAY": ":0"}[k] }}
	t.Setenv("PATH", "/nowhere")
	for _, test := range []struct{ script, want string }{
		{`echo "Error: Can't open display: :0" >&2; echo more >&2; exit 1`, "xclip: exit status 1: Error: Can't open display: :0"},
		{`printf '\033[31mred\a \377\n' >&2; exit 1`, "xclip: exit status 1: [31mred "},
		{`while read line; do echo "no $line" >&2; exit 3; done; echo "no $line" >&2; exit 3`, "xclip: exit status 3"},
		{`exit 1`, "xclip: exit status 1"},
		{`i=0; while [ $i -lt 100 ]; do printf 0123456789 >&2; i=$((i+1)); done; exit 1`, "xclip: exit status 1: " + strings.Repeat("0123456789", 12)},
	} {
		script(t, "xclip", test.script+"\n")
		_, err := b.Copy(t.Context(), "482913")
		if want := ErrNoTool.Error() + ": " + test.want; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", test.script, err, want)
		}
	}
}
