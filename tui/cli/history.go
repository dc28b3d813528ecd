package cli

// This file: `nod history` lists what the vault has noted in the last 90 days.

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/vault"
)

// eventKinds is what the history can hold.
var eventKinds = []vault.EventKind{
	vault.EventAccepted, vault.EventIgnored, vault.EventDenied, vault.EventReported, vault.EventMismatch,
	vault.EventExpired, vault.EventElsewhere, vault.EventPaired, vault.EventUnpaired, vault.EventRevoked,
	vault.EventAdded, vault.EventRemoved, vault.EventUsed, vault.EventShown, vault.EventWrongPIN, vault.EventChanged,
}

// eventNames are the names of eventKinds, in their order.
func eventNames() (names []string) {
	for _, k := range eventKinds {
		names = append(names, eventName(k))
	}
	return names
}

// eventName is a kind as one word, such as wrong_pin.
func eventName(k vault.EventKind) string {
	return strings.ReplaceAll(strings.ToLower(string(k)), " ", "_")
}

type historyOptions struct{ since, kind, app string }

func (a *app) historyCommand() *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history",
		Short: "what has happened: answers, pairings, codes handed out, changes",
		Long: `List what the vault has noted in the last 90 days, the newest last, with this
machine's time: answered and missed login requests, pairings, accounts, the codes
that were handed out, secrets shown, wrong PINs and changes of PINs. With --json
each event is a line. It is kept in the vault, encrypted; the server's own log is
another.`,
		Example: `  nod history --since 7d --app rms
  nod history --json --type denied | jq -r .ip`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runHistory(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.since, "since", "", "only events since this `time`, or so long ago (24h, 7d, 2026-11-22T20:00:00Z, @1700000000)")
	f.StringVar(&o.kind, "type", "", "only events of this `type`: "+strings.Join(eventNames(), " "))
	f.StringVar(&o.app, "app", "", "only events of this `app` or issuer")
	return cmd
}

func (a *app) runHistory(ctx context.Context, o historyOptions) error {
	var since time.Time
	if o.since != "" {
		var err error
		if since, err = parseSince(o.since, a.env.Now()); err != nil {
			return &usageError{
				err: fmt.Errorf("--since %q is not a time", o.since), hint: "write it as 24h, 7d, 2026-11-22T20:00:00Z or @1700000000",
			}
		}
	}
	if o.kind != "" && !slices.Contains(eventNames(), o.kind) {
		return &usageError{err: fmt.Errorf("there is no event %q", o.kind), hint: "use " + strings.Join(eventNames(), ", ")}
	}
	return a.withKeeper(ctx, func(v keeper) error {
		var found []vault.Event
		for _, e := range slices.Backward(v.History()) { // newest first
			if !e.At.Before(since) && (o.kind == "" || eventName(e.Kind) == o.kind) && hasWords(e.Subject, o.app) {
				found = append(found, e)
			}
		}
		return a.printHistory(found)
	})
}

// parseSince reads a time as parseMoment does, or how long before now it is: 24h, 7d.
func parseSince(text string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return now.AddDate(0, 0, -int(n)), err
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return parseMoment(text)
}

// noteJSON is an event of the history.
type noteJSON struct {
	Schema  int        `json:"schema"`
	Event   string     `json:"event"`
	At      *time.Time `json:"at"`
	App     string     `json:"app,omitempty"` // or issuer
	Account string     `json:"account,omitempty"`
	IP      string     `json:"ip,omitempty"`
	Place   string     `json:"place,omitempty"`
	Device  string     `json:"device,omitempty"` // pairing
	Request string     `json:"request_id,omitempty"`
	Detail  string     `json:"detail,omitempty"`
}

func (a *app) printHistory(events []vault.Event) error {
	if a.flags.json {
		for _, e := range events {
			err := a.printJSON(noteJSON{
				Schema: schema, Event: eventName(e.Kind), At: moment(e.At), App: e.Subject, Account: e.Account, IP: e.IP, Place: e.Place,
				Device: e.Device, Request: e.Request, Detail: e.Detail,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if len(events) == 0 {
		a.say("nothing in the history")
		return nil
	}
	rows := [][]string{{"TIME", "EVENT", "APP", "ACCOUNT", "FROM", "REQUEST", "DETAIL"}}
	for _, e := range events {
		from := strings.Trim(e.IP+", "+e.Place, ", ")
		rows = append(rows, []string{shownTime(e.At), eventName(e.Kind), e.Subject, e.Account, from, e.Request, e.Detail})
	}
	return a.table(rows)
}
