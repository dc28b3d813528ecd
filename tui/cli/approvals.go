package cli

// This file: `nod approvals` lists what waits for an answer.

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
)

type approvalsOptions struct {
	filter requestFilter
	all    bool
}

func (a *app) approvalsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "approvals", Aliases: []string{"pending"}, Short: "login requests that wait for an answer",
		Args: noArgs,
	}
	var o approvalsOptions
	list := &cobra.Command{
		Use: "list", Short: "list the waiting requests", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runApprovals(cmd.Context(), o) },
	}
	for _, c := range []*cobra.Command{cmd, list} {
		filterFlags(c, &o.filter)
		c.Flags().BoolVar(&o.all, "all", false, "those ended or ignored lately, too")
	}
	cmd.RunE = list.RunE
	view := &cobra.Command{
		Use: "view ID", Short: "print all that is known of a request", Args: oneArg("request id"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runView(cmd.Context(), args[0]) },
	}
	cmd.AddCommand(list, view)
	return cmd
}

func filterFlags(cmd *cobra.Command, f *requestFilter) {
	cmd.Flags().StringVar(&f.app, "app", "", "only requests of this `app`")
	cmd.Flags().StringVar(&f.user, "user", "", "only requests for this account: `name` or address")
	cmd.Flags().StringVar(&f.server, "server", "", "only requests of this server: its `address`, or a part of it")
}

func (a *app) runApprovals(ctx context.Context, o approvalsOptions) error {
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, _ keeper, in inbox) error {
		event, fetchErr := in.Fetch(ctx)
		a.warnDropped(event.Servers)
		found := pick(event.Requests, o.filter, o.all)
		if len(found) == 0 && fetchErr != nil && !a.flags.json {
			return fetchErr // whether nothing waits is not known
		}
		if err := a.printRequests(found); err != nil {
			return err
		}
		return fetchErr
	})
}

// warnDropped names the servers of which something came that is not shown. How much is
// no use: a message that stays at the server counts with every look.
func (a *app) warnDropped(servers []approve.ServerState) {
	for _, s := range servers {
		if s.Dropped > 0 {
			a.warn("%s (%s): a request came that does not verify; it is not shown", s.Device.Server, s.Device.ID)
		}
	}
}

// pick returns the requests that pass the filter, the waiting ones only unless all.
func pick(requests []approve.Request, f requestFilter, all bool) []approve.Request {
	var found []approve.Request
	for _, r := range requests {
		if f.match(r) && (all || r.State == approve.Waiting) {
			found = append(found, r)
		}
	}
	return found
}

func (a *app) printRequests(requests []approve.Request) error {
	now := a.env.Now()
	if a.flags.json {
		shapes := []requestJSON{}
		for _, r := range requests {
			shapes = append(shapes, requestShape(r, now))
		}
		return a.printJSON(struct {
			Schema   int           `json:"schema"`
			Requests []requestJSON `json:"requests"`
		}{schema, shapes})
	}
	if len(requests) == 0 {
		a.say("nothing waits for an answer")
		return nil
	}
	rows := [][]string{{"ID", "APP", "ACCOUNT", "ACTION", "FROM", "STATE", "LEFT"}}
	for _, r := range requests {
		rows = append(rows, []string{
			r.ID, r.App, r.Account, r.Action, firstOf(r.IP, "unknown"), string(r.State), left(r, now),
		})
	}
	return a.table(rows)
}

// left is the time that a waiting request has, as m:ss.
func left(r approve.Request, now time.Time) string {
	if r.State != approve.Waiting {
		return ""
	}
	s := seconds(r.ExpiresAt.Sub(now))
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func (a *app) runView(ctx context.Context, id string) error {
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, _ keeper, in inbox) error {
		event, fetchErr := in.Fetch(ctx)
		r, err := findRequest(event.Requests, id, fetchErr)
		if err != nil {
			return err
		}
		if a.flags.json {
			return a.printJSON(struct {
				Schema int `json:"schema"`
				requestJSON
			}{schema, requestShape(r, a.env.Now())})
		}
		return a.table(requestRows(r, a.env.Now()))
	})
}

// findRequest returns the request with an id. Where it is missing because a
// server did not answer, that is the error.
func findRequest(requests []approve.Request, id string, fetchErr error) (approve.Request, error) {
	for _, r := range requests {
		if r.ID == id {
			return r, nil
		}
	}
	if fetchErr != nil {
		return approve.Request{}, fetchErr
	}
	return approve.Request{}, approve.ErrNoRequest
}

// requestRows are the facts that a person decides on.
func requestRows(r approve.Request, now time.Time) [][]string {
	place := firstOf(r.Place, "unknown place")
	if r.PlaceNew {
		place += " (new place)"
	}
	rows := [][]string{
		{"id", r.ID},
		{"app", r.App},
		{"account", r.Account},
		{"server", r.Server},
		{"action", r.Action},
		{"from", firstOf(r.IP, "unknown address") + ", " + place},
		{"browser", firstOf(strings.TrimSuffix(r.Browser+" on "+r.OS, " on "), "unknown")},
		{"asked at", shownTime(r.AskedAt)},
		{"number", asking(r)},
		{"state", string(r.State)},
	}
	if n := len(r.Devices); n > 0 { // not every server says
		rows = slices.Insert(rows, 8, []string{"sent to", strconv.Itoa(n) + " device(s): " + strings.Join(r.Devices, ", ")})
	}
	if r.Message != "" {
		rows = slices.Insert(rows, 5, []string{"message", r.Message})
	}
	switch {
	case r.State == approve.Waiting:
		rows = append(rows, []string{"left", left(r, now)})
	case r.AnsweredBy != "":
		rows = append(rows, []string{"answered", r.AnsweredBy + ", " + shownTime(r.AnsweredAt)})
	}
	if r.Rule != "" {
		rows = append(rows, []string{"rule", strings.TrimSuffix(r.Rule+": "+r.RuleFailed, ": ")})
	}
	for _, w := range r.Warnings {
		rows = append(rows, []string{"warning", w})
	}
	if r.Acts != nil {
		rows = append(rows, []string{"answers", acts(r)})
	}
	return rows
}

// acts are the answers that r takes.
func acts(r approve.Request) string {
	var names []string
	for _, act := range r.Acts {
		names = append(names, string(act))
	}
	return "only " + strings.Join(names, ", ")
}
