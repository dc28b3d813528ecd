package vault

// This file is the history and the owner.

import (
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// EventKind says what happened.
type EventKind string

// What the history knows. The vault itself notes added, removed, used, shown,
// wrong PIN and changed; the others are for the callers.
const (
	EventAccepted  EventKind = "accepted"
	EventIgnored   EventKind = "ignored"
	EventDenied    EventKind = "denied"
	EventReported  EventKind = "reported"
	EventMismatch  EventKind = "wrong number"
	EventExpired   EventKind = "expired"
	EventElsewhere EventKind = "elsewhere" // answered on another device
	EventPaired    EventKind = "paired"
	EventUnpaired  EventKind = "unpaired"
	EventRevoked   EventKind = "revoked"
	EventAdded     EventKind = "added"
	EventRemoved   EventKind = "removed"
	EventUsed      EventKind = "used"  // a code was handed out
	EventShown     EventKind = "shown" // a secret was shown
	EventWrongPIN  EventKind = "wrong PIN"
	EventChanged   EventKind = "changed" // PIN or passphrase
)

// Event is one line of the history.
type Event struct {
	At      time.Time // zero: when it is noted
	Kind    EventKind
	Subject string // app or issuer
	Account string
	IP      string
	Place   string
	Device  string // vault id of the pairing
	Request string // server id of the login request
	Detail  string
}

const (
	historyAge    = 90 * 24 * time.Hour
	historyLength = 5000 // events; the oldest go first
)

// Note adds events to the history in one save.
func (v *Vault) Note(events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	err := v.change(func(c *contents) error {
		for _, e := range events {
			if err := c.note(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note event: %w", err)
	}
	return nil
}

// note adds e.
func (c *contents) note(e Event) error {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	entry, err := newEvent(e)
	if err != nil {
		return err
	}
	c.history = append(c.history, entry)
	return nil
}

// forget drops what is older than 90 days, and the oldest events when there are
// too many. What this version can not read has no age and stays until then.
func (c *contents) forget() {
	oldest := time.Now().Add(-historyAge)
	c.history = slices.DeleteFunc(c.history, func(e eventEntry) bool {
		return !e.odd && e.event.At.Before(oldest)
	})
	if extra := len(c.history) - historyLength; extra > 0 {
		c.history = slices.Delete(c.history, 0, extra)
	}
}

// History returns the events of the last 90 days, newest first.
func (v *Vault) History() []Event {
	v.mu.RLock()
	defer v.mu.RUnlock()
	oldest := time.Now().Add(-historyAge)
	var list []Event
	for _, e := range slices.Backward(v.contents.history) {
		if !e.odd && !e.event.At.Before(oldest) {
			list = append(list, e.event)
		}
	}
	slices.SortStableFunc(list, func(a, b Event) int { return b.At.Compare(a.At) })
	return list
}

// Owner returns the person's confirmed e-mail address, or "".
func (v *Vault) Owner() string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.contents.owner
}

// SetOwner stores the person's confirmed e-mail address.
func (v *Vault) SetOwner(email string) error {
	if !utf8.ValidString(email) {
		return errors.New("store owner: the address is not UTF-8")
	}
	err := v.change(func(c *contents) error {
		c.owner = email
		return nil
	})
	if err != nil {
		return fmt.Errorf("store owner: %w", err)
	}
	return nil
}
