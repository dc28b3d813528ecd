package cli

// This file: opening the vault with a key of the ssh-agent.

import (
	"slices"
	"strings"

	"nod/vault"
	"nod/vault/protect"
)

// agent is the ssh-agent of this session.
func (a *app) agent() protect.SSHAgent {
	return protect.SSHAgent{
		Socket:         a.env.Getenv("SSH_AUTH_SOCK"),
		AllowForwarded: a.flags.forwarded,
		Remote:         a.env.Getenv("SSH_CONNECTION") != "",
	}
}

// sshCredential returns the first key of the agent that opens the vault.
func (a *app) sshCredential() (vault.Credential, error) {
	agent := a.agent()
	if a.key == nil {
		prints, err := a.sshSlots()
		if err != nil {
			return vault.Credential{}, err
		}
		keys, err := agent.Keys()
		if err != nil {
			return vault.Credential{}, err
		}
		i := slices.IndexFunc(keys, func(k protect.SSHKey) bool { return slices.Contains(prints, k.Print) })
		if i < 0 {
			return vault.Credential{}, &statusError{
				exit: exitLocked, name: "locked", text: "the ssh-agent holds no key that opens the vault",
				hint: "add one of these with ssh-add:\n  " + strings.Join(prints, "\n  "),
			}
		}
		a.key = &keys[i]
	}
	return vault.SSHKey(agent, *a.key), nil
}

// sshSlots returns the fingerprints of the keys that open the vault, or, where
// its file is damaged, the newest copy that is whole.
func (a *app) sshSlots() ([]string, error) {
	place, err := a.place()
	if err != nil {
		return nil, err
	}
	s, err := vault.Inspect(place)
	if err != nil {
		copies, _ := vault.Copies(place)
		for _, c := range copies {
			place.File = c.File
			if s, err = vault.Inspect(place); err == nil {
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	var prints []string
	for _, slot := range s.Slots {
		if slot.Type == vault.SlotSSH {
			prints = append(prints, slot.Name)
		}
	}
	if prints == nil {
		return nil, vault.ErrNoSlot
	}
	return prints, nil
}

// agentKey picks the key of the agent that has the fingerprint or comment query,
// or, when it is empty, the only one.
func (a *app) agentKey(query string) (protect.SSHKey, error) {
	keys, err := a.agent().Keys()
	if err != nil {
		return protect.SSHKey{}, err
	}
	var found []protect.SSHKey
	var names []string
	for _, k := range keys {
		names = append(names, printable(k.Print+"  "+k.Type+"  "+k.Comment))
		if query == "" || k.Print == query || k.Comment == query {
			found = append(found, k)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(keys) == 0:
		return protect.SSHKey{}, &statusError{
			exit: exitNotFound, name: "absent", text: "the ssh-agent holds no key that can open a vault",
			hint: "add an ed25519 or RSA key with ssh-add",
		}
	case len(found) == 0:
		return protect.SSHKey{}, &statusError{
			exit: exitNotFound, name: "not_found", text: "the ssh-agent holds no such key",
			hint: "it holds these:\n  " + strings.Join(names, "\n  "),
		}
	}
	return protect.SSHKey{}, &statusError{
		exit: exitNotFound, name: "ambiguous", text: "the ssh-agent holds more than one key",
		hint: "choose one with --key:\n  " + strings.Join(names, "\n  "),
	}
}
