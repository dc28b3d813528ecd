package tui

// styles.go is the only place with colours and glyphs: the seven tokens of the
// program, and the drawing characters with their ASCII stand-ins.

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// styles are named by role. Each state that a colour carries is also said by a
// word or a sign, so that nothing is lost without colour.
type styles struct {
	colourless                  bool
	text, strong, dim           lipgloss.Style
	accent, focus               lipgloss.Style
	good, warn, danger, info    lipgloss.Style
	badge                       lipgloss.Style // reverse video: the number of waiting requests
	cursor                      lipgloss.Style
	dimBox, dangerBox, accented lipgloss.Style // borders of dialogs
}

// token is one colour: for 16 colours, for dark and for light backgrounds.
type token struct{ basic, dark, light string }

var (
	tokenDim    = token{"8", "#9AA1B8", "#5A6172"}
	tokenAccent = token{"6", "#7DD3C0", "#0B6E62"}
	tokenGood   = token{"2", "#8BD17C", "#2B6E2F"}
	tokenWarn   = token{"3", "#F2C14E", "#835800"}
	tokenDanger = token{"1", "#FF7B7B", "#B3261E"}
	tokenInfo   = token{"5", "#B4A7FF", "#5B45C9"}
)

// newStyles builds the styles for a background and for what the terminal can show.
func newStyles(dark bool, profile colorprofile.Profile) styles {
	pick := func(t token) color.Color {
		full := lipgloss.LightDark(dark)(lipgloss.Color(t.light), lipgloss.Color(t.dark))
		if profile == colorprofile.ANSI {
			return lipgloss.Color(t.basic)
		}
		return full
	}
	plain := lipgloss.NewStyle()
	in := func(t token) lipgloss.Style { return plain.Foreground(pick(t)) }
	return styles{
		colourless: profile <= colorprofile.ASCII,
		text:       plain,
		strong:     plain.Bold(true),
		dim:        in(tokenDim),
		accent:     in(tokenAccent),
		focus:      in(tokenAccent).Bold(true),
		good:       in(tokenGood),
		warn:       in(tokenWarn),
		danger:     in(tokenDanger).Bold(true),
		info:       in(tokenInfo).Bold(true),
		badge:      plain.Reverse(true),
		cursor:     plain.Reverse(true),
		dimBox:     in(tokenDim),
		dangerBox:  in(tokenDanger),
		accented:   in(tokenAccent),
	}
}

// glyphs are the drawing characters.
type glyphs struct {
	bar, rule, more     string // selection bar, line below the active tab, end of a cut text
	dot, waiting, off   string // a server's state
	typed, open, hidden string // PIN digits typed and to come, a hidden code's character
	eighths             []string
	track               string
	spinner             []string
	border              lipgloss.Border
	chosen              string // of a radio button
	sep                 string // between facts on one line
}

var unicodeGlyphs = glyphs{
	bar: "▌", rule: "▔", more: "…",
	dot: "●", waiting: "◌", off: "○",
	typed: "●", open: "○", hidden: "•",
	eighths: []string{"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
	track:   "·",
	spinner: []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"},
	border:  lipgloss.RoundedBorder(),
	chosen:  "•",
	sep:     " · ",
}

var asciiGlyphs = glyphs{
	bar: ">", rule: "-", more: "~",
	dot: "*", waiting: ".", off: "o",
	typed: "*", open: "_", hidden: "*",
	eighths: []string{"#", "#", "#", "#", "#", "#", "#", "#"},
	track:   ".",
	spinner: []string{"|", "/", "-", "\\"},
	border:  lipgloss.ASCIIBorder(),
	chosen:  "o",
	sep:     " - ",
}
