package escape

// This file: what a running tmux says of itself and of the terminal it is shown on.

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// TmuxState is what the tmux around this process passes on.
type TmuxState struct {
	Version      string // "3.3a"
	SetClipboard string // "on", "external" (no program's own OSC 52) or "off"
	Passthrough  bool   // it hands on what Through wraps
	TermName     string // $TERM of the terminal that shows it; "" when nobody looks
	TermType     string // what that terminal calls itself, such as "WezTerm 20230712"; "" when it does not tell
	Clipboard    bool   // it knows how that terminal takes a clipboard
}

// AskTmux asks the tmux of $TMUX. The error is that of the command, with what it said.
func AskTmux(ctx context.Context) (TmuxState, error) {
	const format = "#{version}|#{set-clipboard}|#{allow-passthrough}|#{client_termname}|#{client_termtype}"
	out, err := tmux(ctx, "display-message", "-p", format)
	if err != nil {
		return TmuxState{}, err
	}
	f := strings.SplitN(strings.TrimSpace(out), "|", 5)
	if len(f) != 5 {
		return TmuxState{}, fmt.Errorf("ask tmux: it answered %q", out)
	}
	s := TmuxState{Version: f[0], SetClipboard: f[1], TermName: f[3], TermType: f[4]}
	switch f[2] {
	case "", "1", "on", "all": // "": before 3.3 there was no such option, and everything passed
		s.Passthrough = true
	}
	if s.TermName != "" {
		out, err = tmux(ctx, "show-messages", "-T")
		s.Clipboard = err != nil || hasClipboard(out, s.TermName)
	}
	return s, nil
}

// hasClipboard looks through what tmux knows of its terminals for one named term
// that has the string Ms, which sets a clipboard.
func hasClipboard(list, term string) bool {
	ours := false
	for line := range strings.Lines(list) {
		switch {
		case strings.HasPrefix(line, "Terminal "):
			_, name, _ := strings.Cut(line, ": ")
			ours = strings.HasPrefix(name, term+" for ")
		case ours && strings.Contains(line, ": Ms: "):
			return !strings.Contains(line, "[missing]")
		}
	}
	return false
}

func tmux(ctx context.Context, args ...string) (string, error) {
	var said strings.Builder
	cmd := exec.CommandContext(ctx, "tmux", args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("ask tmux: %w: %s", err, strings.TrimSpace(said.String()))
	}
	return string(out), nil
}
