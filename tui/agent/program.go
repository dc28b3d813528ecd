package agent

// This file is the side of a program that shows the vault all the time. It keeps what
// it was told, so that drawing asks nobody.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

// lookTime is how long an agent may take to say what is in memory. A variable for the
// tests, as DialTime.
var lookTime = 5 * time.Second

// ErrNotYet says that no code was fetched for that moment.
var ErrNotYet = errors.New("the code was not fetched yet")

// Program is the agent's vault as Refresh and Prepare have last seen it. Accounts,
// Account, Devices, History, Shift, Existing and Code answer from that and never wait;
// the other methods ask the agent.
type Program struct {
	*Client

	refreshing sync.Mutex
	mu         sync.Mutex // of what follows
	status     Status
	version    string
	accounts   []vault.Account // replaced, never changed
	index      map[string]int
	devices    []vault.Device
	history    []vault.Event
	shift      time.Duration
	codes      map[string]stepsFrom
}

// stepsFrom are the codes of an account from a moment on.
type stepsFrom struct {
	steps
	from time.Time // the beginning of the first
	old  bool      // something has changed since: they are fetched again
}

// Program reads what the vault holds. Errors: ErrLocked, ErrNoAgent. Close ends both.
func (c *Client) Program() (*Program, error) {
	p := &Program{Client: c, codes: map[string]stepsFrom{}}
	if _, err := p.Refresh(); err != nil {
		return nil, err
	}
	return p, nil
}

// look is ask for what needs no disk and no network.
func look[T any](c *Client, op string, args any) (T, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	result, err := ask[T](ctx, c, op, args, nil)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: it does not answer", ErrNoAgent)
	}
	return result, err
}

// Refresh takes over what has changed. It does not count as use of the agent.
func (p *Program) Refresh() (changed bool, err error) {
	p.refreshing.Lock()
	defer p.refreshing.Unlock()
	status, err := look[Status](p.Client, opStatus, nothing{})
	if err != nil {
		return false, fmt.Errorf("refresh vault: %w", err)
	}
	p.mu.Lock()
	have := p.version
	if !status.Locked {
		p.status = status
	}
	p.mu.Unlock()
	news, err := look[content](p.Client, opContent, contentArgs{have})
	if err != nil {
		return false, fmt.Errorf("refresh vault: %w", err)
	}
	if news.Version == have {
		return false, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(news)
	return true, nil
}

// take adds what is new; p.mu is held.
func (p *Program) take(news content) {
	if news.Whole {
		p.accounts, p.history = nil, nil
	}
	changed := make(map[string]vault.Account, len(news.Shown))
	for _, x := range news.Shown {
		changed[x.ID] = x
	}
	gone := make(map[string]bool, len(news.Gone))
	for _, id := range news.Gone {
		gone[id] = true
		delete(p.codes, id)
	}
	var all []vault.Account
	for _, x := range p.accounts {
		if gone[x.ID] {
			continue
		}
		if now, ok := changed[x.ID]; ok {
			if x = now; x.Confirm {
				delete(p.codes, x.ID)
			}
			delete(changed, x.ID)
		}
		all = append(all, x)
	}
	for _, x := range news.Shown {
		if _, added := changed[x.ID]; added {
			all = append(all, x)
		}
	}
	p.version, p.accounts, p.devices, p.shift = news.Version, all, news.Devices, news.Shift
	p.history = slices.Concat(news.Events, p.history)
	p.index = make(map[string]int, len(all))
	for i, x := range all {
		p.index[x.ID] = i
	}
	for id, f := range p.codes { // key, shift or digits may be others now
		f.old = true
		p.codes[id] = f
	}
}

// Unlocked is how the agent stood at the last Refresh that found it unlocked.
func (p *Program) Unlocked() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// Accounts is Vault.Accounts.
func (p *Program) Accounts() []vault.Account {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accounts
}

// Account is Vault.Account.
func (p *Program) Account(id string) (vault.Account, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, ok := p.index[id]
	if !ok {
		return vault.Account{}, fmt.Errorf("account %s: %w", id, vault.ErrNotFound)
	}
	return p.accounts[i], nil
}

// Devices is Vault.Devices.
func (p *Program) Devices() []vault.Device {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.devices)
}

// History is Vault.History.
func (p *Program) History() []vault.Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.history
}

// Shift is Vault.Shift.
func (p *Program) Shift() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shift
}

// Existing is Vault.Existing. No secret is here to compare with, but codes are: where
// some were fetched, they tell whether the key is the same.
func (p *Program) Existing(k otp.Key) *vault.DuplicateError {
	p.mu.Lock()
	defer p.mu.Unlock()
	same := func(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
	for _, x := range p.accounts {
		if same(x.Issuer, k.Issuer) && same(x.Name, k.Name) {
			return &vault.DuplicateError{Existing: x, SameKey: p.codes[x.ID].madeBy(k, p.shift+x.Shift)}
		}
	}
	return nil
}

// madeBy tells whether k makes these codes.
func (f stepsFrom) madeBy(k otp.Key, shift time.Duration) bool {
	if k.Type == otp.HOTP {
		return false
	}
	for i, value := range f.Values {
		made, err := k.Code(f.from.Add(time.Duration(i)*f.Period + shift))
		if err != nil || made != value {
			return false
		}
	}
	return len(f.Values) > 0
}

// Code is Vault.Code of what Prepare has fetched; else ErrNotYet. It has no codes of
// counters, which Give makes, nor those of accounts that are to be confirmed.
func (p *Program) Code(id string, now time.Time) (vault.Code, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.codes[id]
	if !ok {
		return vault.Code{}, ErrNotYet
	}
	at := f.step(now)
	if at < 0 || at+1 >= len(f.Values) {
		return vault.Code{}, ErrNotYet
	}
	left := f.from.Add(time.Duration(at+1) * f.Period).Sub(now)
	return vault.Code{Value: f.Values[at], Next: f.Values[at+1], Left: left, Period: f.Period}, nil
}

// step is the number of the code at a moment, -1 for one before the first.
func (f stepsFrom) step(now time.Time) int {
	passed := now.Sub(f.from)
	if passed < 0 || f.Period <= 0 {
		return -1
	}
	return int(passed / f.Period)
}

// Lacking lists those of ids whose codes are to be fetched: they are not there, or run
// out with the present one.
func (p *Program) Lacking(ids []string, now time.Time) (lacking []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		i, known := p.index[id]
		if !known || p.accounts[i].Type == otp.HOTP || p.accounts[i].Odd != "" || p.accounts[i].Confirm {
			continue
		}
		if f, ok := p.codes[id]; !ok || f.old || f.step(now) != 0 {
			lacking = append(lacking, id)
		}
	}
	return lacking
}

// Prepare fetches the codes of accounts from now on, which Code then knows. It does not
// count as use of the agent, and hands nothing out.
func (p *Program) Prepare(ids []string, now time.Time) error {
	p.mu.Lock()
	version := p.version
	p.mu.Unlock()
	all, err := look[[]steps](p.Client, opSteps, stepsArgs{ids, now})
	if err != nil {
		return fmt.Errorf("fetch codes: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if version != p.version {
		return nil // they are asked for again
	}
	for i, id := range ids {
		if i < len(all) && len(all[i].Values) > 0 {
			p.codes[id] = stepsFrom{steps: all[i], from: now.Add(all[i].Left - all[i].Period)}
		}
	}
	return nil
}

// Touch tells the agent that somebody uses it.
func (p *Program) Touch() error {
	_, err := look[nothing](p.Client, opTouch, nothing{})
	return err
}

// Add is Vault.Add.
func (p *Program) Add(keepBoth bool, accounts ...vault.NewAccount) ([]vault.Account, error) {
	return changed(p, func() ([]vault.Account, error) { return p.Client.Add(keepBoth, accounts...) })
}

// Replace is Vault.Replace.
func (p *Program) Replace(id string, n vault.NewAccount) (vault.Account, error) {
	return changed(p, func() (vault.Account, error) { return p.Client.Replace(id, n) })
}

// Edit is Vault.Edit.
func (p *Program) Edit(id string, change func(*vault.Account)) (vault.Account, error) {
	return changed(p, func() (vault.Account, error) { return p.Client.Edit(id, change) })
}

// Give is Vault.Give. The counter of an HOTP code shows afterwards.
func (p *Program) Give(id string, now time.Time, g vault.Giving) (vault.Code, error) {
	return changed(p, func() (vault.Code, error) { return p.Client.Give(id, now, g) })
}

// GiveConfirmed is Client.GiveConfirmed. The counter of an HOTP code shows afterwards.
func (p *Program) GiveConfirmed(c vault.Credential, id string, now time.Time, g vault.Giving) (vault.Code, error) {
	return tried(p, func() (vault.Code, error) { return p.Client.GiveConfirmed(c, id, now, g) })
}

// Verify is Client.Verify.
func (p *Program) Verify(c vault.Credential) error {
	_, err := tried(p, func() (nothing, error) { return nothing{}, p.Client.Verify(c) })
	return err
}

// Remove is Vault.Remove.
func (p *Program) Remove(id string) error {
	_, err := changed(p, func() (nothing, error) { return nothing{}, p.Client.Remove(id) })
	return err
}

// SetSessionPIN is Client.SetSessionPIN. Unlocked tells of it afterwards.
func (p *Program) SetSessionPIN(ctx context.Context, c, pin vault.Credential) error {
	_, err := tried(p, func() (nothing, error) { return nothing{}, p.Client.SetSessionPIN(ctx, c, pin) })
	return err
}

// tried is changed for what takes a secret: where that was wrong, the session PIN may be
// gone.
func tried[T any](p *Program, do func() (T, error)) (T, error) {
	result, err := do()
	_, _ = p.Refresh()
	return result, err
}

// changed takes over what do has changed.
func changed[T any](p *Program, do func() (T, error)) (T, error) {
	result, err := do()
	if err == nil {
		_, _ = p.Refresh() // it is done; what fails is told by the next
	}
	return result, err
}
