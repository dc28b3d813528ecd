package cli

// This file: what becomes of the answer to `nod servers sync`. The new secrets are
// nowhere else by then, so what can be kept is kept.

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
)

// tokenJSON is a token that the server is told of.
type tokenJSON struct {
	ID     string `json:"id"` // of the account or pairing
	Serial string `json:"serial,omitempty"`
	Type   string `json:"type"`
}

func tokenShapes(have []approve.Held) []tokenJSON {
	shapes := []tokenJSON{}
	for _, h := range have {
		shapes = append(shapes, tokenJSON{h.ID, h.Serial, h.Type})
	}
	return shapes
}

// syncedJSON is what a synchronisation came to.
type syncedJSON struct {
	Schema   int             `json:"schema"`
	Server   deviceJSON      `json:"server"`
	DryRun   bool            `json:"dry_run"`
	Told     []tokenJSON     `json:"told"`
	Accounts []accountJSON   `json:"accounts"` // added
	Paired   []deviceJSON    `json:"paired,omitempty"`
	Known    []tokenJSON     `json:"known,omitempty"`
	Renewed  []tokenJSON     `json:"renewed,omitempty"` // no longer work: the new secret is in accounts or paired
	Gone     []tokenJSON     `json:"gone,omitempty"`    // not in the container; still here
	Policies map[string]bool `json:"policies,omitempty"`
	Skipped  []string        `json:"skipped,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`
	Halves   []halfJSON      `json:"halves,omitempty"` // to type at the site
}

// keep stores what the server handed out, and says the rest.
func (a *app) keep(ctx context.Context, v *vault.Vault, in *approve.Inbox, d vault.Device, synced approve.Synced, o syncOptions, out syncedJSON) error {
	h, push := tokensOf(d, synced.Add)
	defer h.wipe()
	if synced.Unread > 0 {
		h.skipped = append(h.skipped, fmt.Errorf("%s that can not be read", counted(synced.Unread, "entry")))
	}
	added, err := a.storeTokens(ctx, v, h, o)
	if err != nil {
		return &hinted{err, "the new tokens are not stored; nod servers sync makes their secrets anew"}
	}
	var failed error
	for _, token := range push {
		paired, err := a.pairToken(ctx, in, d, token)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("push token %s: %w", token.Serial, err))
			continue
		}
		out.Paired = append(out.Paired, deviceShape(paired))
	}
	for _, x := range added {
		out.Accounts = append(out.Accounts, accountShape(x))
	}
	replaced := func(h approve.Held) bool {
		return slices.ContainsFunc(added, func(x vault.Account) bool { return x.ID == h.ID })
	}
	synced.Renewed = slices.DeleteFunc(synced.Renewed, replaced)
	out.Known, out.Renewed, out.Gone = tokenShapes(synced.Known), tokenShapes(synced.Renewed), tokenShapes(synced.Gone)
	out.Policies, out.Warnings, out.Halves = synced.Policies, synced.Warnings, h.halves()
	for _, err := range h.skipped {
		out.Skipped = append(out.Skipped, err.Error())
	}
	return errors.Join(a.printSynced(v, out), failed)
}

// tokensOf takes the tokens apart into accounts and push tokens.
func tokensOf(d vault.Device, tokens []approve.NewToken) (h *haul, push []approve.NewToken) {
	h = &haul{}
	for _, token := range tokens {
		if isPushLink(token.Link) {
			push = append(push, token)
			continue
		}
		it, err := tokenItem(d, token)
		if err != nil {
			h.skipped = append(h.skipped, fmt.Errorf("token %s: %w", firstOf(token.Serial, "without a serial number"), err))
			continue
		}
		h.items = append(h.items, it)
	}
	return h, push
}

func isPushLink(link string) bool {
	_, rest, _ := strings.Cut(link, "://")
	return len(rest) >= len("pipush") && strings.EqualFold(rest[:len("pipush")], "pipush")
}

// tokenItem is a token as an account, whole and with names that are safe to show.
func tokenItem(d vault.Device, token approve.NewToken) (item, error) {
	key, err := otp.ParseURI(token.Link)
	if err != nil {
		return item{}, err
	}
	whole, half, err := key.Complete()
	if err != nil {
		clear(key.Secret)
		return item{}, err
	}
	if half != "" {
		clear(key.Secret)
		key = whole
	}
	key.Issuer, key.Name = approve.Text(key.Issuer), approve.Text(key.Name)
	if err := key.Validate(); err != nil {
		clear(key.Secret)
		return item{}, err
	}
	return item{key: key, source: approve.TokenSource(d, token.Serial), half: half}, nil
}

// storeTokens adds accounts as nod add does. Where nobody can be asked, a token is
// stored beside an account of the same name: its secret is nowhere else.
func (a *app) storeTokens(ctx context.Context, v *vault.Vault, h *haul, o syncOptions) ([]vault.Account, error) {
	twins := o.twins
	if !twins.replace && !twins.skip && !a.askable() {
		twins.keepBoth = true
	}
	p, err := a.settle(ctx, v, h.items, twins)
	if err != nil {
		return nil, err
	}
	for i, f := range p.fates {
		if f == fateSkip {
			h.skipped = append(h.skipped, fmt.Errorf("%s, whose account stays as it is and no longer works", nameOf(p.items[i].key)))
		}
	}
	if !slices.ContainsFunc(p.fates, func(f fate) bool { return f == fateAdd || f == fateKeep || f == fateReplace }) {
		return nil, nil
	}
	return p.store(v, twins)
}

// pairToken enrols a push token of a container, with the server that the person has
// agreed to.
func (a *app) pairToken(ctx context.Context, in *approve.Inbox, d vault.Device, token approve.NewToken) (vault.Device, error) {
	preview, err := in.Preview(token.Link)
	if err != nil {
		return vault.Device{}, err
	}
	if preview.Server != d.Server {
		return vault.Device{}, fmt.Errorf("%w: it is for another server, %s, than the container", approve.ErrRefused, printable(preview.Server))
	}
	a.say("push token %s", token.Serial)
	return in.Pair(ctx, approve.Offer{
		Link: token.Link, DeviceName: firstOf(d.Name, hostName()), Platform: runtime.GOOS + " terminal",
		Trust: approve.TrustOf(d), Loopback: isLocalServer(d), Progress: func(step string) { a.say("%s ...", step) },
	})
}

// printSynced prints what is new, and says what became of the rest.
func (a *app) printSynced(v *vault.Vault, out syncedJSON) error {
	for _, text := range out.Warnings {
		a.warn("%s", text)
	}
	for _, text := range out.Skipped {
		a.warn("left out: %s", text)
	}
	for _, h := range out.Renewed {
		a.warn("%s %s no longer works: the server has made it a new secret", h.ID, h.Serial)
	}
	for _, h := range out.Gone {
		a.warn("%s %s is not in the container at the server; it stays here", h.ID, nameOfHeld(v, approve.Held{ID: h.ID}))
	}
	if out.Policies["disable_client_token_deletion"] {
		a.say("the server asks devices not to delete tokens of the container")
	}
	if a.flags.json {
		return a.printJSON(out)
	}
	for _, half := range out.Halves {
		a.say("type this at %s to finish, once: %s", firstOf(half.Issuer, half.Account, "the site"), otp.InFours(half.Half))
	}
	rows := [][]string{{"ID", "KIND", "ISSUER", "ACCOUNT"}}
	for _, x := range out.Accounts {
		rows = append(rows, []string{x.ID, string(x.Type), x.Issuer, x.Account})
	}
	for _, d := range out.Paired {
		rows = append(rows, []string{d.ID, "push", d.App, d.Account})
	}
	if len(rows) == 1 {
		a.say("nothing new; %s as before", counted(len(out.Known), "token"))
		return nil
	}
	return a.table(rows)
}
