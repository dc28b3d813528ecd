package tui

// commands.go has every side effect on the vault and the clock, as plain
// functions with all they need passed in. Each returns a message in the past
// tense. Those that talk to servers or other programs are in effects.go.

import (
	"context"
	"errors"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
	"nod/vault/protect"
)

// Messages of time.
type (
	tickMsg time.Time
	spinMsg struct{}
	// armedMsg ends the grace period of the dialog with that number.
	armedMsg struct{ dialog int }
	// calmedMsg ends the half second in which a wrong PIN is drawn in danger.
	calmedMsg struct{}
)

// turnMsg is a message that only the session with this number may take.
type turnMsg struct {
	turn int
	msg  tea.Msg
}

// inTurn marks what cmd brings with the number of a session.
func inTurn(turn int, cmd tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		msg := cmd()
		if msg == nil {
			return nil
		}
		return turnMsg{turn, msg}
	}
}

// dropLate closes or wipes what came after its session was over.
func dropLate(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case openedMsg:
		if msg.held != nil {
			msg.held.Wipe()
		}
		if msg.vault != nil {
			return closeVault(msg.vault)
		}
		return closeKept(msg.agents)
	case startMsg:
		return closeKept(msg.kept)
	case seenKeeperMsg:
		return closeKept(msg.kept)
	case createdMsg:
		if msg.vault != nil {
			return closeVault(msg.vault)
		}
	case revealedMsg:
		clear(msg.key.Secret)
	}
	return nil
}

// tickNow starts the clock.
func tickNow() tea.Msg { return tickMsg(time.Now()) }

// tickNext ticks at the next full second.
func tickNext() tea.Cmd {
	return tea.Every(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}

func spinAfter(turn int, d time.Duration) tea.Cmd {
	return inTurn(turn, tea.Tick(d, func(time.Time) tea.Msg { return spinMsg{} }))
}

func armAfter(dialog int) tea.Cmd {
	return tea.Tick(grace, func(time.Time) tea.Msg { return armedMsg{dialog} })
}

func calmAfter() tea.Cmd {
	return tea.Tick(time.Second/2, func(time.Time) tea.Msg { return calmedMsg{} })
}

// inspectedMsg is what can be known of a locked vault.
type inspectedMsg struct {
	summary vault.Summary
	keeper  KeeperState // where there is a Keeper
	err     error
}

func (m *Model) inspect() tea.Cmd { return inspect(m.ctx, m.config.Keeper, m.config.Place) }

// inspect also asks k how it stands, unless it is nil.
func inspect(ctx context.Context, k Keeper, p vault.Place) tea.Cmd {
	return func() tea.Msg {
		var msg inspectedMsg
		if k != nil {
			msg.keeper = k.State(ctx)
		}
		msg.summary, msg.err = vault.Inspect(p)
		return msg
	}
}

// createdMsg is a new vault with its recovery code.
type createdMsg struct {
	vault    *vault.Vault
	recovery string
	order    []int // in which the groups of the recovery code are asked back
	err      error
}

// createVault makes a vault that opens with secret, a PIN or a passphrase, and
// belongs to email, if any.
func createVault(p vault.Place, kind vault.SlotType, secret []byte, cost vault.Cost, email string, random io.Reader) tea.Cmd {
	return func() tea.Msg {
		defer clear(secret)
		o := vault.Options{Cost: cost}
		if kind == vault.SlotPIN {
			o.PIN = secret
		} else {
			o.Passphrase = secret
		}
		order, err := shuffled(random, 8)
		if err != nil {
			return createdMsg{err: err}
		}
		v, code, err := vault.Create(p, o)
		if err == nil && email != "" {
			err = v.SetOwner(email)
		}
		return createdMsg{v, code, order, err}
	}
}

// refreshedMsg tells whether another process had saved something.
type refreshedMsg struct {
	changed bool
	err     error
}

func refresh(v Vault) tea.Cmd {
	return func() tea.Msg {
		changed, err := v.Refresh()
		return refreshedMsg{changed, err}
	}
}

// changedMsg is the answer to a new PIN or passphrase.
type changedMsg struct {
	dropped []vault.Slot
	// was and now are how the PIN was protected and is, where it is worth less now.
	was, now protect.Kind
	err      error
}

// recoverSecret gives a vault that was opened with the recovery code a new PIN or
// passphrase. What protected the PIN until now may be away with the old machine, so
// a PIN gets the best protection that is here.
func recoverSecret(v Vault, code, next vault.Credential) tea.Cmd {
	return func() tea.Msg {
		defer code.Wipe()
		defer next.Wipe()
		before := protection(v.Place(), next.Name())
		var msg changedMsg
		err := opening(v, code, func(own *vault.Vault) (err error) {
			if next.Kind() == vault.SlotPIN {
				msg.dropped, err = own.Protect(code, next, "")
			} else {
				msg.dropped, err = own.Change(code, next)
			}
			return err
		})
		if msg.err = err; next.Kind() != vault.SlotPIN {
			return msg
		}
		if now := protection(v.Place(), next.Name()); err == nil && now.Weaker(before) {
			msg.was, msg.now = before, now
		}
		return msg
	}
}

// protection is how a PIN is protected, or KindNone where that can not be told.
func protection(p vault.Place, name string) protect.Kind {
	s, err := vault.Inspect(p)
	if err != nil {
		return protect.KindNone
	}
	pin, _ := s.PIN(name)
	return pin.Kind
}

// accountsMsg tells that accounts were added, changed or removed.
type accountsMsg struct {
	what     string // "added", "edited", "removed"
	accounts []vault.Account
	err      error
}

// entry is an account to be stored, and how.
type entry struct {
	account  vault.NewAccount
	replaces string // id of the account whose key it replaces, or ""
}

// add stores accounts. Those that replace another are stored one by one, after
// the new ones.
func add(v Vault, keepBoth bool, entries []entry) tea.Cmd {
	return func() tea.Msg {
		var fresh []vault.NewAccount
		for _, e := range entries {
			if e.replaces == "" {
				fresh = append(fresh, e.account)
			}
		}
		var stored []vault.Account
		if len(fresh) > 0 {
			var err error
			if stored, err = v.Add(keepBoth, fresh...); err != nil {
				return accountsMsg{"added", nil, err}
			}
		}
		for _, e := range entries {
			if e.replaces == "" {
				continue
			}
			a, err := v.Replace(e.replaces, e.account)
			if err != nil {
				return accountsMsg{"added", stored, err}
			}
			stored = append(stored, a)
		}
		return accountsMsg{"added", stored, nil}
	}
}

func edit(v Vault, id string, change func(*vault.Account)) tea.Cmd {
	return func() tea.Msg {
		a, err := v.Edit(id, change)
		return accountsMsg{"edited", []vault.Account{a}, err}
	}
}

// remove deletes an account after the credential was checked.
func remove(v Vault, id string, c vault.Credential) tea.Cmd {
	return func() tea.Msg {
		defer c.Wipe()
		err := v.Verify(c)
		if err == nil {
			err = v.Remove(id)
		}
		return accountsMsg{"removed", nil, err}
	}
}

// revealedMsg brings a key, secret included; who takes it wipes it.
type revealedMsg struct {
	id  string
	key otp.Key
	err error
}

func reveal(v Vault, id string, c vault.Credential) tea.Cmd {
	return func() tea.Msg {
		defer c.Wipe()
		var k otp.Key
		err := opening(v, c, func(own *vault.Vault) (err error) {
			k, err = own.Reveal(id, c)
			return err
		})
		return revealedMsg{id, k, err}
	}
}

// steppedMsg is the next code of an HOTP account, its counter already stored.
type steppedMsg struct {
	id   string
	code vault.Code
	err  error
}

func step(v Vault, id string, now time.Time) tea.Cmd {
	return func() tea.Msg {
		c, err := v.Give(id, now, vault.Giving{})
		return steppedMsg{id, c, err}
	}
}

// usedMsg tells that the use of a code was noted.
type usedMsg struct{ err error }

func markUsed(v Vault, id, how string, now time.Time) tea.Cmd {
	return func() tea.Msg { return usedMsg{v.MarkUsed(id, how, now)} }
}

// markGiven remembers that a code that depends on the time was handed out, so that
// `nod code --fresh` does not print it, too, and notes the use. next is that of Giving.
func markGiven(v Vault, id, how string, now time.Time, next bool) tea.Cmd {
	return func() tea.Msg {
		_, err := v.Give(id, now, vault.Giving{Next: next})
		return usedMsg{errors.Join(err, v.MarkUsed(id, how, now))}
	}
}
