package tui

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestClipboardOrder(t *testing.T) {
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
				got = append(got, c.name)
			}
			if len(got) != len(test.want) {
				t.Fatalf("tools = %v, want %v", got, test.want)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Fatalf("tools = %v, want %v", got, test.want)
				}
			}
		})
	}
}

// TestClipboardTool runs real programs: a stand-in for xclip that keeps the text in a file.
func TestClipboardTool(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\ncase \"$3\" in\n-in) cat >'" + dir + "/text' ;;\n-out) cat '" + dir + "/text' ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(dir, "xclip"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	c := SystemClipboard(func(k string) string { return map[string]string{"DISPLAY": ":0"}[k] })
	if c == nil || c.Name() != "xclip" {
		t.Fatalf("clipboard = %v", c)
	}
	if err := c.Copy("482913"); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Paste(); err != nil || got != "482913" {
		t.Errorf("paste = %q, %v", got, err)
	}
	if err := c.Copy(""); err != nil {
		t.Fatal(err)
	}
	if got, _ := c.Paste(); got != "" {
		t.Errorf("after clearing: %q", got)
	}
	if c := SystemClipboard(func(string) string { return "" }); runtime.GOOS == "linux" && c != nil {
		t.Errorf("without a display: %v", c)
	}
}
