package cli

// This file: what is said to somebody who guesses at commands and flags.

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// guessed is nod's word for a path that was typed as other programs call it, or "".
func guessed(path string) string {
	return map[string]string{
		"nod list": "nod ls", "nod accounts": "nod ls",
		"nod get": "nod code", "nod otp": "nod code", "nod totp": "nod code", "nod token": "nod code", "nod generate": "nod code",
		"nod import": "nod add", "nod new": "nod add, or nod init for a vault", "nod create": "nod init", "nod setup": "nod init",
		"nod delete": "nod rm", "nod remove": "nod rm",
		"nod export": "nod show --qr", "nod qr": "nod show --qr",
		"nod approve": "nod accept", "nod confirm": "nod accept", "nod reject": "nod deny",
		"nod requests": "nod approvals", "nod devices": "nod servers",
		"nod login": "nod pair to add a site, or nod unlock", "nod register": "nod pair", "nod logout": "nod lock",
		"nod passwd": "nod pin change", "nod password": "nod pin change",
		"nod backup": "nod vault restore, which lists the copies", "nod restore": "nod vault restore",
		"nod recover": "nod vault recover", "nod slots": "nod vault slots",
		"nod agent start": "nod agent run", "nod server start": "nod server run, or nod server demo",
	}[path]
}

// unknownCommand says that there is no such command, and which one was meant.
func unknownCommand(cmd *cobra.Command, word string) error {
	e := usagef("unknown command %q for %q", word, cmd.CommandPath())
	e.hint = "see " + cmd.CommandPath() + " --help"
	cmd.SuggestionsMinimumDistance = min(2, len(word)/2) // as many letters may be wrong
	if s := cmd.SuggestionsFor(word); len(s) > 0 {
		e.hint = "did you mean " + strings.Join(s, ", ") + "?"
	}
	if meant := guessed(cmd.CommandPath() + " " + word); meant != "" {
		e.hint = "did you mean " + meant + "?"
	}
	return e
}

// wrongFlag makes a usage error of what is wrong with a flag.
func wrongFlag(cmd *cobra.Command, err error) error {
	e := &usageError{err: err, hint: "see " + cmd.CommandPath() + " --help"}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		switch unknown.GetSpecifiedName() {
		case "pin":
			e.hint = "a PIN is no argument, which others could read: --pin-file FILE, --pin-stdin, or type it when nod asks"
		case "version", "v":
			e.hint = "nod version"
		}
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok && wrong.GetFlag().Value.Type() == "duration" {
		e.hint = "write it as 30s or 2m"
	}
	return e
}
