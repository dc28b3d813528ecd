package tui

// noticing.go notices what becomes of nod's agent while the program does not show its
// vault: the unlock screen asks once a second how it stands, and a session with a vault of
// its own now and then. When somebody unlocks the agent elsewhere, its codes show.

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// handsOff is how long no key must have come before the agent's vault shows by itself: who
// types a PIN would go on in the list of codes.
const handsOff = time.Second

// seenKeeperMsg tells how the agent stands.
type seenKeeperMsg struct {
	state   KeeperState
	kept    Kept          // its vault, when it is to be shown; else nil
	summary vault.Summary // with kept
}

// seeKeeper asks k how it stands. opens says whether to open its vault, unless that is
// unlocked since before it was left.
func seeKeeper(ctx context.Context, k Keeper, p vault.Place, left time.Time, opens bool) tea.Cmd {
	return func() tea.Msg {
		msg := seenKeeperMsg{state: k.State(ctx)}
		if !opens || !msg.state.unlockedAfter(left) {
			return msg
		}
		summary, err := vault.Inspect(p)
		if err != nil {
			return msg
		}
		if kept, err := k.Open(ctx); err == nil {
			msg.kept, msg.summary = kept, summary
		}
		return msg
	}
}

// unlockedAfter tells whether somebody has unlocked the agent since the program left its
// vault.
func (s KeeperState) unlockedAfter(left time.Time) bool { return s.Open && !s.Since.Equal(left) }

// look asks the agent how it stands, as often as that matters.
func (m *Model) look() tea.Cmd {
	s, locked := m.screen.(*unlock)
	switch {
	case m.session.vault != nil && m.ticks%refreshEach == 0:
		return m.seek(false)
	case m.session.vault == nil && locked && !s.looking:
		return m.seek(s.free(m) && m.quiet >= handsOff)
	}
	return nil
}

// seek is look at once.
func (m *Model) seek(opens bool) tea.Cmd {
	if m.config.Keeper == nil || m.seeking || m.session.kept != nil {
		return nil
	}
	m.seeking = true
	return m.do(seeKeeper(m.ctx, m.config.Keeper, m.config.Place, m.left, opens))
}

// seenKeeper takes how the agent stands, and shows its vault.
func (m *Model) seenKeeper(msg seenKeeperMsg) tea.Cmd {
	m.seeking = false
	before, asked := m.keeper, m.asked()
	m.keeper = msg.state
	s, locked := m.screen.(*unlock)
	if msg.kept != nil {
		if !locked || !s.free(m) { // a key has come first
			return closeKept(msg.kept)
		}
		m.summary = msg.summary
		cmd := m.beginKept(msg.kept)
		m.tell(noticeInfo, "nod's agent is unlocked: these are its codes.")
		return cmd
	}
	if before.Runs != msg.state.Runs && !m.tellKeeper() {
		m.keeper.Runs = before.Runs // to be told later
	}
	if locked && m.busy == "" && len(s.box.typed) == 0 {
		s.follow(m, asked)
	}
	return nil
}

// tellKeeper says that an agent has begun, or ended, to run; not while there is something
// else to read.
func (m *Model) tellKeeper() bool {
	if m.notice.text != "" {
		return false
	}
	switch runs := m.keeper.Runs; {
	case runs && m.session.vault != nil:
		m.tell(noticeInfo, "nod's agent runs now. L, and unlocking again, has nod work with it.")
	case runs:
		m.tell(noticeInfo, "nod's agent runs now: what unlocks here unlocks it, too.")
	case m.session.vault == nil:
		m.tell(noticeInfo, "nod's agent "+clean(m.keeper.Why)+": nod unlocks for itself.")
	}
	return true
}

// free tells whether nobody is about to type, or to go another way.
func (s *unlock) free(m *Model) bool {
	return len(s.box.typed) == 0 && m.busy == "" && s.broken == "" && !m.unproven && s.box.same(m.asked())
}

// follow asks for what opens the vault now, if what it has asked for is what it would have
// asked for before.
func (s *unlock) follow(m *Model, before secretBox) {
	switch now := m.asked(); {
	case s.box.same(before) && !s.box.same(now):
		s.ask(m, now)
	case s.box.session:
		s.look(m)
	}
}

// open tells whether the agent waits to be shown.
func (s *unlock) open(m *Model) bool {
	return m.keeper.unlockedAfter(m.left) && !s.free(m) && !m.unproven && s.broken == "" && m.busy == ""
}
