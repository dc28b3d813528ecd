package tui

// clipboard.go finds and runs the local clipboard tool. Where there is none the
// program can only ask the terminal (OSC 52), which never answers.

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// Clipboard is a clipboard whose tool tells whether copying worked.
type Clipboard interface {
	// Copy replaces the clipboard's text; the empty text clears it.
	Copy(text string) error
	// Paste returns the clipboard's text.
	Paste() (string, error)
	// Name is the tool's name, such as "wl-copy".
	Name() string
}

// SystemClipboard returns the clipboard of the display or of tmux that getenv
// tells of, or nil when no tool for it is installed.
func SystemClipboard(getenv func(string) string) Clipboard {
	for _, c := range candidates(runtime.GOOS, getenv) {
		if _, err := exec.LookPath(c.copy[0]); err == nil {
			return c
		}
	}
	return nil
}

// tool is a clipboard by two commands: one reads the text from its standard
// input, one writes it to its standard output.
type tool struct {
	name               string
	copy, paste, clear []string
}

// candidates lists the tools worth trying, best first.
func candidates(system string, getenv func(string) string) []tool {
	var all []tool
	if getenv("WAYLAND_DISPLAY") != "" {
		all = append(all, tool{
			name:  "wl-copy",
			copy:  []string{"wl-copy", "--type", "text/plain"},
			paste: []string{"wl-paste", "--no-newline"},
			clear: []string{"wl-copy", "--clear"},
		})
	}
	if getenv("DISPLAY") != "" {
		all = append(all, tool{
			name:  "xclip",
			copy:  []string{"xclip", "-selection", "clipboard", "-in"},
			paste: []string{"xclip", "-selection", "clipboard", "-out"},
		}, tool{
			name:  "xsel",
			copy:  []string{"xsel", "--clipboard", "--input"},
			paste: []string{"xsel", "--clipboard", "--output"},
			clear: []string{"xsel", "--clipboard", "--clear"},
		})
	}
	switch {
	case system == "darwin" && getenv("SSH_CONNECTION") == "":
		all = append(all, tool{name: "pbcopy", copy: []string{"pbcopy"}, paste: []string{"pbpaste"}})
	case system == "windows", getenv("WSL_DISTRO_NAME") != "":
		all = append(all, tool{
			name:  "clip.exe",
			copy:  []string{"clip.exe"},
			paste: []string{"powershell.exe", "-NoProfile", "-Command", "Get-Clipboard -Raw"},
		})
	}
	if getenv("TMUX") != "" {
		all = append(all, tool{
			name:  "tmux",
			copy:  []string{"tmux", "load-buffer", "-w", "-"},
			paste: []string{"tmux", "save-buffer", "-"},
			clear: []string{"tmux", "delete-buffer"},
		})
	}
	return all
}

func (t tool) Name() string { return t.name }

func (t tool) Copy(text string) error {
	args, input := t.copy, text
	if text == "" && t.clear != nil {
		args = t.clear
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(input)
	// Output is not collected: xclip and wl-copy stay behind to serve the text
	// and would keep a pipe open.
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("copy with %s: %w", t.name, err)
	}
	return nil
}

func (t tool) Paste() (string, error) {
	var out bytes.Buffer
	cmd := exec.Command(t.paste[0], t.paste[1:]...)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", nil // an empty clipboard is an error to most tools
		}
		return "", fmt.Errorf("paste with %s: %w", t.name, err)
	}
	return strings.TrimRight(out.String(), "\r\n"), nil
}
