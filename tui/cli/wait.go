package cli

// This file: `nod wait` waits for one request, `nod watch` tells of every change.

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
)

func (a *app) waitCommand() *cobra.Command {
	var f requestFilter
	cmd := &cobra.Command{
		Use:   "wait",
		Short: "wait until a request comes, and print it",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runWait(cmd.Context(), f) },
	}
	filterFlags(cmd, &f)
	return cmd
}

func (a *app) runWait(ctx context.Context, f requestFilter) error {
	return a.withRequests(ctx, 0, func(ctx context.Context, v keeper, in inbox) error {
		if len(v.Devices()) == 0 {
			return &statusError{exit: exitNotFound, name: "no_device", text: "this vault is not paired with any server", hint: "nod pair"}
		}
		live, lastErr := false, error(nil)
		for event := range in.Watch(ctx) {
			if found := pick(event.Requests, f, false); len(found) > 0 {
				return a.printWaited(found[len(found)-1])
			}
			for _, s := range event.Servers {
				live = live || s.Live
				if s.Err != nil {
					lastErr = s.Err
				}
			}
		}
		if !live && lastErr != nil {
			return lastErr
		}
		return context.Cause(ctx)
	})
}

func (a *app) printWaited(r approve.Request) error {
	return a.answer(struct {
		Schema int `json:"schema"`
		requestJSON
	}{schema, requestShape(r, a.env.Now())}, "%s  %s  %s  %s\n",
		printable(r.ID), printable(r.App), printable(r.Account), printable(firstOf(r.IP, "unknown address")))
}

func (a *app) watchCommand() *cobra.Command {
	var f requestFilter
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "print one line for every change, until interrupted",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runWatch(cmd.Context(), f) },
	}
	filterFlags(cmd, &f)
	return cmd
}

func (a *app) runWatch(ctx context.Context, f requestFilter) error {
	return a.withRequests(ctx, 0, func(ctx context.Context, _ keeper, in inbox) error {
		w := watcher{app: a, filter: f, states: map[string]approve.State{}, servers: map[string]string{}}
		for event := range in.Watch(ctx) {
			if err := w.print(event); err != nil {
				return err
			}
		}
		return context.Cause(ctx)
	})
}

// watcher remembers what was printed, since each event tells everything anew.
type watcher struct {
	app     *app
	filter  requestFilter
	states  map[string]approve.State // of requests
	servers map[string]string        // of pairings: "live" or the error
}

func (w *watcher) print(event approve.Event) error {
	for _, r := range event.Requests {
		if !w.filter.match(r) || w.states[r.ID] == r.State {
			continue
		}
		w.states[r.ID] = r.State
		if err := w.printRequest(r); err != nil {
			return err
		}
	}
	for _, s := range event.Servers {
		state := "live"
		if s.Err != nil {
			state = s.Err.Error()
		} else if !s.Live {
			continue
		}
		if w.servers[s.Device.ID] == state {
			continue
		}
		w.servers[s.Device.ID] = state
		if err := w.printServer(s, state); err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) printRequest(r approve.Request) error {
	now := w.app.env.Now()
	return w.app.answer(struct {
		Schema  int         `json:"schema"`
		Event   string      `json:"event"`
		At      *time.Time  `json:"at"`
		Request requestJSON `json:"request"`
	}{schema, "request", moment(now), requestShape(r, now)}, "%s  request  %s  %s\n", stamp(now),
		string(r.State), printable(fmt.Sprintf("%s  %s  %s  %s", r.ID, r.App, r.Account, firstOf(r.IP, "unknown address"))))
}

func (w *watcher) printServer(s approve.ServerState, state string) error {
	now := w.app.env.Now()
	shape := struct {
		ID     string `json:"id"`
		Server string `json:"server"`
		Live   bool   `json:"live"`
		Error  string `json:"error,omitempty"` // stable name
	}{ID: s.Device.ID, Server: s.Device.Server, Live: s.Err == nil}
	if s.Err != nil {
		shape.Error = classify(s.Err, now).Code
	}
	return w.app.answer(struct {
		Schema int        `json:"schema"`
		Event  string     `json:"event"`
		At     *time.Time `json:"at"`
		Server any        `json:"server"`
	}{schema, "server", moment(now), shape}, "%s  server   %s  %s\n", stamp(now), s.Device.Server, printable(state))
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
