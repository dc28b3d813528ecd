package tui

// This file starts and ends sessions: unlocking, locking, the idle time, and
// what has to be overwritten when a screen goes.

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/tui/clipboard"
	"nod/vault"
)

// beginOwn starts a session with a vault that this program has opened.
func (m *Model) beginOwn(v *vault.Vault) tea.Cmd {
	return m.begin(v, approve.NewInbox(v, m.config.Drivers...), nil)
}

// begin starts a session with an unlocked vault, which is the agent's when kept is not
// nil.
func (m *Model) begin(v Vault, in Inbox, kept Kept) tea.Cmd {
	m.turn++
	m.seeking = false
	m.waiting = nil
	m.quiet = 0
	ctx, stop := context.WithCancel(m.ctx)
	m.session = session{
		vault: v, inbox: in, kept: kept, began: m.now, ctx: ctx, stop: stop,
		status: map[string]deviceStatus{}, ruled: map[string]bool{},
		codes: &codes{}, approvals: &approvals{}, serverTab: &servers{}, history: &history{},
	}
	m.reload()
	cmds := []tea.Cmd{m.do(watch(ctx, m.session.inbox, m.config.Rules)), m.do(readDifferences(v, m.now)), m.show(m.session.codes)}
	for _, d := range m.session.devices {
		if d.State == vault.DevicePending {
			cmds = append(cmds, m.do(await(ctx, m.session.inbox, d.ID)))
		}
	}
	return tea.Batch(cmds...)
}

// reload takes the vault's present content.
func (m *Model) reload() {
	m.session.accounts = m.session.vault.Accounts()
	m.session.index = make(map[string]int, len(m.session.accounts))
	for i, a := range m.session.accounts {
		m.session.index[a.ID] = i
	}
	m.session.devices = m.session.vault.Devices()
	m.session.codes.sync(m)
}

// unlocked begins a session with what an attempt has opened, and shows first
// what has to be settled now.
func (m *Model) unlocked(msg openedMsg) tea.Cmd {
	m.done()
	var cmds []tea.Cmd
	if msg.agents != nil {
		cmds = append(cmds, m.beginKept(msg.agents))
	} else {
		cmds = append(cmds, m.beginOwn(msg.vault))
		m.session.pinned = msg.session
	}
	if m.resting != nil {
		if !msg.session {
			cmds = append(cmds, closeResting(m.resting))
		}
		m.resting = nil
	}
	held := vault.Credential{}
	if msg.held != nil {
		held = *msg.held
	}
	switch {
	case msg.kind == vault.SlotRecovery:
		cmds = append(cmds, m.show(newSecretScreen(m, held)))
	case m.unproven:
		cmds = append(cmds, m.show(newRenewal(m, held)))
	default:
		cmds = append(cmds, m.offerPIN(held))
	}
	return tea.Batch(cmds...)
}

// lock drops the session: nothing of it stays but how many requests wait, and
// what a session PIN opens. The agent is left alone.
func (m *Model) lock() tea.Cmd {
	if m.session.kept != nil {
		m.left = m.session.kept.Since()
	}
	return m.leave(m.session.pinned)
}

// lockAll is lock, and locks the agent whose vault the session works on.
func (m *Model) lockAll() tea.Cmd {
	kept := m.session.kept != nil
	cmd := m.lock()
	if !kept {
		return cmd
	}
	return tea.Batch(cmd, m.do(lockKeeper(m.ctx, m.config.Keeper)))
}

// leave is lock; rest keeps the session PIN.
func (m *Model) leave(rest bool) tea.Cmd {
	if m.session.vault == nil {
		return nil
	}
	m.waiting = nil
	for _, r := range m.session.requests.waiting {
		if r.open(m.now) {
			m.waiting = append(m.waiting, r.ExpiresAt)
		}
	}
	v := m.session.vault
	kept := m.session.kept
	m.session.stop()
	m.session = session{}
	cmds := []tea.Cmd{m.clearNow(), m.toUnlock()}
	if kept != nil {
		m.typeOn(kept)
	}
	if own, ok := v.(*vault.Vault); ok && rest {
		return tea.Batch(append(cmds, restVault(own, m.config.Place))...)
	}
	return tea.Batch(append(cmds, closeVault(v), m.inspect())...)
}

// typeOn lets the person type at once what opens the vault of the agent again, as far as
// that is known before the vault is inspected.
func (m *Model) typeOn(kept Kept) {
	m.keeper = KeeperState{Runs: true}
	if kept.Pinned() {
		m.keeper.PIN = vault.Slot{Type: vault.SlotPIN, TriesLeft: mostTries(vault.Slot{})}
	}
	if s, ok := m.screen.(*unlock); ok {
		s.looking, s.box = false, m.asked()
		s.look(m)
	}
}

// toUnlock drops what is under way and shows the unlock screen. Who calls it has
// the vault inspected.
func (m *Model) toUnlock() tea.Cmd {
	m.turn++
	m.seeking = false
	m.stopScan()
	m.busy, m.spin, m.quitting, m.notice = "", 0, false, notice{}
	return m.show(newUnlock())
}

// rested takes what a session PIN opens.
func (m *Model) rested(msg restedMsg) tea.Cmd {
	if m.session.vault != nil || msg.resting == nil {
		if msg.resting != nil {
			return closeResting(msg.resting)
		}
		return nil
	}
	m.resting, m.restLeft = msg.resting, msg.left
	return nil
}

// stale locks when another process has changed the keys: what is in memory opens
// nothing any more, the session PIN included.
func (m *Model) stale() tea.Cmd {
	cmd := m.leave(false)
	m.tell(noticeWarn, "Another nod changed the keys. Unlock again.")
	return cmd
}

// idle clears away what is secret after IdleLock without a key.
func (m *Model) idle() tea.Cmd {
	if m.session.vault != nil {
		return m.lock()
	}
	m.quiet = 0
	if m.busy != "" {
		return nil // what it brings is looked at after the next idle time
	}
	for _, s := range stack(m.screen) {
		if i, ok := s.(idler); ok {
			return i.idle(m)
		}
	}
	return nil
}

// end closes what is still open when the program is over.
func (m *Model) end() {
	for _, s := range stack(m.screen) {
		if f, ok := s.(*firstRun); ok && f.vault != nil {
			f.vault.Close()
		}
		wipe(s)
	}
	if m.resting != nil {
		m.resting.Close()
	}
	if m.session.vault != nil {
		m.session.stop()
		m.session.vault.Close()
	} else if m.config.Vault != nil && !m.offered {
		m.config.Vault.Close()
	}
	if r := m.copied.receipt; r.Tool != "" && r.Tool != clipboard.Terminal {
		clearClipboard(m.config.Clipboard, r, m.config.Clearing.Blind, m.copied.turn)()
	}
	if m.config.Notifier != nil {
		m.config.Notifier.Close()
	}
}

// show brings up a screen. The one that was up is overwritten, unless the new
// one comes back to it.
func (m *Model) show(s screen) tea.Cmd {
	stays := stack(s)
	for _, old := range stack(m.screen) {
		if !slices.Contains(stays, old) {
			wipe(old)
		}
	}
	m.screen = s
	if o, ok := s.(opener); ok {
		return o.opened(m)
	}
	return nil
}

// stack is a screen with those that it comes back to.
func stack(s screen) []screen {
	all := []screen{s}
	for {
		l, ok := s.(layer)
		if !ok {
			return all
		}
		s = l.below()
		all = append(all, s)
	}
}

func wipe(s screen) {
	if w, ok := s.(wiper); ok {
		w.wipe()
	}
}
