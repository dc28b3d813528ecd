package tui

// This file has the side effects of unlocking, locking and mending the vault, as
// plain functions like those of commands.go.

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/memory"
	"nod/vault/protect"
)

// openedMsg is the answer to an attempt to unlock.
type openedMsg struct {
	vault   *vault.Vault
	agents  Kept // in place of vault: the agent's
	kind    vault.SlotType
	session bool              // it was the session PIN
	held    *vault.Credential // what was typed, for the taker to use once more and to wipe; or nil
	kept    string            // where the file stands that a copy has replaced; or ""
	err     error
}

// attempt makes the message of an attempt with c, which it wipes unless hold.
func attempt(v *vault.Vault, c vault.Credential, hold bool, err error) openedMsg {
	msg := openedMsg{vault: v, kind: c.Kind(), err: err}
	if hold {
		msg.held = &c
	} else {
		c.Wipe()
	}
	return msg
}

// openVault unlocks; key derivation takes a while. hold keeps what was typed for
// choosing a session PIN with it. It is also kept to accept an older file.
func openVault(p vault.Place, c vault.Credential, hold bool) tea.Cmd {
	return func() tea.Msg {
		v, err := vault.Open(p, c)
		return attempt(v, c, hold && err == nil || errors.Is(err, vault.ErrRollback), err)
	}
}

// openBySSH unlocks with the first key of the agent that the vault knows.
func openBySSH(p vault.Place, agent protect.SSHAgent, slots []vault.Slot) tea.Cmd {
	return func() tea.Msg {
		keys, err := agent.Keys()
		if err != nil {
			return openedMsg{kind: vault.SlotSSH, err: err}
		}
		for _, k := range keys {
			for _, s := range slots {
				if s.Type != vault.SlotSSH || s.Name != k.Print {
					continue
				}
				c := vault.SSHKey(agent, k)
				v, err := vault.Open(p, c)
				return attempt(v, c, err == nil || errors.Is(err, vault.ErrRollback), err)
			}
		}
		return openedMsg{kind: vault.SlotSSH, err: errNoKey}
	}
}

var errNoKey = errors.New("the ssh-agent holds no key of this vault; add it with ssh-add")

// openResting unlocks with the session PIN.
func openResting(r *vault.Resting, c vault.Credential) tea.Cmd {
	return func() tea.Msg {
		v, err := r.Open(c)
		msg := attempt(v, c, false, err)
		msg.session = true
		return msg
	}
}

// acceptOlder unlocks a file that is older than the one last used.
func acceptOlder(p vault.Place, c vault.Credential, hold bool) tea.Cmd {
	return func() tea.Msg {
		v, err := vault.AcceptRollback(p, c)
		return attempt(v, c, hold && err == nil, err)
	}
}

// restore puts a copy in the vault's place and unlocks it.
func restore(p vault.Place, file string, c vault.Credential, hold bool) tea.Cmd {
	return func() tea.Msg {
		v, kept, err := vault.Restore(p, file, c)
		msg := attempt(v, c, hold && err == nil, err)
		msg.kept = kept
		return msg
	}
}

// foundMsg is the newest copy that can be read.
type foundMsg struct {
	copy    vault.Copy
	summary vault.Summary // of the copy
	err     error
}

// findCopy looks for the newest copy that is whole, as far as shows without
// decrypting it, and is none of bad.
func findCopy(p vault.Place, bad map[string]bool) tea.Cmd {
	return func() tea.Msg {
		list, err := vault.CheckCopies(p)
		if err != nil {
			return foundMsg{err: err}
		}
		for _, c := range list[1:] { // the first is the vault itself
			if c.Err != nil || bad[c.File] {
				continue
			}
			at := p
			at.File = c.File
			s, err := vault.Inspect(at)
			return foundMsg{c, s, err}
		}
		return foundMsg{err: vault.ErrNoCopy}
	}
}

// closeVault also clears from memory what the keys were computed with.
func closeVault(v Vault) tea.Cmd {
	return func() tea.Msg {
		v.Close()
		memory.Forget()
		return nil
	}
}

// restedMsg is a vault that was locked, and what its session PIN opens.
type restedMsg struct {
	resting *vault.Resting // nil when the session PIN is gone
	left    int            // wrong PINs that it stands
	inspectedMsg
}

// restVault locks and keeps the session PIN.
func restVault(v *vault.Vault, p vault.Place) tea.Cmd {
	return func() tea.Msg {
		msg := restedMsg{resting: v.Rest()}
		memory.Forget()
		if msg.resting != nil {
			msg.left = msg.resting.TriesLeft()
		}
		msg.summary, msg.err = vault.Inspect(p)
		return msg
	}
}

func closeResting(r *vault.Resting) tea.Cmd {
	return func() tea.Msg {
		r.Close()
		return nil
	}
}

// pinnedMsg is the answer to choosing a session PIN.
type pinnedMsg struct{ err error }

// setSessionPIN keeps c for another try when pin was not good enough.
func setSessionPIN(v Vault, c, pin vault.Credential) tea.Cmd {
	return func() tea.Msg {
		defer pin.Wipe()
		err := v.SetSessionPIN(c, pin)
		if err == nil {
			c.Wipe()
		}
		return pinnedMsg{err}
	}
}

// recoveryMsg is a new recovery code, and the order in which its groups are asked
// back.
type recoveryMsg struct {
	code  string
	order []int
	err   error
}

func renewRecovery(v Vault, c vault.Credential, random io.Reader) tea.Cmd {
	return func() tea.Msg {
		defer c.Wipe()
		var code string
		err := opening(v, c, func(own *vault.Vault) (err error) {
			code, err = own.NewRecoveryCode(c)
			return err
		})
		if err != nil {
			return recoveryMsg{err: err}
		}
		order, err := shuffled(random, len(recoveryGroups(code)))
		return recoveryMsg{code, order, err}
	}
}

// recoveryGroups splits a recovery code as it is shown.
func recoveryGroups(code string) []string {
	return strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r == ' ' })
}

// shuffled returns 0 to n-1 in an order that random decides on.
func shuffled(random io.Reader, n int) ([]int, error) {
	var seed [32]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, err
	}
	return rand.New(rand.NewChaCha8(seed)).Perm(n), nil
}

// protectionsMsg tells how this machine can protect a PIN.
type protectionsMsg struct {
	list []vault.Protection
	err  error
}

func lookAtProtections(p vault.Place) tea.Cmd {
	return func() tea.Msg {
		list, err := vault.Protections(p)
		return protectionsMsg{list, err}
	}
}
