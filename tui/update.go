package tui

// update.go hands messages on: those of the whole program are taken here, the
// others go to the screen.

import (
	"errors"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// Update takes one message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if bound, ok := msg.(turnMsg); ok {
		if bound.turn != m.turn {
			return m, dropLate(bound.msg)
		}
		msg = bound.msg
	}
	cmd, taken := m.updateProgram(msg)
	if !taken {
		cmd = tea.Batch(cmd, m.screen.update(m, msg))
	}
	if _, ok := msg.(fetchedMsg); ok {
		return m, cmd
	}
	return m, tea.Batch(cmd, m.fetch(nil))
}

// updateProgram takes what concerns more than one screen.
func (m *Model) updateProgram(msg tea.Msg) (cmd tea.Cmd, taken bool) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		return nil, true
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark()
		m.styles = newStyles(m.dark, m.profile)
		return nil, true
	case tea.ColorProfileMsg:
		m.profile = msg.Profile
		m.styles = newStyles(m.dark, m.profile)
		return nil, true
	case tickMsg:
		return tea.Batch(tickNext(), m.tick(time.Time(msg))), true
	case spinMsg:
		if m.busy == "" {
			return nil, true
		}
		m.spin++
		return spinAfter(m.turn, 100*time.Millisecond), true
	case tea.KeyPressMsg:
		return m.press(msg), true
	case stopMsg:
		return m.suspend(), true
	case tea.ResumeMsg:
		return m.stops.take, true
	case resumedMsg:
		return m.resumed(time.Time(msg)), true
	case tea.BlurMsg:
		if c := m.session.codes; c != nil && c.private {
			c.hidden = true
		}
		return nil, true
	case tea.PasteMsg:
		m.quiet = 0
		m.session.pressed = true
		m.notice = notice{}
		if m.tooSmall() || m.busy != "" {
			return nil, true
		}
		return nil, false
	}
	return m.updateResult(msg)
}

// updateResult takes what commands have brought.
func (m *Model) updateResult(msg tea.Msg) (cmd tea.Cmd, taken bool) {
	if m.session.vault != nil && errors.Is(errorOf(msg), vault.ErrStale) {
		return m.stale(), true
	}
	if m.session.kept != nil && m.config.Keeper.Gone(errorOf(msg)) {
		return m.gone(), true
	}
	switch msg := msg.(type) {
	case startMsg:
		return m.started(msg), true
	case keeperLockedMsg:
		m.keeperLocked(msg)
		return nil, true
	case watchEndedMsg:
		return m.watchEnded(), true
	case whyMsg:
		return m.toldWhy(msg), true
	case seenKeeperMsg:
		return m.seenKeeper(msg), true
	case fetchedMsg:
		return m.fetched(msg), true
	case readyMsg:
		return m.ready(msg), true
	case touchedMsg:
		return nil, true
	case noteMsg:
		m.note = clean(string(msg))
		return waitForNote(m.config.Notes), true
	case inspectedMsg:
		m.summary = msg.summary
		if m.config.Keeper != nil {
			m.keeper = msg.keeper
		}
		if m.session.vault == nil && msg.summary.Newest == vault.RecordDamaged {
			m.tell(noticeWarn, "This computer's record of the newest vault is damaged: an older file would not have been noticed.")
		}
		return nil, m.session.vault != nil
	case restedMsg:
		m.summary = msg.summary
		return m.rested(msg), m.session.vault != nil
	case watchingMsg:
		return m.watching(msg), true
	case rulesMsg:
		return m.rulesWrong(msg), true
	case eventMsg:
		return m.event(msg.event), false
	case differencesMsg:
		m.session.remembered = msg
		return nil, true
	case copiedMsg:
		return m.copyDone(msg), true
	case clearDueMsg:
		return m.clearDue(msg), true
	case clearedMsg:
		m.clearDone(msg)
		return nil, true
	case notifiedMsg:
		m.notified(msg)
		return nil, true
	case awaitedMsg:
		m.awaited(msg)
	case signInMsg:
		return m.signIn(msg), true
	case seenMsg:
		return nil, !m.scanned(msg)
	case shreddedMsg:
		if msg.err != nil {
			m.tell(noticeWarn, capital(clean(msg.err.Error()))+".")
		}
		return nil, true
	case refreshedMsg:
		return m.refreshed(msg), true
	case accountsMsg:
		m.done()
		m.reload()
	case deviceMsg:
		m.done()
		m.reload()
	case statusMsg:
		m.session.status[msg.id] = deviceStatus{msg.status, msg.err, true}
	}
	return m.updatePauses(msg)
}

// errorOf is the error that what a command brings from the vault tells of.
func errorOf(msg tea.Msg) error {
	switch msg := msg.(type) {
	case refreshedMsg:
		return msg.err
	case answeredMsg:
		return msg.err
	case ignoredAllMsg:
		return msg.err
	case accountsMsg:
		return msg.err
	case deviceMsg:
		return msg.err
	case revealedMsg:
		return msg.err
	case steppedMsg:
		return msg.err
	case usedMsg:
		return msg.err
	case changedMsg:
		return msg.err
	case pinnedMsg:
		return msg.err
	case recoveryMsg:
		return msg.err
	case codeGivenMsg:
		return msg.err
	case pairedMsg:
		return msg.err
	case signInMsg:
		return msg.err
	case fetchedMsg:
		return msg.err
	case readyMsg:
		return msg.err
	case touchedMsg:
		return msg.err
	}
	return nil
}

// tick moves the program's clock on, and locks when it is time.
func (m *Model) tick(now time.Time) tea.Cmd {
	jump := m.pass(now)
	m.ticks++
	if m.config.Vault != nil && !m.offered {
		m.offered = true
		return m.beginOwn(m.config.Vault)
	}
	if m.config.Keeper != nil && !m.offered {
		m.offered = true
		return m.do(lookForKeeper(m.ctx, m.config.Keeper, m.config.Place))
	}
	if m.quiet >= m.config.IdleLock {
		return m.idle()
	}
	m.tellJump(jump)
	cmd := tea.Batch(m.touch(), m.look())
	if m.session.vault != nil {
		if m.ticks%refreshEach == 0 {
			cmd = tea.Batch(cmd, m.do(refresh(m.session.vault)))
		}
		m.session.requests.fade(m.now)
		m.session.inbox.Relax(m.quiet >= relaxAfter)
		if jump != 0 {
			cmd = tea.Batch(cmd, m.do(check(m.session.inbox))) // how far the servers' clocks are off has changed
		}
	}
	return tea.Batch(cmd, m.screen.update(m, tickMsg(now)))
}

// press takes a key: the program's own first, unless the screen wants it.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	if key.Matches(msg, keyQuitNow) {
		return tea.Quit
	}
	m.quiet = 0
	if m.tooSmall() || m.away {
		return nil
	}
	if m.quitting {
		m.quitting = false
		if key.Matches(msg, keyYes) {
			return tea.Quit
		}
		return nil
	}
	m.notice = notice{}
	m.session.touched, m.session.pressed = true, true
	if m.scanning.stop != nil {
		m.pressScanning(key.Matches(msg, keyBack))
		return nil
	}
	hungry := m.appetite()
	if hungry == eatsAll {
		return m.screen.update(m, msg)
	}
	if key.Matches(msg, keySuspend) {
		return m.suspend()
	}
	if cmd, ok := m.pressEverywhere(msg, hungry); ok {
		return cmd
	}
	return m.screen.update(m, msg)
}

func (m *Model) appetite() appetite {
	if e, ok := m.screen.(eater); ok {
		return e.eats(m)
	}
	return eatsNothing
}

// pressEverywhere takes the keys that mean the same on every screen.
func (m *Model) pressEverywhere(msg tea.KeyPressMsg, hungry appetite) (tea.Cmd, bool) {
	if key.Matches(msg, keyHelpF1) || hungry != eatsText && key.Matches(msg, keyHelp) {
		if _, already := m.screen.(*help); already {
			return nil, false
		}
		return m.show(newHelp(m, m.screen)), true
	}
	if hungry == eatsText {
		return nil, false
	}
	if key.Matches(msg, keyQuit) {
		if d, ok := m.screen.(dirty); ok && d.dirty() {
			m.quitting = true
			return nil, true
		}
		return tea.Quit, true
	}
	if m.session.vault == nil {
		return nil, false
	}
	switch {
	case key.Matches(msg, keyLock):
		return m.lockAll(), true
	case key.Matches(msg, keyNewest):
		return m.openNewest(), true
	}
	if tab := m.tab(); tab >= 0 && hungry == eatsNothing {
		return m.pressTab(msg, tab)
	}
	return nil, false
}

// pressTab takes the keys of the four main screens.
func (m *Model) pressTab(msg tea.KeyPressMsg, tab int) (tea.Cmd, bool) {
	tabs := m.tabs()
	switch {
	case key.Matches(msg, keyTabs):
		// The text counts: on some keyboards the digits' own code is another sign.
		return m.show(tabs[msg.String()[0]-'1']), true
	case key.Matches(msg, keyNextTab):
		return m.show(tabs[(tab+1)%len(tabs)]), true
	case key.Matches(msg, keyPrevTab):
		return m.show(tabs[(tab+len(tabs)-1)%len(tabs)]), true
	case key.Matches(msg, keyCheck):
		m.tell(noticeInfo, "Checking all servers now.")
		return tea.Batch(m.do(check(m.session.inbox)), m.checkPauses()), true
	case key.Matches(msg, keyPause):
		return m.openPause(tab), true
	}
	return nil, false
}

func (m *Model) tabs() []screen {
	s := &m.session
	return []screen{s.codes, s.approvals, s.serverTab, s.history}
}

// tab is the main screen that is up, or -1.
func (m *Model) tab() int {
	if m.session.vault == nil {
		return -1
	}
	for i, s := range m.tabs() {
		if m.screen == s {
			return i
		}
	}
	return -1
}
