package cli

// This file: `nod watch` tells of every change. How a change looks is in
// watchevent.go, the program that is run for each in hook.go.

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

type watchOptions struct {
	filter requestFilter
	exec   string
	args   []string // of exec
	notify bool
}

func (a *app) watchCommand() *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch [--exec PROGRAM [-- ARG...]]",
		Short: "print one line for every change, until interrupted",
		Long: `Print one line for every change, with --json one object, until interrupted:

  new          a request waits for an answer
  answered     it was accepted, denied or reported, here or elsewhere
  ignored      it was ignored on this device; others can still answer
  rule         a rule has ignored or denied it (nod rules)
  ended        it expired or was cancelled
  server_up    a server answers
  server_down  it does not answer any more; told once until it does
  paused       it sends no requests for a while
  resumed      it sends them again

--exec runs a program for each of them, without a shell: one at a time, in their
order, for at most a minute. The object is on its standard input; NOD_EVENT,
NOD_REQUEST_ID, NOD_APP and NOD_ACCOUNT are in its environment. What it prints goes
to standard error. When it fails, that is a warning.`,
		Example: `  nod watch --json | jq -r 'select(.event == "new") | .request.app'
  nod watch --app rms --exec notify-send -- "login request"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && o.exec == "" {
				return usagef("arguments are those of --exec PROGRAM, after --")
			}
			o.args = args
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runWatch(cmd.Context(), o) },
	}
	filterFlags(cmd, &o.filter)
	cmd.Flags().StringVar(&o.exec, "exec", "", "`program` to run for each change; its arguments come after --")
	cmd.Flags().BoolVar(&o.notify, "notify", false, "ring, or notify, once for each new request (nod doctor notify)")
	return cmd
}

// pausing is a watchable whose servers can be asked whether they pause.
type pausing interface {
	watchable
	Status(ctx context.Context, deviceID string) (approve.Status, error)
}

func (a *app) runWatch(ctx context.Context, o watchOptions) error {
	h, err := a.newHook(o)
	if err != nil {
		return err
	}
	// Else the end of the reader would end nod at once, and leave a hook behind.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return a.withRequests(ctx, 0, func(ctx context.Context, _ keeper, in inbox) error {
		if err := a.applyRules(in); err != nil {
			return err
		}
		var t *teller
		if o.notify {
			var err error
			if t, err = a.newTeller(ctx); err != nil {
				return err
			}
			defer t.end()
		}
		defer h.start(ctx)()
		err := a.watchAll(ctx, in, o.filter, h, t)
		if errors.Is(err, syscall.EPIPE) {
			return nil // nobody reads on
		}
		return err
	})
}

// watchAll prints each change until ctx ends; t, which may be nil, tells of requests.
func (a *app) watchAll(ctx context.Context, in pausing, f requestFilter, h *hook, t *teller) error {
	var asking sync.WaitGroup
	defer asking.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := watcher{filter: f, requests: map[string]string{}, servers: map[string]serverSeen{}, told: map[string]bool{}}
	return watch(ctx, in, func(event approve.Event) (bool, error) {
		for _, c := range w.changes(event) {
			if c.failed != "" {
				a.warn("%s", c.failed)
			}
			if t != nil && c.request.ID != "" {
				t.see(c.request, a.env.Now())
			}
			if c.event == serverUp && c.server.Device.State == vault.DeviceActive {
				id := c.server.Device.ID
				asking.Go(func() { _, _ = in.Status(ctx, id) }) // what it says comes as an event
			}
			if err := a.printChange(c, h); err != nil {
				return true, err
			}
		}
		return false, nil
	})
}

// watcher remembers what was told, since each event tells everything anew.
type watcher struct {
	filter   requestFilter
	requests map[string]string // by pairing and id: state
	servers  map[string]serverSeen
	told     map[string]bool // warnings
}

// serverSeen is what was told of a pairing's server.
type serverSeen struct {
	live   bool
	down   string // stable name of the error
	paused bool
}

// changes lists what is news in an event.
func (w *watcher) changes(event approve.Event) (list []change) {
	known := w.requests
	w.requests = map[string]string{} // what the event does not have any more has gone for good
	for _, r := range event.Requests {
		id := r.Device + "/" + r.ID
		w.requests[id] = string(r.State)
		if !w.filter.match(r) || known[id] == string(r.State) {
			continue
		}
		c := change{event: eventOf(r), request: r}
		if why := r.App + ": rule " + r.Rule + ": " + r.RuleFailed; r.RuleFailed != "" && !w.told[r.Device+why] {
			w.told[r.Device+why] = true
			c.failed = why
		}
		list = append(list, c)
	}
	for _, s := range event.Servers {
		if w.filter.matchServer(s.Device.Server) {
			list = append(list, w.serverChanges(s)...)
		}
	}
	return list
}

// serverChanges lists what is news of one server.
func (w *watcher) serverChanges(s approve.ServerState) (list []change) {
	seen := w.servers[s.Device.ID]
	now := seen
	switch {
	case s.Err != nil:
		now.live, now.down = false, classify(s.Err, s.LastAnswer).Code
	case s.Live:
		now.live, now.down = true, ""
		now.paused = !s.Pause.Until.IsZero()
	default:
		return nil // the first poll is under way
	}
	w.servers[s.Device.ID] = now
	tell := func(event string, news bool) {
		if news {
			list = append(list, change{event: event, server: s})
		}
	}
	tell(serverDown, now.down != "" && now.down != seen.down)
	tell(serverUp, now.live && !seen.live)
	tell("paused", now.paused && !seen.paused)
	tell("resumed", !now.paused && seen.paused)
	return list
}
