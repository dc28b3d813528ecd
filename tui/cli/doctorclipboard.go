package cli

// This file: `nod doctor clipboard` tries the clipboard and says what is missing.

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"nod/tui/clipboard"
	"nod/tui/escape"
)

func (a *app) doctorClipboardCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clipboard",
		Short: "try the clipboard, and say what is missing",
		Long: `Put a random text onto the clipboard the way nod code --copy would, read it back,
and put back the text that was there. Where only the terminal can be asked, which
never answers, its clipboard keeps the random text: paste it to see whether it came.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDoctorClipboard(cmd.Context()) },
	}
}

func (a *app) runDoctorClipboard(ctx context.Context) error {
	clearing, err := a.clearing()
	if err != nil {
		return err
	}
	d := &doctor{app: a}
	board := clipboard.New(a.env.Getenv)
	if !d.tryTools(ctx, board, clearing) {
		d.tryTerminal(board)
	}
	return d.report()
}

// tryTools tries the tools up to the first that works, and tells whether one did.
func (d *doctor) tryTools(ctx context.Context, board *clipboard.Board, clearing clipboard.Clearing) bool {
	var missing []clipboard.Tool
	failed := false
	for _, t := range board.Tools() {
		if !t.Installed {
			missing = append(missing, t)
			continue
		}
		if t.Name == "tmux" {
			d.missingTools(missing)
			if d.tryTmux(ctx, t, clearing) {
				return true
			}
			continue
		}
		r, err := t.Try(ctx)
		switch {
		case errors.Is(err, clipboard.ErrOccupied):
			d.add(levelWarn, "copy a word somewhere, and try again", "%s is used; it was not tried: %s", t.Name, err)
			return true
		case err != nil:
			failed = true
			d.add(levelWarn, "unset $DISPLAY or $WAYLAND_DISPLAY where that screen is not yours", "%s", err)
		case !r.Readable:
			d.add(levelWarn, installs(t), "%s copies, but nothing reads it back: %s", t.Name, r.Sentence("a code", clearing))
			return true
		default:
			d.add(levelOK, "", "%s copies, and reads back: %s", t.Name, r.Sentence("a code", clearing))
			return true
		}
	}
	if !failed {
		d.missingTools(missing)
	}
	return false
}

// missingTools names the best tool that is not installed.
func (d *doctor) missingTools(missing []clipboard.Tool) {
	if len(missing) > 0 {
		d.add(levelWarn, installs(missing[0]), "%s is not installed", missing[0].Name)
	}
}

// installs is how a tool is installed, on Debian.
func installs(t clipboard.Tool) string {
	if t.Package == "" {
		return ""
	}
	return "apt install " + t.Package
}

// tryTmux tries the tmux around this process.
func (d *doctor) tryTmux(ctx context.Context, t clipboard.Tool, clearing clipboard.Clearing) bool {
	r, err := t.Try(ctx)
	if err != nil {
		d.add(levelWarn, "unset $TMUX where that tmux is not yours", "%s", err)
		return false
	}
	d.add(levelOK, "", "tmux keeps a text, and deletes it: %s", r.Sentence("a code", clearing))
	s, err := escape.AskTmux(ctx)
	switch {
	case err != nil:
		d.add(levelWarn, "", "%s", err)
	case s.TermName == "":
		d.add(levelWarn, "tmux attach", "no terminal shows this tmux: the text goes nowhere")
	case !r.Passed:
		d.add(levelWarn, "update tmux to 3.2 or newer", "this tmux can not hand a text to the terminal")
	case !s.Clipboard:
		d.add(levelWarn, "in ~/.tmux.conf: set -as terminal-features ',"+s.TermName+":clipboard'",
			"tmux does not know how %s takes a clipboard, and sends it nothing", s.TermName)
	default:
		d.add(levelOK, "", "tmux hands it to %s, which never answers: paste to see whether a text came that begins with \"nod test\"", s.TermName)
	}
	if err == nil && s.SetClipboard != "on" {
		d.add(levelOK, "", "programs that write to the clipboard by themselves, such as a nod over SSH, need in ~/.tmux.conf: set -g set-clipboard on (it is %s)", s.SetClipboard)
	}
	return true
}

// tryTerminal sends a text to the terminal's own clipboard.
func (d *doctor) tryTerminal(board *clipboard.Board) {
	t, err := d.terminal()
	if err != nil {
		d.add(levelFail, "print the code instead: nod code", "there is no clipboard: no display, no tmux and no terminal")
		return
	}
	defer t.Close()
	text := "nod test " + rand.Text()[:6]
	if _, err := io.WriteString(t.Out, board.Sequence(text)); err != nil {
		d.add(levelFail, "", "the terminal can not be written to: %s", err)
		return
	}
	term := d.env.Getenv("TERM")
	switch {
	case escape.Between(d.env.Getenv) == escape.Tmux:
		d.add(levelWarn, "in ~/.tmux.conf: set -g allow-passthrough on", "without its command, tmux passes a text to the terminal only when told to")
	case escape.Between(d.env.Getenv) == escape.None && (strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen")):
		d.add(levelWarn, "in ~/.tmux.conf there: set -g set-clipboard on",
			"the terminal is a tmux or screen on another machine; tmux passes nothing on unless told to, and keeps it in a buffer then")
	}
	d.add(levelOK, "", "sent to the terminal's clipboard (OSC 52), which never answers; some, such as Terminal.app of macOS, ignore it. Paste to see whether it came: %s", text)
}
