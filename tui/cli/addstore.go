package cli

// This file: storing accounts, and what to do with those that are there already.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"nod/vault"
	"nod/vault/otp"
)

// fate is what becomes of an account.
type fate int

const (
	fateAdd     fate = iota
	fateKeep         // beside the one that is there
	fateReplace      // in place of it
	fateSkip
	fateKnown // it is there already, the very same
)

// plan is what becomes of each account of a haul.
type plan struct {
	items    []item
	fates    []fate
	replaces []string              // ids, for fateReplace
	known    *vault.DuplicateError // one that is there already
}

// settle decides on each account. Flags decide where an account is there
// already, else the person, else *vault.DuplicateError does.
func (a *app) settle(ctx context.Context, v keeper, items []item, o addOptions) (*plan, error) {
	p := &plan{items: items, fates: make([]fate, len(items)), replaces: make([]string, len(items))}
	keys := make([]otp.Key, len(items))
	for i, it := range items {
		keys[i] = it.key
	}
	stored := v.ExistingAll(keys)
	for i, it := range items {
		twin := stored[i]
		if twin == nil {
			twin = p.twin(i)
		}
		if twin == nil {
			continue
		}
		f, err := a.fateOf(ctx, it.key, twin, o)
		if err != nil {
			return nil, err
		}
		p.fates[i], p.replaces[i] = f, twin.Existing.ID
		if f == fateKnown {
			p.known = twin
		}
	}
	return p, nil
}

// twin is the account of the same name, without an ID, among those before i that will
// be added.
func (p *plan) twin(i int) *vault.DuplicateError {
	k := p.items[i].key
	for j, other := range p.items[:i] {
		o := other.key
		if p.fates[j] == fateSkip || !strings.EqualFold(o.Issuer, k.Issuer) || !strings.EqualFold(o.Name, k.Name) {
			continue
		}
		return &vault.DuplicateError{
			Existing: vault.Account{Issuer: o.Issuer, Name: o.Name, Type: o.Type, Algorithm: o.Algorithm, Digits: o.Digits, Period: o.Period},
			SameKey:  slices.Equal(o.Secret, k.Secret),
		}
	}
	return nil
}

// same tells whether an account makes the same codes as a key.
func same(twin *vault.DuplicateError, k otp.Key) bool {
	x := twin.Existing
	return twin.SameKey && x.Type == k.Type && x.Algorithm == k.Algorithm && x.Digits == k.Digits && x.Period == k.Period
}

func (a *app) fateOf(ctx context.Context, k otp.Key, twin *vault.DuplicateError, o addOptions) (fate, error) {
	stored := twin.Existing.ID != ""
	switch {
	case o.replace && stored:
		return fateReplace, nil
	case o.keepBoth:
		return fateKeep, nil
	case same(twin, k):
		if stored {
			a.say("%s is there already", nameOf(k))
		}
		return fateKnown, nil
	case o.skip:
		a.say("%s is there already, with another key: left as it is", nameOf(k))
		return fateSkip, nil
	case a.askable():
		return a.askFate(ctx, k, stored)
	}
	return 0, fmt.Errorf("add account: %w", twin)
}

// askFate has a person decide.
func (a *app) askFate(ctx context.Context, k otp.Key, stored bool) (fate, error) {
	question := fmt.Sprintf("%s is there already, with another key. Replace it, keep both or skip it? (r/b/s): ", nameOf(k))
	if !stored {
		question = fmt.Sprintf("%s comes twice, with two keys. Keep both or skip the second? (b/s): ", nameOf(k))
	}
	for {
		answer, err := a.ask(ctx, printable(question))
		if err != nil {
			return 0, err
		}
		switch answer = strings.ToLower(answer); {
		case stored && (answer == "r" || answer == "replace"):
			return fateReplace, nil
		case answer == "b" || answer == "both" || answer == "keep both":
			return fateKeep, nil
		case answer == "s" || answer == "skip":
			return fateSkip, nil
		}
		question = "Type one of these letters: "
	}
}

// store carries the plan out: the new accounts in one save, then those that
// replace others. The accounts come in the order of the plan.
func (p *plan) store(v keeper, o addOptions) ([]vault.Account, error) {
	var fresh []vault.NewAccount
	var at []int
	numbered := false
	for i, f := range p.fates {
		if f == fateAdd || f == fateKeep {
			fresh, at = append(fresh, p.account(i, o)), append(at, i)
			numbered = numbered || f == fateKeep
		}
	}
	stored := make([]*vault.Account, len(p.items))
	added, err := v.Add(numbered, fresh...)
	for n := range added {
		stored[at[n]] = &added[n]
	}
	for i, f := range p.fates {
		if err != nil {
			break
		}
		if f == fateReplace {
			var x vault.Account
			if x, err = v.Replace(p.replaces[i], p.account(i, o)); err == nil {
				stored[i] = &x
			}
		}
	}
	var all []vault.Account
	for _, x := range stored {
		if x != nil {
			all = append(all, *x)
		}
	}
	if err == nil && len(all) == 0 && p.known != nil && !o.skip && !slices.Contains(p.fates, fateSkip) {
		err = fmt.Errorf("add account: %w", p.known)
	}
	return all, err
}

func (p *plan) account(i int, o addOptions) vault.NewAccount {
	return vault.NewAccount{Key: p.items[i].key, Tags: o.tags, Note: o.note, Source: p.items[i].source}
}

// doneFiles are the pictures of which nothing was left out.
func (p *plan) doneFiles() (files []string) {
	var kept []string
	for i, it := range p.items {
		if p.fates[i] == fateSkip {
			kept = append(kept, it.file)
		}
	}
	for _, it := range p.items {
		if it.file != "" && !slices.Contains(kept, it.file) && !slices.Contains(files, it.file) {
			files = append(files, it.file)
		}
	}
	return files
}

// shred deletes the pictures whose accounts are stored.
func (a *app) shred(p *plan, h *haul) {
	if len(h.skipped) > 0 {
		a.warn("not all could be read, so the pictures stay: delete them yourself")
		return
	}
	if errs := removeFiles(p.doneFiles()); len(errs) > 0 {
		a.warn("the accounts are stored, but a picture is still there: %v", errors.Join(errs...))
	}
}

// nameOf names an account for a person.
func nameOf(k otp.Key) string { return strings.TrimSpace(k.Issuer + " " + k.Name) }
