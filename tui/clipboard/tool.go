package clipboard

// This file: the tools, and how one is run.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

// patience is how long a tool may take: one waits for a display that is gone. A variable
// for the tests.
var patience = 3 * time.Second

// settling is how long a text may take to come up after its tool has left.
const settling = time.Second

// Tool is a clipboard by commands: one reads the text from its standard input,
// one writes it to its standard output.
type Tool struct {
	Name      string // of its program, such as "wl-copy"
	Package   string // Debian's; "" when it comes with the system
	Installed bool

	copy, paste []string
	clear       []string // nil: copying nothing clears
	kinds       []string // lists the types of what is there; nil: can not be asked
}

// candidates lists the tools worth trying, best first.
func candidates(system string, getenv func(string) string) []Tool {
	var all []Tool
	if getenv("WAYLAND_DISPLAY") != "" {
		all = append(all, Tool{
			Name: "wl-copy", Package: "wl-clipboard",
			copy:  []string{"wl-copy", "--type", "text/plain"},
			paste: []string{"wl-paste", "--no-newline", "--type", "text/plain"},
			clear: []string{"wl-copy", "--clear"},
			kinds: []string{"wl-paste", "--list-types"},
		})
	}
	if getenv("DISPLAY") != "" {
		all = append(all, Tool{
			Name: "xclip", Package: "xclip",
			copy:  []string{"xclip", "-selection", "clipboard", "-in"},
			paste: []string{"xclip", "-selection", "clipboard", "-out"},
			kinds: []string{"xclip", "-selection", "clipboard", "-out", "-target", "TARGETS"},
		}, Tool{
			Name: "xsel", Package: "xsel",
			copy:  []string{"xsel", "--clipboard", "--input"},
			paste: []string{"xsel", "--clipboard", "--output"},
			clear: []string{"xsel", "--clipboard", "--clear"},
		})
	}
	switch {
	case system == "darwin" && getenv("SSH_CONNECTION") == "":
		all = append(all, Tool{Name: "pbcopy", copy: []string{"pbcopy"}, paste: []string{"pbpaste"}})
	case system == "windows", getenv("WSL_DISTRO_NAME") != "":
		all = append(all, Tool{
			Name: "clip.exe",
			copy: []string{"clip.exe"},
			paste: []string{
				"powershell.exe", "-NoProfile", "-NonInteractive", "-Command",
				"[Console]::Out.Write((Get-Clipboard -Raw))",
			},
		})
	}
	if getenv("TMUX") != "" {
		all = append(all, Tool{
			Name: "tmux", Package: "tmux",
			copy:  []string{"tmux", "load-buffer", "-w", "-"},
			paste: []string{"tmux", "save-buffer", "-"},
		})
	}
	return all
}

// Copy puts text onto the tool's clipboard and reads it back. It is an error when
// something else is there then.
func (t Tool) Copy(ctx context.Context, text string) (Receipt, error) {
	r := NewReceipt(t.Name, text)
	if t.Name == "tmux" {
		passed, err := loadTmux(ctx, text)
		r.Passed, r.Readable = passed, err == nil
		return r, err
	}
	if err := feed(ctx, t.sensitive(ctx), text); err != nil {
		return Receipt{}, err
	}
	got, err := t.Paste(ctx)
	// xsel leaves before the process that it leaves behind has the clipboard.
	for end := time.Now().Add(settling); err == nil && got != text && time.Now().Before(end); got, err = t.Paste(ctx) {
		time.Sleep(settling / 20)
	}
	switch {
	case err != nil: // its other half is not installed
	case got == text:
		r.Readable = true
	default:
		return Receipt{}, fmt.Errorf("%s says that it copied, but something else is on the clipboard", t.Name)
	}
	return r, nil
}

// sensitive is the command for copying; where wl-copy can tell programs that keep
// a history to leave the text out, it shall.
func (t Tool) sensitive(ctx context.Context) []string {
	if t.Name == "wl-copy" {
		if help, _ := read(ctx, "wl-copy", "--help"); strings.Contains(help, "--sensitive") {
			return append([]string{"wl-copy", "--sensitive"}, t.copy[1:]...)
		}
	}
	return t.copy
}

// Paste returns the text on the clipboard, "" when there is none.
func (t Tool) Paste(ctx context.Context) (string, error) {
	text, err := read(ctx, t.paste...)
	if _, exited := errors.AsType[*exec.ExitError](err); exited && ctx.Err() == nil {
		return "", nil // an empty clipboard is an error to most tools
	}
	return text, err
}

// OtherKind tells whether the clipboard holds something without a text, such as a
// picture, that Paste would not bring.
func (t Tool) OtherKind(ctx context.Context) bool {
	if t.kinds == nil {
		return false
	}
	list, err := read(ctx, t.kinds...)
	if err != nil {
		return false
	}
	other := false
	for kind := range strings.Lines(list) {
		switch kind = strings.TrimSpace(kind); {
		case strings.HasPrefix(kind, "text/"), strings.Contains(kind, "STRING"), kind == "TEXT":
			return false
		case strings.Contains(kind, "/"):
			other = true
		}
	}
	return other
}

// clearIf empties the clipboard if it holds what r is of.
func (t Tool) clearIf(ctx context.Context, r Receipt) (bool, error) {
	if t.Name == "tmux" {
		return clearTmux(ctx, r)
	}
	now, err := t.Paste(ctx)
	if err != nil || !r.Is(now) {
		return false, err
	}
	return true, t.empty(ctx)
}

// empty empties the clipboard, whatever it holds.
func (t Tool) empty(ctx context.Context) error {
	switch {
	case t.Name == "tmux":
		return blankTmux(ctx)
	case t.clear != nil:
		return feed(ctx, t.clear, "")
	}
	return feed(ctx, t.copy, "")
}

// feed runs a command with a text on its standard input. What it says goes to a file:
// xclip and wl-copy leave a process behind to serve the text, which would keep a pipe
// open.
func feed(ctx context.Context, args []string, text string) error {
	said, err := os.CreateTemp("", "nod-")
	if err != nil {
		return run(ctx, args, text, nil, nil)
	}
	defer os.Remove(said.Name())
	defer said.Close()
	err = run(ctx, args, text, nil, said)
	if err == nil {
		return nil
	}
	start := make([]byte, 4*mostSaid)
	n, _ := said.ReadAt(start, 0)
	if text != "" && strings.Contains(string(start[:n]), text) {
		return err
	}
	return withReason(err, string(start[:n]))
}

// read runs a command and returns what it wrote.
func read(ctx context.Context, args ...string) (string, error) {
	var out, said bytes.Buffer
	err := run(ctx, args, "", &out, &said)
	if err != nil {
		err = withReason(err, said.String())
	}
	return out.String(), err
}

// mostSaid is how much of what a tool says is shown, in characters.
const mostSaid = 120

// withReason is err with the first line of what a tool said, as far as it can be shown.
func withReason(err error, said string) error {
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	shown := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, line))
	if len(shown) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", err, string(shown[:min(len(shown), mostSaid)]))
}

// run runs a command, but not for longer than patience. Its error never holds text.
func run(ctx context.Context, args []string, text string, out, said io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), out, said
	cmd.WaitDelay = time.Second
	switch err := cmd.Run(); {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s: no answer within %s", args[0], patience)
	default:
		return fmt.Errorf("%s: %w", args[0], err)
	}
}
