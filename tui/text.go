package tui

// text.go has the small texts that every screen is made of: cutting and padding,
// grouped digits, countdowns, relative times.

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"nod/vault"
)

// clean drops what could steer a terminal or hide the order of a text: control,
// format and bidi characters. Names come from QR codes and servers.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return -1
		}
		return r
	}, s)
}

// cut shortens styled text to w cells.
func (m *Model) cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	return ansi.Truncate(s, w, m.glyphs.more)
}

// pad cuts or fills styled text to exactly w cells.
func (m *Model) pad(s string, w int) string {
	s = m.cut(s, w)
	return s + strings.Repeat(" ", max(0, w-ansi.StringWidth(s)))
}

// spread puts left and right at the two ends of w cells; left gives way.
func (m *Model) spread(left, right string, w int) string {
	room := w - ansi.StringWidth(right)
	if room < 8 {
		return m.pad(left, w)
	}
	return m.pad(left, room) + right
}

// centre puts s in the middle of w cells.
func (m *Model) centre(s string, w int) string {
	s = m.cut(s, w)
	return strings.Repeat(" ", max(0, (w-ansi.StringWidth(s))/2)) + s
}

// wrap breaks text into lines of at most w cells.
func wrap(s string, w int) []string {
	if s == "" {
		return nil
	}
	return strings.Split(ansi.Wrap(s, max(1, w), ""), "\n")
}

// spaced groups a code by which it is read aloud: 482 913, 1234 5678.
func spaced(code string) string {
	switch n := len(code); n {
	case 6, 7:
		return code[:3] + " " + code[3:]
	case 8:
		return code[:4] + " " + code[4:]
	case 9:
		return code[:3] + " " + code[3:6] + " " + code[6:]
	case 10:
		return code[:5] + " " + code[5:]
	}
	return code
}

// mask draws a code of n characters as hidden.
func (m *Model) mask(n int) string {
	return spacedMask(m.glyphs.hidden, max(n, 1))
}

func spacedMask(glyph string, n int) string {
	places := spaced(strings.Repeat("0", n))
	return strings.ReplaceAll(places, "0", glyph)
}

// seconds rounds up what is left, so that 0 means over.
func seconds(left time.Duration) int {
	return int((left + time.Second - 1) / time.Second)
}

// clockLeft writes a countdown as m:ss.
func clockLeft(left time.Duration) string {
	s := max(0, seconds(left))
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// ago tells how long before now t was; after an hour, when.
func ago(now, t time.Time) string {
	switch d := now.Sub(t); {
	case t.IsZero():
		return "never"
	case d < time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d/time.Minute))
	}
	return when(now, t)
}

// when writes t as a local clock time, with the date when it was another day.
func when(now, t time.Time) string {
	now, t = now.Local(), t.Local()
	switch {
	case t.IsZero():
		return "never"
	case now.YearDay() == t.YearDay() && now.Year() == t.Year():
		return t.Format("15:04")
	case now.Year() == t.Year():
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02")
}

// span writes a wait in words.
func span(d time.Duration) string {
	if d >= 2*time.Minute {
		return fmt.Sprintf("%d minutes", int((d+time.Minute-1)/time.Minute))
	}
	return fmt.Sprintf("%d seconds", max(1, seconds(d)))
}

// count writes n things: 1 try, 2 tries.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// shift writes a clock difference in seconds, with its sign.
func shift(d time.Duration) string {
	return fmt.Sprintf("%+.1f s", d.Seconds())
}

// shortPath writes a path with ~ for the home directory.
func shortPath(path, home string) string {
	if rest, ok := strings.CutPrefix(path, home); home != "" && ok && (rest == "" || rest[0] == '/' || rest[0] == '\\') {
		return "~" + rest
	}
	return path
}

// longPath is the opposite of shortPath.
func longPath(path, home string) string {
	if rest, ok := strings.CutPrefix(path, "~"); home != "" && ok && (rest == "" || rest[0] == '/' || rest[0] == '\\') {
		return home + rest
	}
	return path
}

// host is the part of an origin that people know a server by.
func host(origin string) string {
	_, rest, ok := strings.Cut(origin, "://")
	if !ok {
		rest = origin
	}
	return clean(rest)
}

// appOf names a pairing.
func appOf(d vault.Device) string {
	if d.App != "" {
		return clean(d.App)
	}
	return host(d.Server)
}

// titleOf names an account, by its id where nothing else can be read of it.
func titleOf(a vault.Account) string {
	switch {
	case a.Issuer == "" && a.Name == "" && a.Odd != "":
		return "unreadable " + clean(a.ID)
	case a.Issuer == "":
		return clean(a.Name)
	case a.Name == "":
		return clean(a.Issuer)
	}
	return clean(a.Issuer) + " / " + clean(a.Name)
}

// bar draws what is left of a period in eight cells of eighths.
func (m *Model) bar(left, period time.Duration) string {
	const cells, parts = 8, 8
	if period <= 0 {
		return strings.Repeat(" ", cells)
	}
	eighths := min(cells*parts, int((left*cells*parts+period-1)/period))
	full := strings.Repeat(m.glyphs.eighths[parts-1], eighths/parts)
	if rest := eighths % parts; rest > 0 {
		full += m.glyphs.eighths[rest-1]
	}
	style := m.styles.accent
	if left <= lastMoments {
		style = m.styles.warn
	}
	track := strings.Repeat(m.glyphs.track, cells-ansi.StringWidth(full))
	return style.Render(full) + m.styles.dim.Render(track)
}
