package notify

// This file: what is used where the person names nothing.

import (
	"context"
	"strings"
	"time"

	"nod/tui/escape"
)

// askTmux is how long tmux may take to say what it is shown on.
const askTmux = time.Second

// choose returns the bell, and what the terminal shows or else the desktop. What
// runs over SSH has no desktop: nobody may sit at it.
func choose(ctx context.Context, getenv func(string) string) []Way {
	program, term := getenv("TERM_PROGRAM"), getenv("TERM")
	local := getenv("SSH_CONNECTION") == "" && getenv("DBUS_SESSION_BUS_ADDRESS") != "" &&
		(getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "")
	mux := escape.Between(getenv)
	if mux == escape.Tmux {
		// The variables are those of the terminal that started tmux. It may be another by now.
		ctx, cancel := context.WithTimeout(ctx, askTmux)
		defer cancel()
		program, term = "", ""
		if s, err := escape.AskTmux(ctx); err == nil && s.Passthrough {
			program, term = s.TermType, s.TermName
		}
	}
	switch way := ofTerminal(program, term, getenv, mux); {
	case way != "":
		return []Way{Bell, way}
	case local:
		return []Way{Bell, DBus}
	}
	return []Way{Bell}
}

// ofTerminal is the sequence that a terminal shows as a notification, or "".
func ofTerminal(program, term string, getenv func(string) string, mux escape.Mux) Way {
	program = strings.ToLower(program)
	is := func(names ...string) bool {
		for _, name := range names {
			if strings.HasPrefix(program, name) || strings.HasPrefix(strings.TrimPrefix(term, "xterm-"), name) {
				return true
			}
		}
		return false
	}
	direct := mux != escape.Tmux
	switch {
	case is("kitty"), direct && getenv("KITTY_WINDOW_ID") != "":
		return OSC99
	case is("ghostty", "wezterm", "foot", "rxvt-unicode"):
		return OSC777
	case is("iterm"), direct && getenv("WT_SESSION") != "":
		return OSC9
	}
	return ""
}
