package approve

// This file sends a person's answer and keeps what became of it.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"nod/vault"
)

// Answer sends a decision on request id; when two pairings know the same id,
// it is written "DEVICE/ID" with the vault's id of the pairing. For Accept the
// credential opens the approval key; a wrong one sends nothing. A request that
// was ignored can still be answered while it is alive. Errors: ErrNoRequest,
// ErrExpired, ErrNumberNeeded, *vault.PINError, *vault.WaitError, ErrNumber,
// *AnsweredError, ErrUnreachable, ErrRevoked, ErrRefused, *LimitedError.
func (in *Inbox) Answer(ctx context.Context, id string, d Decision, c vault.Credential) (Outcome, error) {
	e, err := in.pick(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	in.expire(time.Now())
	r, err := in.open(e)
	if err != nil {
		return Outcome{}, err
	}
	defer in.closed(e)
	if d, err = decide(r, d); err != nil {
		return Outcome{}, err
	}
	device, driver, err := in.device(r.Device)
	if err != nil {
		return Outcome{}, err
	}
	out, err := in.send(ctx, driver, device, r, d, c)
	if errors.Is(err, ErrUnreachable) && d.Act == Ignore {
		// Ignoring is this device's own affair; the server would only make a note.
		out, err = Outcome{State: Ignored, AnsweredBy: device.Name, At: time.Now()}, nil
	}
	return in.settleAnswer(e, device.Device, d, out, err)
}

// send opens the approval key when the act needs it, and gives the decision to the driver.
func (in *Inbox) send(ctx context.Context, driver Driver, device Device, r Request, d Decision, c vault.Credential) (Outcome, error) {
	if d.Act != Accept {
		return driver.Answer(ctx, device, r, d, nil)
	}
	key, err := in.v.Approve(r.Device, c)
	if err != nil {
		return Outcome{}, err
	}
	defer key.Close()
	return driver.Answer(ctx, device, r, d, key)
}

// pick returns the entry that id names, asking the servers once when it is not known.
func (in *Inbox) pick(ctx context.Context, id string) (*entry, error) {
	e, err := in.lookup(id)
	if !errors.Is(err, ErrNoRequest) || e != nil {
		return e, err
	}
	_, fetchErr := in.Fetch(ctx)
	if e, err = in.lookup(id); err == nil {
		return e, nil
	}
	if late := in.ending(id); late != nil {
		return nil, late
	}
	if fetchErr != nil {
		return nil, fetchErr
	}
	return nil, err
}

// lookup finds the one entry that id names; among several the one still alive.
func (in *Inbox) lookup(id string) (*entry, error) {
	device, id, qualified := cutID(id)
	in.mu.Lock()
	defer in.mu.Unlock()
	var found *entry
	for _, e := range in.entries {
		if e.ID != id || qualified && e.Device != device {
			continue
		}
		switch {
		case found == nil || final(found.State):
			found = e
		case !final(e.State):
			return nil, fmt.Errorf("answer: %w: two pairings have one of that id; name it DEVICE/ID", ErrNoRequest)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("answer: %w", ErrNoRequest)
	}
	return found, nil
}

func cutID(id string) (device, request string, qualified bool) {
	if device, request, qualified = strings.Cut(id, "/"); qualified {
		return device, request, true
	}
	return "", id, false
}

// open marks e as being answered and returns it, unless it has ended.
func (in *Inbox) open(e *entry) (Request, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := tooLate(e.Request); err != nil {
		return Request{}, err
	}
	e.answering++
	return e.copy(), nil
}

// closed takes the mark of open back.
func (in *Inbox) closed(e *entry) {
	in.mu.Lock()
	e.answering--
	in.mu.Unlock()
	in.expire(time.Now())
	in.changed()
}

// decide checks a decision and fills in what follows from its act.
func decide(r Request, d Decision) (Decision, error) {
	if d.Act != Ignore && !r.Takes(d.Act) {
		return Decision{}, fmt.Errorf("answer: %w", ErrNotOffered)
	}
	switch d.Act {
	case Accept:
		if !r.Asks() {
			return Decision{Act: Accept}, nil
		}
		if !r.Fits(d.Number) {
			return Decision{}, fmt.Errorf("answer: %w", ErrNumberNeeded)
		}
		return Decision{Act: Accept, Number: d.Number}, nil
	case Deny:
		return Decision{Act: Deny, Reason: "cancelled"}, nil
	case Report:
		return Decision{Act: Report, Reason: "not_me"}, nil
	case Ignore:
		return Decision{Act: Ignore}, nil
	}
	return Decision{}, fmt.Errorf("answer: there is no act %q", d.Act)
}

// isNumber tells whether s is two ASCII digits.
func isNumber(s string) bool {
	return len(s) == 2 && s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9'
}

// settleAnswer keeps what the server made of d, and returns it. What the server
// can not be asked stays waiting.
func (in *Inbox) settleAnswer(e *entry, device vault.Device, d Decision, out Outcome, err error) (Outcome, error) {
	if out.At.IsZero() {
		out.At = time.Now()
	}
	out.AnsweredBy, out.Ticket = Text(out.AnsweredBy), Text(out.Ticket)
	out.Code, out.Message = Text(out.Code), LongText(out.Message)
	answered, isAnswered := errors.AsType[*AnsweredError](err)
	if isAnswered && answered.Device == device.Name && answered.State == actStates[d.Act] {
		// The same answer came through earlier, and only its receipt was lost.
		out, err, isAnswered = Outcome{State: answered.State, AnsweredBy: device.Name, At: answered.At}, nil, false
	}
	switch {
	case err == nil && out.State == Ignored:
		in.ignore(e)
	case err == nil:
		in.finish(e, out.State, device.Name, out.At, device.Name)
	case isAnswered:
		in.finish(e, answered.State, Text(answered.Device), answered.At, device.Name)
	case errors.Is(err, ErrNumber):
		out.State = Mismatch
		in.finish(e, Mismatch, device.Name, out.At, device.Name)
		return out, err
	case errors.Is(err, ErrExpired):
		in.finish(e, Expired, "", time.Time{}, device.Name)
	case errors.Is(err, ErrNoRequest):
		in.finish(e, Cancelled, "", time.Time{}, device.Name)
	case errors.Is(err, ErrRevoked):
		in.revoke(device)
	}
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

// actStates is where an act brings a request.
var actStates = map[Act]State{Accept: Accepted, Deny: Denied, Report: Reported, Ignore: Ignored}

// finish ends e and writes that to the history.
func (in *Inbox) finish(e *entry, s State, by string, at time.Time, name string) {
	in.mu.Lock()
	notes := in.end(e, s, by, at, name)
	in.mu.Unlock()
	in.note(notes...)
}

// ignore takes e from the waiting ones; others can still answer it, and so can
// this device while it is alive.
func (in *Inbox) ignore(e *entry) {
	in.mu.Lock()
	var notes []vault.Event
	if e.State == Waiting {
		e.State = Ignored
		note := e.note()
		note.Kind = vault.EventIgnored
		notes = append(notes, note)
	}
	in.mu.Unlock()
	in.note(notes...)
}
