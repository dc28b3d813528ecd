package tui

// clock.go tells passing time from a clock that is set. Countdowns go by the monotonic
// clock, codes by the wall clock, smoothly where it is set by little.

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

const (
	// jumpLimit is from where on codes take a clock that was set at once, and the
	// person is told; a difference to a server's clock is worth a warning from there.
	jumpLimit = 2 * time.Second
	// catchUp is how much of a smaller step codes follow in a tick.
	catchUp = 100 * time.Millisecond
)

// pass moves the program's clock on to now. It returns by how much the wall clock
// jumped against the monotonic one, 0 when it did not: it was set, or the computer
// slept, since most systems' monotonic clocks stand still then.
func (m *Model) pass(now time.Time) (jump time.Duration) {
	last := m.now
	m.now = now
	if last.IsZero() {
		return 0
	}
	passed, wall := now.Sub(last), now.Round(0).Sub(last.Round(0))
	// Whichever is more: a computer that slept must find nod locked, and a clock that
	// is set back must not keep it open.
	m.quiet += max(passed, wall, 0)
	m.held += wall - passed
	if m.held.Abs() > jumpLimit {
		jump, m.held = m.held, 0
		return jump
	}
	m.held -= min(max(m.held, -catchUp), catchUp)
	return 0
}

// codeTime is the time that codes are made for, before the shifts.
func (m *Model) codeTime() time.Time { return m.now.Add(-m.held) }

// tellJump says once that the wall clock jumped.
func (m *Model) tellJump(jump time.Duration) {
	switch {
	case jump > 0:
		m.tell(noticeWarn, "The clock went forward by "+span(jump)+": it was set, or the computer slept. Codes follow it.")
	case jump < 0:
		m.tell(noticeWarn, "The clock was set back by "+span(-jump)+". Codes follow it.")
	}
}

// differencesMsg brings how far servers' clocks were off when they were last asked.
type differencesMsg []vault.Difference

func readDifferences(v Vault, now time.Time) tea.Cmd {
	return func() tea.Msg { return differencesMsg(v.Differences(now)) }
}

// worstClock is by how much codes are made for another time than the server's that
// is most off, known by its answers or else by what is remembered; positive when
// the server is ahead. known tells whether there is any.
func (m *Model) worstClock() (left time.Duration, known bool) {
	shift := m.session.vault.Shift()
	take := func(offset time.Duration) {
		if off := offset - shift; !known || off.Abs() > left.Abs() {
			left = off
		}
		known = true
	}
	asked := map[string]bool{}
	for _, s := range m.session.servers {
		if !s.Clock.At.IsZero() {
			asked[s.Device.ID] = true
			take(s.Offset)
		}
	}
	for _, d := range m.session.remembered {
		if !asked[d.Device] {
			take(d.Offset)
		}
	}
	return left, known
}

// clockStatus tells how far the codes' time is from the servers'.
func (m *Model) clockStatus() string {
	left, known := m.worstClock()
	shifted := ""
	if s := m.session.vault.Shift(); s != 0 {
		shifted = ", codes shifted by " + shift(s)
	}
	switch {
	case !known && shifted == "":
		return ""
	case !known:
		return m.styles.dim.Render(shifted[len(", "):])
	case left.Abs() > jumpLimit && shifted != "":
		return m.styles.warn.Render("! codes' time differs from the server's by " + shift(left) + shifted)
	case left.Abs() > jumpLimit:
		return m.styles.warn.Render("! the server's clock differs by " + shift(left) + "; codes may be refused")
	}
	return m.styles.dim.Render("clock ok " + shift(left) + shifted)
}
