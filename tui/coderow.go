package tui

// coderow.go draws the rows of the codes list. Only rows that are in the window
// compute a code. Columns keep their places; in a narrow window they leave from
// the least needed on: next code, account, bar.

import (
	"fmt"
	"strings"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

// columns are the widths of a row's cells; 0 hides a column.
type columns struct{ issuer, account, code, bar, left, next int }

func columnsFor(w int) columns {
	c := columns{issuer: 16, code: 10, bar: 8, left: 7}
	switch {
	case w >= 96:
		c.issuer, c.next = 20, 16
		c.account = w - 2 - c.issuer - c.code - c.bar - c.left - c.next - 5
	case w >= 76:
		c.next = 12
		c.account = w - 2 - c.issuer - c.code - c.bar - c.left - c.next - 5
	case w >= 58:
		c.account = w - 2 - c.issuer - c.code - c.bar - c.left - 4
	case w >= 44:
		c.issuer = w - 2 - c.code - c.bar - c.left - 3
	default:
		c.bar = 0
		c.issuer = w - 2 - c.code - c.left - 2
	}
	return c
}

func (s *codes) view(m *Model) string {
	w, _ := m.room()
	rows := s.rows
	lines := s.top(m, w, len(rows))
	if len(m.session.accounts) == 0 {
		return strings.Join(append(lines, m.centre("No accounts yet. Press a to add one.", w)), "\n")
	}
	if len(rows) == 0 {
		return strings.Join(append(lines, m.centre("Nothing matches. Esc clears the search.", w)), "\n")
	}
	at := s.cursor()
	first, last := s.window(m)
	for i := first; i < last; i++ {
		a, _ := m.account(rows[i])
		lines = append(lines, s.row(m, a, i == at, columnsFor(w)))
	}
	return strings.Join(lines, "\n")
}

// window is the part of the rows that is drawn.
func (s *codes) window(m *Model) (first, last int) {
	w, h := m.room()
	room := max(1, h-len(s.top(m, w, len(s.rows))))
	if len(s.rows) > room {
		first = min(max(0, s.cursor()-room/2), len(s.rows)-room)
	}
	return first, min(len(s.rows), first+room)
}

// top is the search box with how many there are; without a search it needs room.
func (s *codes) top(m *Model, w, shown int) []string {
	typed := s.search.input.text()
	if !m.tall() && !s.searching && typed == "" {
		return nil
	}
	right := count(len(s.order), "account", "accounts")
	if typed != "" {
		right = fmt.Sprintf("%d of %d", shown, len(s.order))
	}
	switch {
	case s.hidden:
		right += "   codes hidden (H)"
	case s.byName:
		right += "   sort: issuer"
	default:
		right += "   sort: used"
	}
	left := m.styles.dim.Render("/ ")
	if s.searching {
		left = m.styles.focus.Render("/ ") + clean(typed) + m.styles.focus.Render("_")
	} else if typed != "" {
		left += clean(typed)
	}
	line := m.spread(left, m.styles.dim.Render(right), w)
	if m.tall() {
		return []string{line, ""}
	}
	return []string{line}
}

// row draws one account.
func (s *codes) row(m *Model, a vault.Account, selected bool, c columns) string {
	st := m.styles
	mark, codeStyle := "  ", st.accent
	if selected {
		mark, codeStyle = st.focus.Render(m.glyphs.bar)+" ", st.focus
	}
	name := st.strong.Render(m.pad(s.name(a, c), c.issuer))
	if a.Odd != "" {
		title := titleOf(a)
		if c.account > 0 && a.Issuer != "" {
			title = clean(a.Issuer)
		}
		name = st.warn.Render(m.pad("! "+title, c.issuer))
	}
	cells := []string{name}
	if c.account > 0 {
		cells = append(cells, m.pad(s.accountCell(m, a, c.account), c.account))
	}
	code, bar, left, next := s.codeCells(m, a, selected)
	cells = append(cells, codeStyle.Render(m.pad(code, c.code)))
	if c.bar > 0 {
		cells = append(cells, m.pad(bar, c.bar))
	}
	cells = append(cells, m.pad(left, c.left))
	if c.next > 0 && next != "" {
		cells = append(cells, st.info.Render(next))
	}
	return mark + strings.Join(cells, " ")
}

// name is the issuer, or the account where there is none or no room for both.
func (s *codes) name(a vault.Account, c columns) string {
	name := clean(a.Issuer)
	if name == "" {
		return clean(a.Name)
	}
	if a.Shift != 0 {
		name += fmt.Sprintf(" %+gs", a.Shift.Seconds())
	}
	if c.account == 0 && a.Name != "" && c.issuer > len(name)+8 {
		name += " " + clean(a.Name)
	}
	return name
}

// accountCell is the account's name; for the fallback of a pairing it tells
// whether requests reach this device.
func (s *codes) accountCell(m *Model, a vault.Account, w int) string {
	if a.Device == "" {
		return m.styles.dim.Render(m.cut(clean(a.Name), w))
	}
	word, style := m.pushState(a.Device)
	push := style.Render(word) + m.styles.dim.Render(" fallback")
	room := w - len(word) - len(" fallback")
	if room < 7 {
		return strings.Repeat(" ", max(0, room)) + push
	}
	return m.styles.dim.Render(m.pad(m.cut(clean(a.Name), room-1), room)) + push
}

// codeCells are the code, the bar, the seconds left and the next code.
func (s *codes) codeCells(m *Model, a vault.Account, selected bool) (code, bar, left, next string) {
	switch {
	case a.Odd != "":
		return "-", "", "", "see details"
	case a.Type == otp.HOTP:
		return s.counterCells(m, a)
	case m.guarded(a):
		if box := m.asked(); box.kind != vault.SlotPIN {
			return m.mask(a.Digits), "", "", "y " + box.noun()
		}
		return m.mask(a.Digits), "", "", "y: asks PIN"
	case s.hidden:
		code = m.mask(a.Digits)
	}
	c, err := m.session.vault.Code(a.ID, m.codeTime())
	switch {
	case err != nil && m.session.kept != nil: // it is on its way
		return m.mask(a.Digits), "", "", ""
	case err != nil:
		return "-", "", "", ""
	}
	if !s.hidden {
		code = spaced(c.Value)
	}
	left = fmt.Sprintf("%3ds", seconds(c.Left))
	if c.Period != 30*time.Second {
		left = fmt.Sprintf("%2ds/%d", seconds(c.Left), int(c.Period/time.Second))
	}
	last := c.Left <= lastMoments
	if last {
		left = m.styles.warn.Render(left + "!")
	}
	if (last || s.next == a.ID) && !s.hidden {
		next = "next " + spaced(c.Next)
	}
	return code, m.bar(c.Left, c.Period), left, next
}

// counterCells are those of an HOTP account: its code is only what Enter brought.
func (s *codes) counterCells(m *Model, a vault.Account) (code, bar, left, next string) {
	left = fmt.Sprintf("#%d", a.Counter)
	c, ok := s.stepped[a.ID]
	switch {
	case !ok:
		return m.mask(a.Digits), "HOTP", left, "Enter: next"
	case s.hidden:
		return m.mask(a.Digits), "HOTP", fmt.Sprintf("#%d", c.Counter), ""
	}
	return spaced(c.Value), "HOTP", fmt.Sprintf("#%d", c.Counter), ""
}
