package vault

// This file is what can be done with accounts.

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"nod/vault/otp"
)

// Account is what may be shown of a stored account: everything but its secret.
type Account struct {
	ID        string // "a-" and 6 Crockford letters
	Issuer    string
	Name      string // the account at the issuer
	Type      otp.Type
	Algorithm otp.Algorithm
	Digits    int
	Period    int    // seconds; 0 for HOTP
	Counter   uint64 // HOTP: of the next code
	Tags      []string
	Note      string
	Shift     time.Duration // added to the clock for this account's codes, beside Vault.Shift; whole milliseconds
	Added     time.Time
	Source    string // how it came here: "QR image setup.png"
	Used      time.Time
	Uses      int
	Device    string // id of the paired device whose fallback this is, or ""
	Confirm   bool   // an agent gives its codes out against the PIN only; the vault itself does not mind
	Odd       string // why this version can not read the stored entry; it is kept as it is
}

// NewAccount is an account to be stored.
type NewAccount struct {
	Key    otp.Key
	Tags   []string
	Note   string
	Source string
	Device string
}

// Accounts returns all accounts, oldest first. The slice is shared with other
// callers and must not be changed; it stays as it is when the vault changes.
func (v *Vault) Accounts() []Account {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return slices.Clip(v.shown)
}

// Account returns one account, or ErrNotFound.
func (v *Vault) Account(id string) (Account, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return Account{}, ErrLocked
	}
	i, err := v.contents.account(id)
	if err != nil {
		return Account{}, err
	}
	return v.contents.accounts[i].shown, nil
}

// account returns the place of account id in the list.
func (c *contents) account(id string) (int, error) {
	if i, ok := c.places[id]; ok {
		return i, nil
	}
	for i := range c.accounts {
		if c.accounts[i].shown.ID == id {
			return i, nil
		}
	}
	return 0, fmt.Errorf("account %s: %w", id, ErrNotFound)
}

// readable returns the place and the record of account id, for the caller to wipe.
func (c *contents) readable(id string) (int, accountMap, error) {
	i, err := c.account(id)
	if err != nil {
		return 0, accountMap{}, err
	}
	if odd := c.accounts[i].shown.Odd; odd != "" {
		return 0, accountMap{}, fmt.Errorf("account %s: %s", id, odd)
	}
	m, err := decodeAccount(c.accounts[i].raw)
	return i, m, err
}

// Add stores accounts, all or none, in one save. An account with an issuer and
// name that is already there (or is in accounts twice) gives *DuplicateError
// unless keepBoth, which then numbers the newcomer's name apart ("ana 2").
func (v *Vault) Add(keepBoth bool, accounts ...NewAccount) ([]Account, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	var added []Account
	err := v.change(func(c *contents) error {
		added = nil
		names := c.names()
		ids := map[string]bool{}
		for i := range c.accounts {
			ids[c.accounts[i].shown.ID] = true
		}
		for _, n := range accounts {
			e, err := c.newAccount(n, keepBoth, names, ids)
			if err != nil {
				return err
			}
			names[nameOf(e.shown.Issuer, e.shown.Name)] = len(c.accounts)
			ids[e.shown.ID] = true
			c.accounts = append(c.accounts, e)
			if err := c.note(Event{Kind: EventAdded, Subject: e.shown.Issuer, Account: e.shown.Name, Detail: n.Source}); err != nil {
				return err
			}
			added = append(added, e.shown)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add account: %w", err)
	}
	return added, nil
}

// newAccount makes the entry of n. names are those taken, ids the ids.
func (c *contents) newAccount(n NewAccount, keepBoth bool, names map[accountName]int, ids map[string]bool) (accountEntry, error) {
	if err := n.Key.Validate(); err != nil {
		return accountEntry{}, err
	}
	if at, taken := names[nameOf(n.Key.Issuer, n.Key.Name)]; taken {
		if !keepBoth {
			return accountEntry{}, c.duplicate(at, n.Key)
		}
		n.Key.Name = numberedName(n.Key.Issuer, n.Key.Name, names)
	}
	m := accountMap{
		ID: newID("a-", func(id string) bool { return ids[id] }), Tags: slices.Clone(n.Tags), Note: n.Note,
		Added: toMillis(time.Now()), Source: n.Source, Device: n.Device,
	}
	m.setKey(n.Key)
	defer m.wipe()
	return m.entry()
}

// accountName is what two accounts may not share.
type accountName struct{ issuer, name string }

func nameOf(issuer, name string) accountName {
	fold := func(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
	return accountName{fold(issuer), fold(name)}
}

// names returns the place of each account by its name.
func (c *contents) names() map[accountName]int {
	names := make(map[accountName]int, len(c.accounts))
	for i := range c.accounts {
		if a := &c.accounts[i].shown; a.Odd == "" {
			names[nameOf(a.Issuer, a.Name)] = i
		}
	}
	return names
}

// numberedName returns name with the first number that is free at issuer.
func numberedName(issuer, name string, names map[accountName]int) string {
	for n := 2; ; n++ {
		numbered := strings.TrimSpace(fmt.Sprintf("%s %d", strings.TrimSpace(name), n))
		if _, taken := names[nameOf(issuer, numbered)]; !taken {
			return numbered
		}
	}
}

// duplicate returns the error for k, which has the name of account i.
func (c *contents) duplicate(i int, k otp.Key) *DuplicateError {
	e := &DuplicateError{Existing: c.accounts[i].shown}
	if m, err := decodeAccount(c.accounts[i].raw); err == nil {
		e.SameKey = equalSecret(m.Secret, k.Secret)
		m.wipe()
	}
	return e
}

// Existing tells whether an account of the issuer and name of k is there: nil
// when none is.
func (v *Vault) Existing(k otp.Key) *DuplicateError { return v.ExistingAll([]otp.Key{k})[0] }

// ExistingAll is Existing for many keys, in their order.
func (v *Vault) ExistingAll(keys []otp.Key) []*DuplicateError {
	found := make([]*DuplicateError, len(keys))
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return found
	}
	names := v.contents.names()
	for i, k := range keys {
		if at, taken := names[nameOf(k.Issuer, k.Name)]; taken {
			found[i] = v.contents.duplicate(at, k)
		}
	}
	return found
}

// Replace stores the key of n in place of account id's, keeping its id, tags,
// note, Confirm and date of adding.
func (v *Vault) Replace(id string, n NewAccount) (Account, error) {
	var a Account
	err := v.change(func(c *contents) error {
		if err := n.Key.Validate(); err != nil {
			return err
		}
		i, err := c.account(id)
		if err != nil {
			return err
		}
		if at, taken := c.names()[nameOf(n.Key.Issuer, n.Key.Name)]; taken && at != i {
			return c.duplicate(at, n.Key)
		}
		was := c.accounts[i].shown
		m := accountMap{ID: id, Tags: was.Tags, Note: was.Note, Added: toMillis(was.Added), Source: n.Source, Device: n.Device, Confirm: was.Confirm}
		m.setKey(n.Key)
		defer m.wipe()
		a, err = c.putAccount(i, m)
		if err != nil {
			return err
		}
		return c.note(Event{Kind: EventAdded, Subject: a.Issuer, Account: a.Name, Detail: "in place of the key before"})
	})
	if err != nil {
		return Account{}, fmt.Errorf("replace account: %w", err)
	}
	return a, nil
}

// putAccount stores m at place i.
func (c *contents) putAccount(i int, m accountMap) (Account, error) {
	e, err := m.entry()
	if err != nil {
		return Account{}, err
	}
	c.accounts[i] = e
	return e.shown, nil
}

// Edit changes what a person may change: Issuer, Name, Tags, Note, Shift,
// Digits, Period, Algorithm, Counter, Confirm. Other fields are left as they were.
// change must not call methods of v. Errors: ErrNotFound, ErrShift, *DuplicateError.
func (v *Vault) Edit(id string, change func(*Account)) (Account, error) {
	var a Account
	err := v.change(func(c *contents) error {
		i, m, err := c.readable(id)
		if err != nil {
			return err
		}
		defer m.wipe()
		wanted := m.account()
		wanted.Tags = slices.Clone(wanted.Tags)
		change(&wanted)
		if err := CheckShift(wanted.Shift); err != nil && wanted.Shift != m.account().Shift {
			return err
		}
		m.Issuer, m.Name, m.Tags, m.Note = wanted.Issuer, wanted.Name, wanted.Tags, wanted.Note
		m.Shift, m.Digits, m.Period = wanted.Shift.Milliseconds(), wanted.Digits, wanted.Period
		m.Algorithm, m.Counter, m.Confirm = string(wanted.Algorithm), wanted.Counter, wanted.Confirm
		if err := m.key().Validate(); err != nil {
			return err
		}
		if at, taken := c.names()[nameOf(m.Issuer, m.Name)]; taken && at != i {
			return c.duplicate(at, m.key())
		}
		a, err = c.putAccount(i, m)
		return err
	})
	if err != nil {
		return Account{}, fmt.Errorf("edit account: %w", err)
	}
	return a, nil
}

// Remove deletes an account.
func (v *Vault) Remove(id string) error {
	err := v.change(func(c *contents) error {
		i, err := c.account(id)
		if err != nil {
			return err
		}
		was := c.accounts[i].shown
		c.accounts = slices.Delete(c.accounts, i, i+1)
		return c.note(Event{Kind: EventRemoved, Subject: was.Issuer, Account: was.Name})
	})
	if err != nil {
		return fmt.Errorf("remove account: %w", err)
	}
	return nil
}
