package vault

// This file hands out codes and, against the PIN, keys.

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"nod/vault/memory"
	"nod/vault/otp"
)

// Code is one code as shown.
type Code struct {
	Value   string
	Next    string        // the code after it; empty for HOTP
	Left    time.Duration // until Value changes; 0 for HOTP
	Period  time.Duration // 0 for HOTP
	Counter uint64        // HOTP: the counter of Value
}

// Code returns the code of account id at now plus the shifts of vault and account. For HOTP
// the next counter is stored durably before the code is returned; for all others
// the disk is not touched.
func (v *Vault) Code(id string, now time.Time) (Code, error) {
	var code Code
	var hotp bool
	var err error
	memory.Do(func() { code, hotp, err = v.timeCode(id, now) })
	if hotp {
		code, err = v.counterCode(id, now)
	}
	if err != nil {
		return Code{}, fmt.Errorf("make code: %w", err)
	}
	return code, nil
}

// timeCode makes a code from the clock. hotp tells that there is none.
func (v *Vault) timeCode(id string, now time.Time) (code Code, hotp bool, err error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return Code{}, false, ErrLocked
	}
	_, m, err := v.contents.readable(id)
	if err != nil {
		return Code{}, false, err
	}
	defer m.wipe()
	k := m.key()
	if k.Type == otp.HOTP {
		return Code{}, true, nil
	}
	at := now.Add(v.contents.shift + time.Duration(m.Shift)*time.Millisecond)
	code.Period = time.Duration(k.Period) * time.Second
	code.Left = k.Left(at)
	if code.Value, err = k.Code(at); err != nil {
		return Code{}, false, err
	}
	code.Next, err = k.Code(at.Add(code.Left))
	return code, false, err
}

// counterCode makes the next HOTP code of the newest saved state.
func (v *Vault) counterCode(id string, now time.Time) (Code, error) {
	var code Code
	err := v.change(func(c *contents) error {
		i, m, err := c.readable(id)
		if err != nil {
			return err
		}
		defer m.wipe()
		code.Counter = m.Counter
		if code.Value, err = m.key().Code(now); err != nil {
			return err
		}
		m.Counter++
		if m.Counter == 0 {
			return fmt.Errorf("account %s has used its last counter", id)
		}
		_, err = c.putAccount(i, m)
		return err
	})
	if err != nil {
		return Code{}, err
	}
	return code, nil
}

// Use is that a code of an account was handed out.
type Use struct {
	ID  string // of the account
	How string // "copied", "printed"
	At  time.Time
}

// MarkUsed notes that a code of account id was handed out, and how ("copied").
func (v *Vault) MarkUsed(id, how string, now time.Time) error {
	return v.MarkUses(Use{id, how, now})
}

// MarkUses notes several uses in one save. An account that is gone meanwhile is left
// out, unless none is there: then the error is ErrNotFound.
func (v *Vault) MarkUses(uses ...Use) error {
	err := v.change(func(c *contents) error {
		noted := 0
		var missing error
		for _, u := range uses {
			err := c.markUsed(u)
			switch {
			case errors.Is(err, ErrNotFound):
				missing = err
			case err != nil:
				return err
			default:
				noted++
			}
		}
		if noted == 0 {
			return missing
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note use: %w", err)
	}
	return nil
}

func (c *contents) markUsed(u Use) error {
	i, m, err := c.readable(u.ID)
	if err != nil {
		return err
	}
	defer m.wipe()
	m.Used = toMillis(u.At)
	m.Uses++
	if _, err := c.putAccount(i, m); err != nil {
		return err
	}
	return c.note(Event{At: u.At, Kind: EventUsed, Subject: m.Issuer, Account: m.Name, Detail: u.How})
}

// Reveal returns the key itself, secret included; the credential is checked
// first, and the history notes it. The caller wipes Key.Secret.
func (v *Vault) Reveal(id string, c Credential) (otp.Key, error) {
	if _, err := v.Account(id); err != nil {
		return otp.Key{}, fmt.Errorf("show key: %w", err)
	}
	_, o, vmk, err := v.check(c)
	if err != nil {
		return otp.Key{}, fmt.Errorf("show key: %w", err)
	}
	o.wipe()
	clear(vmk)
	var k otp.Key
	err = v.change(func(held *contents) error {
		_, m, err := held.readable(id)
		if err != nil {
			return err
		}
		defer m.wipe()
		k = m.key()
		k.Secret = slices.Clone(m.Secret)
		return held.note(Event{Kind: EventShown, Subject: k.Issuer, Account: k.Name})
	})
	if err != nil {
		clear(k.Secret)
		return otp.Key{}, fmt.Errorf("show key: %w", err)
	}
	return k, nil
}
