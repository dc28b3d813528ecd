package cli

// This file: the accounts in the QR codes that `nod add --qr` was given, and the
// parts of an export that are still to come.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"nod/vault/otp"
	"nod/vault/transfer"
)

// haul is what is to be added, and what could not be read of it.
type haul struct {
	items   []item
	skipped []error
	parts   transfer.Parts
}

// item is an account to be added.
type item struct {
	key    otp.Key
	source string
	file   string // the picture that it came from, or ""
	half   string // to type at the site, which completes the key; or ""
}

func (h *haul) wipe() {
	for _, it := range h.items {
		clear(it.key.Secret)
	}
}

// join completes the keys of which the link had only half.
func (h *haul) join() error {
	for i := range h.items {
		it := &h.items[i]
		whole, half, err := it.key.Complete()
		if err != nil {
			return err
		}
		if half != "" {
			clear(it.key.Secret)
			it.key, it.half = whole, half
		}
	}
	return nil
}

// halfJSON is what completes an account at its site.
type halfJSON struct {
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
	Half    string `json:"half"` // to type there
}

// halves are those of all items.
func (h *haul) halves() (all []halfJSON) {
	for _, it := range h.items {
		if it.half != "" {
			all = append(all, halfJSON{it.key.Issuer, it.key.Name, it.half})
		}
	}
	return all
}

// rename gives a single account the names of the flags.
func (h *haul) rename(o addOptions) {
	if len(h.items) == 1 {
		k := &h.items[0].key
		k.Issuer, k.Name = firstOf(o.issuer, k.Issuer), firstOf(o.account, k.Name)
	}
}

// seenHaul reads the QR codes that --qr names.
func (a *app) seenHaul(ctx context.Context, o addOptions) (*haul, error) {
	found, err := a.sightAll(ctx, o.qr)
	if err != nil {
		return nil, err
	}
	chosen, err := a.choose(ctx, found, o.pick)
	if err != nil {
		return nil, err
	}
	h := &haul{}
	for _, s := range chosen {
		if err := a.take(h, s); err != nil {
			if len(chosen) == 1 {
				return nil, err
			}
			h.skipped = append(h.skipped, fmt.Errorf("%s: %w", s.where, err))
		}
	}
	if len(h.items) == 0 && len(h.skipped) > 0 {
		return nil, &usageError{err: h.skipped[0]}
	}
	if err := a.complete(ctx, h, o); err != nil {
		return nil, err
	}
	h.rename(o)
	return h, nil
}

// take adds what a code holds.
func (a *app) take(h *haul, s sight) error {
	text := strings.TrimSpace(s.text)
	if a.isPairing(text) {
		return &usageError{err: errors.New("that is a pairing link, not an account"), hint: "nod pair --qr reads it, too"}
	}
	batch, err := transfer.Decode(text)
	if err != nil {
		if e := errors.Unwrap(err); e != nil && !errors.Is(err, transfer.ErrFormat) {
			err = e
		}
		return &usageError{err: err, hint: "it reads otpauth:// links and otpauth-migration:// links"}
	}
	if !h.parts.Add(batch) {
		wipeKeys(batch.Keys)
		return nil
	}
	for _, k := range batch.Keys {
		h.items = append(h.items, item{key: k, source: s.source, file: s.file})
	}
	h.skipped = append(h.skipped, batch.Skipped...)
	return nil
}

// complete asks for the parts of exports that are missing. What stays missing
// is told; what was read is added all the same, and the rest can follow.
func (a *app) complete(ctx context.Context, h *haul, o addOptions) error {
	for {
		gaps := h.parts.Gaps()
		if len(gaps) == 0 {
			return nil
		}
		if !a.askable() {
			break
		}
		more, err := a.nextPart(ctx, gaps[0], o.qr[len(o.qr)-1])
		if err != nil {
			return err
		}
		if more == nil {
			break
		}
		h.takeParts(a, gaps, more)
	}
	for _, gap := range h.parts.Gaps() {
		h.skipped = append(h.skipped, fmt.Errorf("%w: add it with nod add --qr, the accounts already read stay", gap))
	}
	return nil
}

// nextPart has the person show a missing part, and reads it; nil when they do
// not want to.
func (a *app) nextPart(ctx context.Context, gap transfer.Gap, last string) ([]sight, error) {
	question := fmt.Sprintf("%s; show %s, then press Enter (s and Enter leaves it out): ", capital(gap.Have()), gap.Want())
	if !isSource(last) {
		question = fmt.Sprintf("%s. Picture with %s (a path, or clipboard or screen; Enter leaves it out): ", capital(gap.Have()), gap.Want())
	}
	answer, err := a.ask(ctx, question)
	if err != nil {
		return nil, err
	}
	name := last
	switch {
	case isSource(last) && strings.EqualFold(answer, "s"), !isSource(last) && answer == "":
		return nil, nil
	case answer != "":
		name = answer
	}
	if name == "-" {
		a.say("standard input was read already")
		return []sight{}, nil
	}
	found, err := a.sight(ctx, name)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil { // the next try may do better
		a.say("%v", err)
		if hint := hintOf(err); hint != "" {
			a.say("%s", hint)
		}
		return []sight{}, nil
	}
	return found, nil
}

// takeParts takes of what was found the parts that are missing, and nothing
// that the person did not choose.
func (h *haul) takeParts(a *app, gaps []transfer.Gap, found []sight) {
	before := len(h.items)
	for _, s := range found {
		batch, err := transfer.Decode(s.text)
		wipeKeys(batch.Keys)
		if err == nil && slices.ContainsFunc(gaps, func(g transfer.Gap) bool { return g.ID == batch.ID && g.Size == batch.Size }) {
			_ = a.take(h, s) // it was read a moment ago
		}
	}
	if len(h.items) == before {
		a.say("no missing part was in it")
	}
}
