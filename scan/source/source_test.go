package source

// This file: which tool is asked, in which order, and what is made of its answer.
// The tools are scripts that write down how they were called.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// desk is a session with the environment env and tools, which are the bodies of
// shell scripts by their names.
func desk(t *testing.T, system string, env, tools map[string]string) (d Desk, calls func() string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the tools are shell scripts")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for name, body := range tools {
		text := fmt.Sprintf("#!/bin/sh\necho \"%s $*\" >>'%s'\n%s\n", name, log, body)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d = Desk{
		System: system, Getenv: func(k string) string { return env[k] }, Devices: filepath.Join(dir, "dev"),
		LookPath: func(name string) (string, error) {
			path := filepath.Join(dir, name)
			_, err := os.Stat(path)
			return path, err
		},
	}
	return d, func() string {
		text, _ := os.ReadFile(log) // none when nothing was called
		return strings.TrimSpace(string(text))
	}
}

var (
	wayland = map[string]string{"WAYLAND_DISPLAY": "wayland-0"}
	x11     = map[string]string{"DISPLAY": ":0"}
	both    = map[string]string{"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}
	wsl     = map[string]string{"WSL_DISTRO_NAME": "Debian", "DISPLAY": ":0"}
	tmux    = map[string]string{"TMUX": "x", "SSH_CONNECTION": "1 2 3 4"}
)

const (
	fails  = "echo 'it has no luck' >&2; exit 1"
	inFile = `for f; do :; done; printf PIC >"$f"` // the last argument
)

func TestTake(t *testing.T) {
	for _, test := range []struct {
		name, system string
		env          map[string]string
		kind         Kind
		tools        map[string]string
		want         string // the picture or the text
		calls        string // parts, in this order
	}{
		{"wayland picture", "linux", wayland, Clipboard, map[string]string{"wl-paste": `case "$*" in *list*) printf 'text/html\nimage/bmp\nimage/png\n' ;; *) printf PIC ;; esac`}, "PIC", "wl-paste --list-types|wl-paste --no-newline --type image/png"},
		{"wayland text", "linux", wayland, Clipboard, map[string]string{"wl-paste": `case "$*" in *list*) printf 'TEXT\ntext/plain; charset=utf-8\n' ;; *) printf 'otpauth://x\n' ;; esac`}, "otpauth://x", "--type text/plain;charset=utf-8"},
		{"wayland fails, X answers", "linux", both, Clipboard, map[string]string{"wl-paste": fails, "xclip": `case "$*" in *TARGETS*) echo image/png ;; *) printf PIC ;; esac`}, "PIC", "wl-paste|xclip -selection clipboard -out -target TARGETS|-target image/png"},
		{"xsel when xclip has nothing", "linux", x11, Clipboard, map[string]string{"xclip": "echo 'Error: There is no owner for the CLIPBOARD selection' >&2; exit 1", "xsel": "echo hello"}, "hello", "xclip|xsel --clipboard --output"},
		{"tmux over SSH", "linux", tmux, Clipboard, map[string]string{"tmux": "echo hello"}, "hello", "tmux save-buffer -"},
		{"mac picture", "darwin", nil, Clipboard, map[string]string{"osascript": `case "$*" in *PNGf*) echo "«data PNGf504943»" ;; *) exit 1 ;; esac`}, "PIC", "furl|PNGf"},
		{"mac with pngpaste", "darwin", nil, Clipboard, map[string]string{"osascript": "exit 1", "pngpaste": "printf PIC", "pbpaste": "echo no"}, "PIC", "furl|pngpaste -"},
		{"mac text", "darwin", nil, Clipboard, map[string]string{"osascript": "exit 1", "pngpaste": "exit 1", "pbpaste": "echo hello"}, "hello", "pbpaste"},
		{"windows text", "windows", nil, Clipboard, map[string]string{"powershell.exe": "echo hello"}, "hello", "powershell.exe -NoProfile -NonInteractive -STA -Command"},
		{"windows' picture from its linux", "linux", wsl, Clipboard, map[string]string{"powershell.exe": `printf '\211PNGx'`, "xclip": fails}, "\x89PNGx", "powershell.exe"},

		{"grim", "linux", both, Screen, map[string]string{"grim": "printf PIC", "maim": fails}, "PIC", "grim -t png -"},
		{"grim fails, gnome-screenshot works", "linux", wayland, Screen, map[string]string{"grim": fails, "gnome-screenshot": inFile}, "PIC", "grim|gnome-screenshot --file"},
		{"maim first", "linux", x11, Screen, map[string]string{"maim": "printf PIC", "scrot": inFile, "import": "printf no"}, "PIC", "maim --hidecursor"},
		{"scrot next", "linux", x11, Screen, map[string]string{"maim": fails, "scrot": inFile, "import": "printf no"}, "PIC", "maim|scrot --overwrite"},
		{"import", "freebsd", x11, Screen, map[string]string{"import": "printf PIC"}, "PIC", "import -silent -window root png:-"},
		{"spectacle", "linux", x11, Screen, map[string]string{"spectacle": inFile}, "PIC", "spectacle --background --nonotify --fullscreen --output"},
		{"mac screens", "darwin", nil, Screen, map[string]string{"screencapture": `printf PIC >"$4"`}, "PIC", "screencapture -x -t png"},
		{"windows screen", "windows", nil, Screen, map[string]string{"powershell.exe": "printf PIC"}, "PIC", "powershell.exe"},

		{"slurp and grim", "linux", wayland, Region, map[string]string{"slurp": "echo '10,20 300x400'", "grim": "printf PIC"}, "PIC", "slurp|grim -g 10,20 300x400 -t png -"},
		{"maim region", "linux", x11, Region, map[string]string{"maim": "printf PIC"}, "PIC", "maim --hidecursor --select"},
		{"scrot region", "linux", x11, Region, map[string]string{"scrot": inFile}, "PIC", "scrot --overwrite --select"},
		{"import region", "linux", x11, Region, map[string]string{"import": "printf PIC"}, "PIC", "import -silent png:-"},
		{"mac region", "darwin", nil, Region, map[string]string{"screencapture": `printf PIC >"$5"`}, "PIC", "screencapture -i -x -t png"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			d, calls := desk(t, test.system, test.env, test.tools)
			take, err := d.Take(t.Context(), test.kind)
			got := take.Text
			if len(take.Pictures) > 0 {
				got = string(take.Pictures[0])
			}
			if err != nil || got != test.want {
				t.Errorf("took %q, %v, want %q; calls:\n%s", got, err, test.want, calls())
			}
			rest := calls()
			for part := range strings.SplitSeq(test.calls, "|") {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Errorf("no %q, or too early, in the calls:\n%s", part, calls())
				}
				rest = after
			}
			if err := d.Check(t.Context(), test.kind); err != nil {
				t.Errorf("what works is not offered: %v", err)
			}
			if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
				t.Errorf("files are left: %v", left)
			}
		})
	}
}

// hinted is what errors of this package have.
type hinted interface{ Hint() string }

func TestTakeFails(t *testing.T) {
	for _, test := range []struct {
		name, system string
		env          map[string]string
		kind         Kind
		tools        map[string]string
		want, hint   string
	}{
		{"no session", "linux", nil, Screen, nil, "there is no screen here: neither Wayland nor X11", "nod add --qr - < setup.png"},
		{"SSH", "linux", map[string]string{"SSH_CONNECTION": "1 2 3 4"}, Region, nil, "over SSH the screen is that of another computer", "paste the text"},
		{"mac over SSH", "darwin", map[string]string{"SSH_TTY": "/dev/ttys1"}, Clipboard, nil, "there is no clipboard here: over SSH", "setup.png"},
		{"no tool", "linux", wayland, Clipboard, nil, "nod needs wl-paste for the clipboard", "install wl-clipboard"},
		{"no tool, with apt", "linux", wayland, Screen, map[string]string{"apt-get": ""}, "nod needs grim, gnome-screenshot or spectacle for the screen", "install grim, gnome-screenshot or kde-spectacle: sudo apt install grim"},
		{"half of two tools", "linux", wayland, Region, map[string]string{"grim": "", "dnf": ""}, "nod needs grim with slurp", ": sudo dnf install slurp"},
		{"X tools", "linux", x11, Screen, nil, "maim, scrot, import, gnome-screenshot or spectacle", "maim, scrot, imagemagick,"},
		{"region on Windows", "windows", nil, Region, nil, "on Windows", "Windows+Shift+S"},
		{"no camera", "linux", nil, Camera, nil, "there is no camera here", "nod add --qr FILE"},
		{"all fail", "linux", x11, Screen, map[string]string{"maim": fails, "scrot": "exit 3"}, "read the screen: maim: it has no luck; scrot: exit status 3", "install imagemagick"},
		{"what it says is shortened and cleaned", "linux", wayland, Screen, map[string]string{"grim": `printf '\n\033[31mred\a %0200d\nmore' 1 >&2; exit 1`}, "grim: [31mred 0000", ""},
		{"empty clipboard", "linux", wayland, Clipboard, map[string]string{"wl-paste": "echo 'Nothing is copied' >&2; exit 1"}, ErrEmpty.Error(), ""},
		{"a format that nod does not take", "linux", wayland, Clipboard, map[string]string{"wl-paste": "echo audio/ogg"}, ErrEmpty.Error(), ""},
		{"slurp given up", "linux", wayland, Region, map[string]string{"slurp": "echo 'selection cancelled' >&2; exit 1", "grim": "", "spectacle": inFile}, ErrNothingChosen.Error(), ""},
		{"slurp that lies", "linux", wayland, Region, map[string]string{"slurp": "echo '-o /etc/passwd'", "grim": ""}, "slurp: it names no part of the screen", ""},
		{"maim given up", "linux", x11, Region, map[string]string{"maim": "echo 'Selection was cancelled by keystroke or right-click.' >&2; exit 1", "scrot": inFile}, ErrNothingChosen.Error(), ""},
		{"mac region given up", "darwin", nil, Region, map[string]string{"screencapture": "exit 0"}, ErrNothingChosen.Error(), ""},
		{"too much", "linux", wayland, Clipboard, map[string]string{"wl-paste": "while :; do echo text/plaintext/plaintext/plaintext/plain; done"}, "it brings too much", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, calls := desk(t, test.system, test.env, test.tools)
			take, err := d.Take(t.Context(), test.kind)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("took %q, %v, want the error %q; calls:\n%s", take, err, test.want, calls())
			}
			if strings.ContainsAny(err.Error(), "\x1b\a\n") || len(err.Error()) > 300 {
				t.Errorf("the error is not fit for a terminal: %q", err)
			}
			hint := ""
			if h := hinted(nil); errors.As(err, &h) {
				hint = h.Hint()
			}
			if !strings.Contains(hint, test.hint) {
				t.Errorf("hint = %q, want %q", hint, test.hint)
			}
		})
	}
}

// Cancelling ends the tool, and no other one is tried.
func TestTakeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d, calls := desk(t, "linux", x11, map[string]string{"maim": "exec sleep 600", "scrot": inFile})
	inner := d.LookPath
	d.LookPath = func(name string) (string, error) {
		if name == "sleep" {
			return "", os.ErrNotExist
		}
		return inner(name)
	}
	done := make(chan error)
	go func() {
		_, err := d.Take(ctx, Screen)
		done <- err
	}()
	for calls() == "" { // until maim runs
		runtime.Gosched()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
	if strings.Contains(calls(), "scrot") {
		t.Errorf("another tool was tried:\n%s", calls())
	}
}

// The tools do not see nod's own variables, and their directory is private.
func TestToolSurroundings(t *testing.T) {
	t.Setenv("NOD_PIN", "4821")
	d, _ := desk(t, "linux", x11, map[string]string{"scrot": `for f; do :; done; stat -c %a "$(dirname "$f")" >"$f"; env >>"$f"`})
	take, err := d.Take(t.Context(), Screen)
	if err != nil {
		t.Fatal(err)
	}
	text := string(take.Pictures[0])
	if !strings.HasPrefix(text, "700\n") || strings.Contains(text, "4821") || !strings.Contains(text, "PATH=") {
		t.Errorf("mode and environment:\n%s", text)
	}
}

// Files that were copied in a file manager are read.
func TestCopiedFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "set up.png")
	if err := os.WriteFile(path, []byte("PIC"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "file://" + filepath.ToSlash(dir) + "/set%20up.png"
	for list, want := range map[string]int{
		"# comment\r\n" + address + "\r\n": 1,
		address + "\n" + address:           2,
		"file://elsewhere.demo.test/x.png": 0,
		"https://helpdesk.demo.test/x.png": 0,
		"file://" + dir:                    0,
		strings.Repeat(address+"\n", 99):   maxFiles,
	} {
		if got := copiedFiles(list); len(got.Pictures) != want {
			t.Errorf("%.60q gives %d pictures, want %d", list, len(got.Pictures), want)
		}
	}
}
