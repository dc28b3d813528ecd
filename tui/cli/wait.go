package cli

// This file: `nod wait` waits for a request to come, or for one to be answered or
// to end.

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

// watchable is an inbox that tells of all that it knows, again and again.
type watchable interface {
	// Watch tells until ctx ends, and then closes the channel.
	Watch(ctx context.Context) <-chan approve.Event
}

// endable is a watchable that also knows how requests ended before it watched.
type endable interface {
	watchable
	Ended(id string) (approve.Request, bool)
}

// watch calls do with each event until it wants no more, and returns when nothing
// of the watch is left.
func watch(ctx context.Context, in watchable, do func(approve.Event) (done bool, err error)) error {
	watching, stop := context.WithCancel(ctx)
	events := in.Watch(watching)
	defer func() {
		stop()
		for range events {
		}
	}()
	for event := range events {
		if done, err := do(event); done || err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

type waitOptions struct {
	filter requestFilter
	what   string // "" for a request to come; answered, ended
}

func (a *app) waitCommand() *cobra.Command {
	var o waitOptions
	cmd := &cobra.Command{
		Use:   "wait [ID]",
		Short: "wait until a request comes, and print it",
		Long: `Wait until a login request waits for an answer, and print it; one that waits already
counts. Of several it is the newest. The rules apply (nod rules): what they ignore
or deny does not count.

With --timeout the status is 7 when no request came in that time, and 8 when no
server answered. Without it, nod waits as long as it takes, but not for servers
of which none can be reached at the start: status 8.

With --for and the id of a request: wait until it was answered, by any device or
ignored on this one; or until it has ended. It is printed then. The status is 0 when
it was accepted, 7 when it expired, else 12.`,
		Example: `  nod wait --app rms --timeout 60s --json | jq -r .id
  nod wait --for ended r-7Q2M && deploy`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runWait(cmd.Context(), args, o) },
	}
	filterFlags(cmd, &o.filter)
	cmd.Flags().StringVar(&o.what, "for", "", "wait for the request of that id to be: answered, ended (a `word`)")
	return cmd
}

// check refuses what makes no sense together.
func (o waitOptions) check(args []string) error {
	switch {
	case o.what != "" && o.what != "answered" && o.what != "ended":
		return usagef("--for is answered or ended")
	case (o.what == "") != (len(args) == 0):
		return usagef("an id goes with --for answered or --for ended")
	case o.what != "" && o.filter != requestFilter{}:
		return usagef("--app, --user and --server go without an id")
	}
	return nil
}

func (a *app) runWait(ctx context.Context, args []string, o waitOptions) error {
	if err := o.check(args); err != nil {
		return err
	}
	return a.withRequests(ctx, 0, func(ctx context.Context, v keeper, in inbox) error {
		if len(v.Devices()) == 0 {
			return &statusError{exit: exitNotFound, name: "no_device", text: "this vault is not paired with any server", hint: "nod pair"}
		}
		if o.what != "" {
			return a.waitEnd(ctx, in, args[0], o.what)
		}
		if err := a.applyRules(in); err != nil {
			return err
		}
		return a.waitRequest(ctx, in, o.filter)
	})
}

// waitRequest waits for a request that passes the filter.
func (a *app) waitRequest(ctx context.Context, in watchable, f requestFilter) error {
	var heard hearing
	err := watch(ctx, in, func(event approve.Event) (bool, error) {
		if found := pick(event.Requests, f, false); len(found) > 0 {
			return true, a.printWaited(found[len(found)-1])
		}
		heard.take(event.Servers)
		return false, heard.fatal(a.flags.timeout > 0)
	})
	if heard.err != nil && !heard.live && ctx.Err() != nil {
		return heard.err
	}
	return err
}

// waitEnd waits until the request id was answered or has ended.
func (a *app) waitEnd(ctx context.Context, in endable, id, what string) error {
	var heard hearing
	return watch(ctx, in, func(event approve.Event) (bool, error) {
		heard.take(event.Servers)
		r, err := findRequest(event.Requests, id, nil)
		if err != nil {
			var known bool
			if r, known = in.Ended(id); !known {
				if heard.all {
					return true, firstError(heard.err, err)
				}
				return false, nil
			}
		}
		switch {
		case r.State == approve.Waiting, what == "ended" && r.State == approve.Ignored:
			return false, nil
		}
		if err := a.printWaited(r); err != nil {
			return true, err
		}
		return true, endError(r)
	})
}

// endError is nil for a request that was accepted.
func endError(r approve.Request) error {
	switch r.State {
	case approve.Accepted:
		return nil
	case approve.Expired:
		return approve.ErrExpired
	}
	return &statusError{exit: exitConflict, name: "not_accepted", text: "the request was not accepted: " + endWords(r)}
}

// endWords says how r ended, or that it was ignored.
func endWords(r approve.Request) string {
	text := strings.ReplaceAll(string(r.State), "_", " ")
	if r.Rule != "" {
		return text + " by rule " + r.Rule
	}
	if r.AnsweredBy != "" {
		text += " on " + r.AnsweredBy
	}
	return text
}

// hearing is what servers have said since the start.
type hearing struct {
	live bool  // one has answered
	all  bool  // each was asked
	err  error // the last one
}

func (h *hearing) take(servers []approve.ServerState) {
	h.all = true
	for _, s := range servers {
		h.live = h.live || s.Live
		if s.Err != nil {
			h.err = s.Err
		}
		if !s.Live && s.Err == nil && s.Device.State != vault.DeviceRevoked {
			h.all = false
		}
	}
}

// fatal is the error of servers none of which can be reached at the start; patient
// are those who have set a time.
func (h *hearing) fatal(patient bool) error {
	if h.all && !h.live && h.err != nil && !patient {
		return h.err
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printWaited(r approve.Request) error {
	text := fmt.Sprintf("%s  %s  %s  %s", r.ID, r.App, r.Account, firstOf(r.IP, "unknown address"))
	if r.State != approve.Waiting {
		text += "  " + endWords(r)
	}
	return a.answer(struct {
		Schema int `json:"schema"`
		requestJSON
	}{schema, requestShape(r, a.env.Now())}, "%s\n", cell(text))
}
