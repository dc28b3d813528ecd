package tui

// dialog_answer.go sends the answer of a dialog and shows what came of it.

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// endedText says how a request ended without this dialog.
func endedText(r approve.Request) string {
	switch {
	case r.State == approve.Cancelled:
		return "The sign-in was cancelled: it no longer waits."
	case r.State == approve.Ignored:
		return "Ignored here. Other devices can still answer."
	case r.AnsweredBy != "":
		return "Already answered on " + clean(r.AnsweredBy) + " at " + r.AnsweredAt.Local().Format("15:04:05") +
			" (" + string(r.State) + ")."
	case r.State == approve.Waiting, r.State == approve.Expired, r.State == "":
		return "This request has expired."
	}
	return "This request was answered (" + string(r.State) + ")."
}

func (s *dialog) wipe() { s.secret.wipe() }

// finish makes the dialog inert.
func (s *dialog) finish(text string, good bool) {
	s.ended, s.good, s.wrong, s.retry, s.working = text, good, "", nil, false
	s.secret.wipe()
	s.number.set("")
}

// send gives the answer. The credential goes along with an accept only.
func (s *dialog) send(m *Model, d approve.Decision) tea.Cmd {
	var c vault.Credential
	if d.Act == approve.Accept {
		c = s.secret.take()
	}
	s.wrong, s.retry, s.working = "", nil, true
	return m.work("Answering", answer(m.session.ctx, m.session.inbox, s.id, d, c))
}

// answered shows what came of it.
func (s *dialog) answered(m *Model, msg answeredMsg) tea.Cmd {
	m.done()
	s.working = false
	r := s.request(m)
	if msg.err == nil {
		state := stateAfter(msg)
		m.session.requests.settle(s.id, state, m.now)
		s.finish(result(msg, clean(r.App)), state != approve.Mismatch)
		return nil
	}
	if s.keeps(m, msg, r) {
		return calmAfter()
	}
	state := r.State
	if errors.Is(msg.err, approve.ErrNumber) {
		state = approve.Mismatch
	}
	if e, ok := errors.AsType[*approve.AnsweredError](msg.err); ok {
		state = e.State
	}
	if errors.Is(msg.err, approve.ErrExpired) || errors.Is(msg.err, approve.ErrNoRequest) {
		state = approve.Expired
	}
	m.session.requests.settle(s.id, state, m.now)
	s.finish(explain(m.now, msg.err), false)
	return nil
}

// keeps tells whether the request can be tried again after this error.
func (s *dialog) keeps(m *Model, msg answeredMsg, r request) bool {
	_, wrongPIN := errors.AsType[*vault.PINError](msg.err)
	_, wait := errors.AsType[*vault.WaitError](msg.err)
	unreachable := errors.Is(msg.err, approve.ErrUnreachable)
	for _, final := range []error{approve.ErrNumber, approve.ErrExpired, approve.ErrNoRequest, approve.ErrRevoked} {
		if errors.Is(msg.err, final) {
			return false
		}
	}
	if _, answered := errors.AsType[*approve.AnsweredError](msg.err); answered || !r.open(m.now) {
		return false
	}
	s.wrong = explain(m.now, msg.err)
	if wrongPIN || msg.act == approve.Accept && errors.Is(msg.err, vault.ErrPINDisabled) {
		s.wrong = s.secret.refused(m, msg.err)
	}
	if unreachable {
		s.wrong = "Could not reach " + clean(r.App) + "; the answer was NOT sent."
		s.retry = &approve.Decision{Act: msg.act, Reason: reasonOf(msg.act)}
	}
	s.secret.wrong = s.secret.wrong || wait
	s.focus = onSecret
	return true
}

// reasonOf is the reason that belongs to an act.
func reasonOf(act approve.Act) string {
	switch act {
	case approve.Deny:
		return "cancelled"
	case approve.Report:
		return "not_me"
	}
	return ""
}
