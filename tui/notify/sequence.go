package notify

// This file: the sequences. What stands in them came from a server: it can neither
// end a sequence nor begin another.

import (
	"encoding/base64"
	"strings"

	"nod/tui/escape"
)

// The longest texts, in runes.
const (
	maxTitle = 60
	maxBody  = 160
)

// sequence is what shows e by way w, "" for a way that is no sequence. OSC strings
// end with BEL, which every terminal takes and screen does not take for its own.
func sequence(getenv func(string) string, w Way, e Event) string {
	title, body := escape.Text(e.title(), maxTitle), escape.Text(e.body(), maxBody)
	osc := func(text string) string {
		return escape.Between(getenv).Through(escape.ESC + "]" + text + escape.BEL)
	}
	switch w {
	case Bell:
		return escape.BEL // tmux and screen have bells of their own to ring
	case OSC9:
		// It begins with "nod": a digit and ; would be a command of Windows Terminal.
		return osc("9;" + strings.TrimSuffix(title+": "+body, ": "))
	case OSC777:
		return osc("777;notify;" + plain777(title) + ";" + plain777(body))
	case OSC99:
		id := id99(e)
		return osc("99;i="+id+":d=0:e=1;"+base64.StdEncoding.EncodeToString([]byte(title))) +
			osc("99;i="+id+":d=1:p=body:e=1;"+base64.StdEncoding.EncodeToString([]byte(body)))
	}
	return ""
}

// plain777 leaves out what separates the parts.
func plain777(s string) string { return strings.ReplaceAll(s, ";", ",") }

// closeOSC99 takes a notification of kitty away.
func closeOSC99(getenv func(string) string, e Event) string {
	return escape.Between(getenv).Through(escape.ESC + "]99;i=" + id99(e) + ":p=close;" + escape.BEL)
}

// id99 is the request's id as kitty takes one.
func id99(e Event) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, e.Request)
	return "nod-" + id[:min(len(id), 64)]
}
