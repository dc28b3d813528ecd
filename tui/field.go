package tui

// field.go has the boxes of forms: one line of text, the digits of a PIN or a
// passphrase, and a choice.

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"nod/vault"
)

// field is a box of one line of text.
type field struct {
	label string
	input line
	only  func(rune) bool // which letters it takes; nil takes all
	cover bool            // draw dots in place of the text
}

func newField(label, value string, limit int) field {
	f := field{label: label, input: line{limit: limit}}
	f.set(value)
	return f
}

// value is what was typed, without the white space around it.
func (f *field) value() string { return strings.TrimSpace(f.input.text()) }

func (f *field) set(value string) { f.input.set(value) }

// update hands a key or a paste to the box, and tells whether the text changed.
func (f *field) update(msg tea.Msg) bool {
	before := f.input.text()
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if !f.takes(msg.Text) {
			return false
		}
		f.input.press(msg)
	case tea.PasteMsg:
		f.input.insert(strings.Map(func(r rune) rune {
			if f.only != nil && !f.only(r) {
				return -1
			}
			return r
		}, strings.TrimSpace(msg.Content)))
	}
	return f.input.text() != before
}

func (f *field) takes(text string) bool {
	if f.only == nil {
		return true
	}
	for _, r := range text {
		if !f.only(r) {
			return false
		}
	}
	return true
}

// box draws the text in w cells, brackets included. The place of the next
// letter is marked by a sign, not by colour alone.
func (f *field) box(m *Model, w int, focused bool) string {
	room := max(1, w-4)
	letters := []rune(clean(f.input.text()))
	if f.cover {
		letters = []rune(strings.Repeat(m.glyphs.typed, len(letters)))
	}
	if !focused {
		return m.styles.dim.Render("[ ") + m.pad(string(letters), room) + m.styles.dim.Render(" ]")
	}
	pos := min(f.input.at, len(letters))
	start := 0
	for start < pos && ansi.StringWidth(string(letters[start:pos])) >= room {
		start++
	}
	shown := string(letters[start:pos])
	if pos < len(letters) {
		shown += m.styles.cursor.Render(string(letters[pos])) + string(letters[pos+1:])
	} else {
		shown += m.styles.focus.Render("_")
	}
	if ansi.StringWidth(shown) > room {
		shown = ansi.Truncate(shown, room, "")
	}
	return m.styles.focus.Render("[ ") + m.pad(shown, room) + m.styles.focus.Render(" ]")
}

// digit accepts the digits of a code.
func digit(r rune) bool { return r >= '0' && r <= '9' }

// The longest PIN and passphrase that the boxes take.
const (
	maxPIN        = 12
	maxPassphrase = 256
)

// secretBox takes a PIN, digit by digit, or a passphrase. It shows neither. What
// is typed lies in one buffer that never moves, so that wiping it leaves no copy.
// The messages that bring it, a letter at a time, and a paste at once, are text of
// the terminal's library: they can not be overwritten and go with the sweep of the
// memory after a lock.
type secretBox struct {
	kind    vault.SlotType
	name    string // PIN: whose, where the vault has several
	session bool   // PIN: the one that is in no file
	file    bool   // what is typed opens the file: the session PIN of nod's agent does not
	typed   []byte
	wrong   bool // drawn in danger for a moment
}

// update hands a key or a paste to the box.
func (b *secretBox) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch msg.String() {
		case "backspace":
			if n := b.lastLetter(); n > 0 {
				clear(b.typed[len(b.typed)-n:])
				b.typed = b.typed[:len(b.typed)-n]
			}
		case "ctrl+u":
			b.wipe()
		default:
			b.add(msg.Text)
		}
	case tea.PasteMsg:
		b.add(strings.TrimSpace(msg.Content))
	}
}

func (b *secretBox) add(text string) {
	limit := maxPassphrase
	if b.kind == vault.SlotPIN {
		limit = maxPIN
	}
	for _, r := range text {
		if b.kind == vault.SlotPIN && !digit(r) || r < ' ' {
			continue
		}
		if len(b.typed)+utf8.RuneLen(r) > limit {
			return
		}
		if cap(b.typed) == 0 {
			b.typed = make([]byte, 0, maxPassphrase)
		}
		b.typed = utf8.AppendRune(b.typed, r)
		b.wrong = false
	}
}

// lastLetter is the length in bytes of the last letter.
func (b *secretBox) lastLetter() int {
	_, n := utf8.DecodeLastRune(b.typed)
	return n
}

// complete tells whether it is worth a try.
func (b *secretBox) complete() bool {
	if b.kind == vault.SlotPIN {
		return len(b.typed) >= 4
	}
	return len(b.typed) > 0
}

// take empties the box and returns what was in it as a credential. The command
// that uses the credential wipes it.
func (b *secretBox) take() vault.Credential {
	secret := b.typed
	b.typed = nil
	switch b.kind {
	case vault.SlotPIN:
		return vault.PINOf(b.name, secret)
	case vault.SlotRecovery:
		return vault.RecoveryCode(secret)
	}
	return vault.Passphrase(secret)
}

func (b *secretBox) wipe() {
	clear(b.typed[:cap(b.typed)])
	b.typed = b.typed[:0]
}

// box draws the secret: a PIN by one cell a digit, a passphrase in w cells.
func (b *secretBox) box(m *Model, w int, focused bool) string {
	frame, body := m.styles.dim, m.styles.text
	if focused {
		frame, body = m.styles.focus, m.styles.focus
	}
	if b.wrong {
		frame, body = m.styles.danger, m.styles.danger
	}
	if b.kind == vault.SlotPIN {
		return frame.Render("[ ") + body.Render(pinCells(m, len(b.typed))) + frame.Render(" ]")
	}
	room := max(1, w-4)
	shown := strings.Repeat(m.glyphs.typed, utf8.RuneCount(b.typed))
	if b.kind == vault.SlotRecovery {
		shown = clean(string(b.typed)) // it is copied from paper, letter by letter
	}
	if focused {
		shown += "_"
	}
	if over := ansi.StringWidth(shown) - room; over > 0 {
		shown = ansi.TruncateLeft(shown, over, "")
	}
	return frame.Render("[ ") + body.Render(m.pad(shown, room)) + frame.Render(" ]")
}

// pinCells draws n digits typed, of at least four.
func pinCells(m *Model, n int) string {
	cells := make([]string, max(4, n))
	for i := range cells {
		cells[i] = m.glyphs.open
		if i < n {
			cells[i] = m.glyphs.typed
		}
	}
	if len(cells) > 6 {
		return strings.Join(cells, "")
	}
	return strings.Join(cells, " ")
}

// radio draws one choice of several.
func (m *Model) radio(chosen, focused bool, label string) string {
	mark := "( ) "
	if chosen {
		mark = "(" + m.glyphs.chosen + ") "
	}
	if focused && chosen {
		return m.styles.focus.Render(mark + label)
	}
	return mark + label
}

// check draws a choice that can be on or off.
func (m *Model) check(on, focused bool, label string) string {
	mark := "[ ] "
	if on {
		mark = "[x] "
	}
	if focused {
		return m.styles.focus.Render(mark + label)
	}
	return mark + label
}

// button draws a button. One that can not be pressed yet is dim and in round
// brackets.
func (m *Model) button(label string, focused, ready bool) string {
	switch {
	case !ready:
		return m.styles.dim.Render("( " + label + " )")
	case focused:
		return m.styles.focus.Render("[>" + label + "<]")
	}
	return "[ " + label + " ]"
}
