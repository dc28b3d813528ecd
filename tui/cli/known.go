package cli

// This file: what completions know of the vault without a PIN. Names that are
// sealed in it, of accounts, requests and pairings, may only come from the process
// that holds the unlocked vault; no one is asked for a PIN here and no server for
// anything.

import (
	"context"

	"nod/vault"
)

// knownAccounts returns the names that findAccount finds accounts by, nil while the
// vault is locked.
func (a *app) knownAccounts(context.Context) []string { return nil }

// knownRequests returns the ids of the requests that wait, nil while the vault is locked.
func (a *app) knownRequests(context.Context) []string { return nil }

// knownPairings returns the ids of the pairings, nil while the vault is locked.
func (a *app) knownPairings(context.Context) []string { return nil }

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
