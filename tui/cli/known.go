package cli

// This file: what completions know of the vault without a PIN. Names that are
// sealed in it, of accounts, requests and pairings, may only come from the process
// that holds the unlocked vault; no one is asked for a PIN here and no server for
// anything.

import (
	"context"
	"strings"

	"nod/approve"
	"nod/tui/agent"
	"nod/vault"
)

// knownAccounts returns the names that findAccount finds accounts by, nil while the
// vault is locked. An account whose issuer is not its alone, or can not be typed, goes
// by its id.
func (a *app) knownAccounts(ctx context.Context) (names []string) {
	a.asking(ctx, func(c *agent.Client) {
		accounts := c.Accounts()
		count := map[string]int{}
		for _, x := range accounts {
			count[strings.ToLower(firstOf(x.Issuer, x.Name))]++
		}
		for _, x := range accounts {
			name, what := firstOf(x.Issuer, x.Name), x.Name
			if count[strings.ToLower(name)] > 1 || !typeable(name) {
				name, what = x.ID, x.Issuer+" "+x.Name
			}
			names = append(names, described(name, what))
		}
	})
	return names
}

// typeable tells whether a word that a shell offers reaches nod as it is: one with a
// dash in front is read as a flag, zsh drops a backslash, and no control character
// gets past described.
func typeable(name string) bool {
	return !strings.HasPrefix(name, "-") && !strings.Contains(name, `\`) && printable(name) == name
}

// knownRequests returns the ids of the requests that wait, nil while the vault is
// locked: what the agent has heard last.
func (a *app) knownRequests(ctx context.Context) (ids []string) {
	a.asking(ctx, func(c *agent.Client) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		for _, r := range (<-c.Inbox().Watch(ctx)).Requests {
			if r.State == approve.Waiting {
				ids = append(ids, described(r.ID, r.App+" "+r.Account))
			}
		}
	})
	return ids
}

// knownPairings returns the ids of the pairings, nil while the vault is locked.
func (a *app) knownPairings(ctx context.Context) (ids []string) {
	a.asking(ctx, func(c *agent.Client) {
		for _, d := range c.Devices() {
			ids = append(ids, described(d.ID, d.App+" "+d.Account))
		}
	})
	return ids
}

// asking calls ask with the agent, if one keeps the vault unlocked.
func (a *app) asking(ctx context.Context, ask func(*agent.Client)) {
	place, err := a.place()
	if err != nil || a.env.Getenv("NOD_NO_AGENT") != "" {
		return
	}
	c, s, err := agent.Dial(ctx, a.socket(place), place)
	if err != nil {
		return
	}
	defer c.Close()
	if !s.Locked {
		ask(c)
	}
}

// described is a word that a shell offers, with what it shows beside it.
func described(word, what string) string {
	oneLine := func(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }
	return oneLine(word) + "\t" + oneLine(what)
}

// knownSlots returns the names of those whose PINs open the vault, which stand open
// in the file.
func (a *app) knownSlots(context.Context) (names []string) {
	for _, slot := range a.slotsInFile() {
		if slot.Name != "" {
			names = append(names, slot.Name)
		}
	}
	return names
}

// knownSlotIDs returns the ids of the ways to open the vault.
func (a *app) knownSlotIDs(context.Context) (ids []string) {
	for _, slot := range a.slotsInFile() {
		ids = append(ids, slot.ID)
	}
	return ids
}

func (a *app) slotsInFile() []vault.Slot {
	place, err := a.place()
	if err != nil {
		return nil
	}
	s, err := vault.Inspect(place)
	if err != nil {
		return nil
	}
	return s.Slots
}
