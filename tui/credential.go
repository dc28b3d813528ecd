package tui

// This file has what asking for a PIN or a passphrase needs: which ones the vault
// has, whose PIN is asked, and the change from one to the other.

import (
	"errors"
	"slices"

	"nod/vault"
	"nod/vault/protect"
)

// pins are the PINs that can be asked for. One that is switched off and lost its
// name with its keys counts only when there is no other.
func pins(slots []vault.Slot) []vault.Slot {
	var all, known []vault.Slot
	for _, s := range slots {
		if s.Type != vault.SlotPIN {
			continue
		}
		all = append(all, s)
		if !s.Disabled || s.Name != "" {
			known = append(known, s)
		}
	}
	if len(known) == 0 {
		return all
	}
	return known
}

// mostTries is how many wrong PINs in a row a slot stands: ten (NIST SP 800-63B),
// or what the TPM gives.
func mostTries(pin vault.Slot) int {
	if pin.Kind == protect.KindTPM {
		return protect.MostTries
	}
	return 10
}

// has tells whether the vault has a slot of a kind, switched off or not.
func (m *Model) has(kind vault.SlotType) bool { return m.summary.Has(kind) }

// pinned tells whether a session PIN opens the vault or its approvals now.
func (m *Model) pinned() bool {
	switch {
	case m.session.kept != nil:
		return m.session.kept.Pinned()
	case m.session.vault != nil:
		return m.session.pinned
	}
	return m.resting != nil || m.keeper.PIN.TriesLeft > 0 && !m.unproven
}

// agentPinned tells whether that is the session PIN of nod's agent.
func (m *Model) agentPinned() bool {
	return m.pinned() && m.resting == nil && (m.session.kept != nil || m.session.vault == nil)
}

// boxes are what can be asked for, in the order in which F2 goes through: the
// PIN of m.whose, the passphrase, the other PINs.
func (m *Model) boxes() []secretBox {
	var list []secretBox
	for _, p := range pins(m.summary.Slots) {
		list = append(list, secretBox{kind: vault.SlotPIN, name: p.Name})
	}
	if at := slices.IndexFunc(list, func(b secretBox) bool { return b.name == m.whose }); at > 0 {
		list = slices.Concat(list[at:], list[:at])
	}
	if m.has(vault.SlotPassphrase) || len(list) == 0 {
		list = slices.Insert(list, min(1, len(list)), secretBox{kind: vault.SlotPassphrase})
	}
	if m.pinned() {
		list = append([]secretBox{{kind: vault.SlotPIN, session: true}}, list...)
	}
	return list
}

// asked is the box that a screen starts with.
func (m *Model) asked() secretBox { return m.boxes()[0] }

// askedOfFile is asked for a screen that opens the file with what is typed where the
// session is the agent's.
func (m *Model) askedOfFile() secretBox {
	b := secretBox{file: true}
	list := b.others(m)
	return list[0]
}

// others are the boxes that b can change to, b itself among them.
func (b *secretBox) others(m *Model) []secretBox {
	list := m.boxes()
	if b.file && m.agentPinned() {
		list = list[1:] // the session PIN comes first
	}
	for i := range list {
		list[i].file = b.file
	}
	return list
}

// label names what the box takes.
func (b *secretBox) label() string {
	switch {
	case b.kind != vault.SlotPIN:
		return capital(string(b.kind))
	case b.session:
		return "Session PIN"
	case b.name != "":
		return "PIN of " + clean(b.name)
	}
	return "PIN"
}

// noun is label inside of a sentence.
func (b *secretBox) noun() string {
	switch {
	case b.kind != vault.SlotPIN:
		return string(b.kind)
	case b.session:
		return "session PIN"
	}
	return b.label()
}

// labels is the width that a form's labels need for this box; 0 is the usual one.
func (b *secretBox) labels() int {
	if b.label() == "PIN" || b.kind == vault.SlotPassphrase {
		return 0
	}
	return 17
}

// same tells whether both ask for the same thing.
func (b *secretBox) same(o secretBox) bool {
	return b.kind == o.kind && b.name == o.name && b.session == o.session
}

// swap changes to what else the vault opens with.
func (b *secretBox) swap(m *Model) {
	list := b.others(m)
	at := slices.IndexFunc(list, b.same)
	if next := list[(at+1)%len(list)]; !b.same(next) {
		b.wipe()
		*b = next
	}
}

// refused says why a try inside a session failed. A session PIN that was wrong
// too often is gone: the box asks for the passphrase then.
func (b *secretBox) refused(m *Model, err error) string {
	b.wrong = true
	e, wrong := errors.AsType[*vault.PINError](err)
	gone := errors.Is(err, vault.ErrPINDisabled) || errors.Is(err, vault.ErrNoSlot)
	if !b.session || !gone && !(wrong && e.Left <= 0) {
		return explain(m.now, err)
	}
	m.session.pinned = false
	b.wipe()
	*b = m.asked()
	b.wrong = true
	return pinGone(err)
}

// pinGone says why a session PIN is taken no more.
func pinGone(err error) string {
	if errors.Is(err, vault.ErrNoSlot) { // it went with the agent, or by what else unlocked that
		return "The session PIN is gone. Type the passphrase."
	}
	return "Ten wrong PINs in a row: the session PIN is gone. Type the passphrase."
}

// appetite is what a screen with the focus on this box eats.
func (b *secretBox) appetite() appetite {
	if b.kind == vault.SlotPIN {
		return eatsDigits
	}
	return eatsText
}
