package clipboard

// This file: when a text goes again, and the sentences that tell of it.

import (
	"fmt"
	"strings"
	"time"
)

// ClearAfter is how long a text stays on the clipboard unless the person says else.
const ClearAfter = 30 * time.Second

// Clearing says when a text is taken away again. The zero value is ClearAfter, and
// only what can be read back.
type Clearing struct {
	After time.Duration // 0: ClearAfter; less: never
	Blind bool          // also where nod can not see whether its text is still there
}

// ParseClearing reads a time such as "45s", or "0" for never, or "blind", or both
// with a comma between. The empty text is the zero Clearing.
func ParseClearing(text string) (Clearing, error) {
	var c Clearing
	for part := range strings.SplitSeq(text, ",") {
		switch part = strings.TrimSpace(part); part {
		case "":
		case "blind":
			c.Blind = true
		default:
			d, err := time.ParseDuration(part)
			if err != nil || d < 0 || d > 24*time.Hour {
				return Clearing{}, fmt.Errorf("%q is not a time to clear the clipboard after", part)
			}
			if c.After = d; d == 0 {
				c.After = -1
			}
		}
	}
	return c, nil
}

// Delay is the time after which the text of r is to go, and false when it stays.
func (c Clearing) Delay(r Receipt) (time.Duration, bool) {
	if c.After < 0 || !r.Readable && !c.Blind {
		return 0, false
	}
	if c.After == 0 {
		return ClearAfter, true
	}
	return c.After, true
}

// Sentence says what became of what, "482 913" or "the code of RMS", and what will.
func (r Receipt) Sentence(what string, c Clearing) string {
	after, goes := c.Delay(r)
	in := short(after)
	switch {
	case r.Tool == Terminal && goes:
		return fmt.Sprintf("%s sent to the terminal's clipboard; clears in %s, whatever it holds then", what, in)
	case r.Tool == Terminal:
		return what + " sent to the terminal's clipboard; nod can not clear it"
	case r.Tool == "tmux" && r.Passed:
		return r.passed(what, in, goes, c.Blind)
	case r.Tool == "tmux":
		text := what + " put into tmux's buffer only (nobody is attached, or tmux is before 3.2)"
		if goes {
			text += "; deleted in " + in
		}
		return text
	case goes && !r.Readable:
		return fmt.Sprintf("copied %s with %s; clears in %s, whatever it holds then", what, r.Tool, in)
	case goes:
		return fmt.Sprintf("copied %s with %s; clears in %s", what, r.Tool, in)
	case !r.Readable && c.After >= 0:
		return fmt.Sprintf("copied %s with %s; nod can not clear it", what, r.Tool)
	}
	return fmt.Sprintf("copied %s with %s", what, r.Tool)
}

// passed is Sentence for what tmux was to hand to the terminal.
func (r Receipt) passed(what, in string, goes, blind bool) string {
	text := what + " sent to the terminal by tmux, which keeps it in a buffer"
	switch {
	case goes && blind:
		return text + "; both clear in " + in
	case goes:
		return text + "; the buffer goes in " + in + ", the terminal's copy stays"
	}
	return text
}

// short writes a time without parts that are zero: "30 s", "2 min".
func short(d time.Duration) string {
	switch {
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d >= time.Second && d%time.Second == 0:
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return d.String()
}
