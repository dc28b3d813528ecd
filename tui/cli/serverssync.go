package cli

// This file: `nod servers sync` and `rollover`, for pairings that hold a set of tokens
// at their server. What becomes of the answer is in serverssynced.go.

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

// syncLimit is how long a synchronisation may take; a key for each push token is in it.
const syncLimit = 5 * time.Minute

type syncOptions struct {
	also        []string
	yes, dryRun bool
	twins       addOptions // what becomes of accounts that are there already
}

func (a *app) syncCommand() *cobra.Command {
	var o syncOptions
	cmd := &cobra.Command{
		Use:   "sync ID",
		Short: "fetch the tokens of a container, and tell the server which ones are here",
		Long: `Tell the server of a container which of its tokens this vault holds, and add those
that it then hands out. nod shows the list first: the server gives EVERY token of the
container that is not in it a new secret, and the same token on a phone or in another
vault stops working. Accounts that came from the container are in the list by
themselves, and push tokens of the same server; others of its tokens are named with
--also, and the server finds them by their next two codes. Those are used up: for up
to three periods the site takes no code of such an account. A password of the day is
found by none.

Nothing is removed or replaced here: what is gone at the server is named.`,
		Example: `  nod servers sync d-4F7K2M --dry-run
  nod servers sync d-4F7K2M
  nod servers sync d-4F7K2M --also a-9XQ2HW --yes --json`,
		Args: oneArg("container (id or words)"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runSync(cmd.Context(), args[0], o) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.also, "also", nil, "an `account` (id or words), or a pairing's id, of which the container has the token")
	f.BoolVar(&o.yes, "yes", false, "agree to the list, without being asked")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would be told, and send nothing")
	f.BoolVar(&o.twins.keepBoth, "keep-both", false, "store a token beside an account of the same name (usual where nobody can be asked)")
	f.BoolVar(&o.twins.skip, "skip", false, "leave an account of the same name as it is; the token's new secret is lost")
	f.BoolVar(&o.twins.replace, "replace", false, "put a token in place of an account of the same name")
	return cmd
}

func (a *app) rolloverCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rollover ID",
		Short: "give a container a new key",
		Long: `Have the server of a container take a new key for this device, such as when the old
one may have been copied. The next nod servers sync then renews EVERY token of the
container, those of this vault as well.`,
		Example: "  nod servers rollover d-4F7K2M\n  nod servers rollover d-4F7K2M --yes --json",
		Args:    oneArg("container (id or words)"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runRollover(cmd.Context(), args[0], yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "go on without being asked")
	return cmd
}

func (a *app) runRollover(ctx context.Context, query string, yes bool) error {
	return a.withRequests(ctx, syncLimit, func(ctx context.Context, v keeper, in inbox) error {
		d, err := findDevice(v, query)
		if err != nil {
			return err
		}
		if _, err := in.Tokens(d.ID); err != nil { // before the question
			return err
		}
		a.warn("the next nod servers sync renews every token of this container, those of this vault as well")
		if err := a.goOn(ctx, "Make a new key? Type  yes  to go on: ", yes); err != nil {
			return err
		}
		if err := in.Rollover(ctx, d.ID); err != nil {
			return err
		}
		return a.answer(struct {
			Schema int `json:"schema"`
			deviceJSON
		}{schema, deviceShape(d)}, "%s\n", d.ID)
	})
}

// goOn asks for the word yes unless it was given.
func (a *app) goOn(ctx context.Context, question string, yes bool) error {
	switch {
	case yes:
		return nil
	case !a.askable():
		return &usageError{err: errors.New("this has to be agreed to"), hint: "read the warning, and add --yes"}
	}
	return a.confirm(ctx, question, "yes")
}

func (a *app) runSync(ctx context.Context, query string, o syncOptions) error {
	if err := o.twins.check(nil); err != nil {
		return err
	}
	if o.dryRun {
		return a.withRequests(ctx, syncLimit, func(_ context.Context, v keeper, in inbox) error {
			d, have, out, err := toTell(v, in, query, o)
			if err != nil {
				return err
			}
			return a.printTold(v, d, have, out)
		})
	}
	// The answer holds new secrets, which would come out of the agent.
	return a.withInbox(ctx, syncLimit, func(ctx context.Context, v *vault.Vault, in *approve.Inbox) error {
		d, have, out, err := toTell(v, in, query, o)
		if err != nil {
			return err
		}
		if err := a.agreeToTell(ctx, v, d, have, o.yes); err != nil {
			return err
		}
		for i, h := range have {
			if h.Serial == "" {
				if have[i], err = in.TokenByCodes(h.ID, a.env.Now()); err != nil {
					return err
				}
			}
		}
		synced, err := in.Synchronise(ctx, d.ID, have)
		if err != nil {
			return err
		}
		return a.keep(ctx, v, in, d, synced, o, out)
	})
}

// toTell is the container that query names, and what its server is told.
func toTell(v keeper, in inbox, query string, o syncOptions) (d vault.Device, have []approve.Held, out syncedJSON, err error) {
	if d, err = findDevice(v, query); err != nil {
		return d, nil, out, err
	}
	if have, err = in.Tokens(d.ID); err != nil {
		return d, nil, out, err
	}
	if have, err = withAlso(v, have, o.also); err != nil {
		return d, nil, out, err
	}
	return d, have, syncedJSON{
		Schema: schema, Server: deviceShape(d), DryRun: o.dryRun, Told: tokenShapes(have), Accounts: []accountJSON{},
	}, nil
}

// withAlso adds the tokens that the person names. Accounts come without codes: those
// are made once the person has agreed.
func withAlso(v keeper, have []approve.Held, also []string) ([]approve.Held, error) {
	known := map[string]bool{}
	for _, h := range have {
		known[h.ID] = true
	}
	for _, query := range also {
		h := approve.Held{}
		if d, err := v.Device(query); err == nil {
			h = approve.PushToken(d)
		} else {
			x, err := findAccount(v, query)
			if err != nil {
				return nil, err
			}
			if h.ID = x.ID; known[h.ID] {
				continue
			}
			if h, err = approve.WithoutSerial(x); err != nil {
				return nil, err
			}
		}
		if !known[h.ID] {
			have, known[h.ID] = append(have, h), true
		}
	}
	return have, nil
}

// agreeToTell shows what the server is about to be told, and what that does.
func (a *app) agreeToTell(ctx context.Context, v keeper, d vault.Device, have []approve.Held, yes bool) error {
	a.say("nod tells %s that of container %s this vault holds %s", d.Server, d.RemoteID, counted(len(have), "token"))
	for _, h := range have {
		a.say("  %-10s %-16s %-12s %s", h.ID, shownSerial(h), h.Type, nameOfHeld(v, h))
	}
	a.warn("the server gives every token of the container that is not in this list a new secret; on a phone or in another vault it stops working")
	return a.goOn(ctx, "Synchronise? Type  yes  to go on: ", yes)
}

// printTold answers a dry run.
func (a *app) printTold(v keeper, d vault.Device, have []approve.Held, out syncedJSON) error {
	if a.flags.json {
		return a.printJSON(out)
	}
	a.say("nothing was sent to %s; it would be told:", d.Server)
	rows := [][]string{{"ID", "SERIAL", "KIND", "NAME"}}
	for _, h := range have {
		rows = append(rows, []string{h.ID, shownSerial(h), h.Type, nameOfHeld(v, h)})
	}
	return a.table(rows)
}

func shownSerial(h approve.Held) string { return firstOf(h.Serial, "by two codes") }

// nameOfHeld names a token by its account or pairing.
func nameOfHeld(v keeper, h approve.Held) string {
	if x, err := v.Account(h.ID); err == nil {
		return strings.TrimSpace(x.Issuer + " " + x.Name)
	}
	if d, err := v.Device(h.ID); err == nil {
		return strings.TrimSpace(d.App + " " + d.Account)
	}
	return ""
}

// counted writes a number of things.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// isLocalServer tells whether a pairing was allowed on this machine.
func isLocalServer(d vault.Device) bool {
	u, err := url.Parse(d.Server)
	if err != nil {
		return false
	}
	_, err = approve.ServerURL(u.String(), false)
	return err != nil
}
