package cli

// This file: `nod servers` lists, tests, renames and removes pairings.

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

func (a *app) serversCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "servers", Short: "the sites that this vault is paired with", Args: noArgs}
	var ask bool
	list := &cobra.Command{
		Use: "list", Short: "list the pairings with their protocol and state; no network", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if ask {
				return a.runServersTest(cmd.Context(), nil)
			}
			return a.runServers(cmd.Context())
		},
	}
	list.Flags().BoolVar(&ask, "ask", false, "ask the servers, too: last answer, clock and more, as nod servers test")
	cmd.RunE = list.RunE
	add := &cobra.Command{Use: "add [CODE|LINK|-]", Short: "the same as nod pair", Args: maxArgs(1)}
	var o pairOptions
	pairFlags(add, &o)
	add.RunE = func(cmd *cobra.Command, args []string) error { return a.runPair(cmd.Context(), args, o) }
	test := &cobra.Command{
		Use: "test [ID]", Short: "ask the servers how the pairings stand", Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runServersTest(cmd.Context(), args) },
	}
	rename := &cobra.Command{
		Use: "rename ID NAME", Short: "give this device another name at the site",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%s needs a pairing and its new name", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRename(cmd.Context(), args[0], args[1]) },
	}
	var force bool
	rm := &cobra.Command{
		Use: "rm ID", Short: "end a pairing, at the site and here", Args: oneArg("pairing (id or words)"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runUnpair(cmd.Context(), args[0], force) },
	}
	rm.Flags().BoolVar(&force, "force", false, "even where you can not sign in any more, or the server does not answer")
	rotate := &cobra.Command{
		Use: "rotate ID", Short: "give this device another key (Keycloak push-mfa)", Args: oneArg("pairing (id or words)"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRotate(cmd.Context(), args[0]) },
	}
	cmd.AddCommand(list, add, test, rename, rotate, rm, a.syncCommand(), a.rolloverCommand())
	return cmd
}

func (a *app) runServers(ctx context.Context) error {
	return a.withKeeper(ctx, func(v keeper) error {
		devices := v.Devices()
		if a.flags.json {
			shapes := []deviceJSON{}
			for _, d := range devices {
				shapes = append(shapes, deviceShape(d))
			}
			return a.printJSON(struct {
				Schema  int          `json:"schema"`
				Servers []deviceJSON `json:"servers"`
			}{schema, shapes})
		}
		if len(devices) == 0 {
			a.say("not paired with any site; see nod pair --help")
			return nil
		}
		rows := [][]string{{"ID", "KIND", "APP", "ACCOUNT", "SERVER", "AS", "STATE"}}
		for _, d := range devices {
			rows = append(rows, []string{d.ID, d.Driver, d.App, d.Account, d.Server, d.Name, string(d.State)})
		}
		return a.table(rows)
	})
}

type testedJSON struct {
	deviceJSON
	OK              bool           `json:"ok"`
	LastAnswer      *time.Time     `json:"last_answer,omitempty"`
	ClockDifference *float64       `json:"clock_difference,omitempty"` // seconds, server minus this machine
	TwoStep         bool           `json:"two_step"`
	Required        bool           `json:"required"`
	Methods         []string       `json:"methods,omitempty"`
	RecoveryLeft    int            `json:"recovery_left"`
	Devices         []approverJSON `json:"devices,omitempty"`
	SecurityURL     string         `json:"security_url,omitempty"`
	Support         string         `json:"support,omitempty"`
	pauseJSON
	Error string `json:"error,omitempty"` // stable name
}

// approverJSON is a device that can approve for the account.
type approverJSON struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Platform  string     `json:"platform"`
	This      bool       `json:"this"`
	Simulated bool       `json:"simulated"`
	Paired    *time.Time `json:"paired,omitempty"`
	Used      *time.Time `json:"used,omitempty"`
}

func (a *app) runServersTest(ctx context.Context, args []string) error {
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, v keeper, in inbox) error {
		devices := v.Devices()
		if len(args) == 1 {
			d, err := findDevice(v, args[0])
			if err != nil {
				return err
			}
			devices = []vault.Device{d}
		}
		// All at once: one that hangs takes the time of no other.
		var event approve.Event
		states, errs := make([]approve.Status, len(devices)), make([]error, len(devices))
		var asked sync.WaitGroup
		asked.Go(func() { event, _ = in.Fetch(ctx) }) // for the clocks; Status says what fails
		for i, d := range devices {
			asked.Go(func() { states[i], errs[i] = in.Status(ctx, d.ID) })
		}
		asked.Wait()
		a.warnDropped(event.Servers)
		tested := []testedJSON{}
		var failed error
		for i, d := range devices {
			status, err := states[i], errs[i]
			switch {
			case err != nil:
			case d.State == vault.DeviceRevoked: // not every server is asked
				err = approve.ErrRevoked
			default:
				err = pollError(event.Servers, d.ID)
			}
			if err != nil {
				failed = errors.Join(failed, err)
			}
			tested = append(tested, testedShape(d, status, err, event.Servers, a.env.Now()))
		}
		if err := a.printTested(tested); err != nil {
			return err
		}
		return failed
	})
}

// pollError is why a server could not be asked what waits: some can tell nothing else.
func pollError(servers []approve.ServerState, id string) error {
	for _, s := range servers {
		if s.Device.ID == id {
			return s.Err
		}
	}
	return nil
}

func testedShape(d vault.Device, s approve.Status, err error, servers []approve.ServerState, now time.Time) testedJSON {
	t := testedJSON{deviceJSON: deviceShape(d), OK: err == nil}
	if err != nil {
		t.Error = classify(err, now).Code
		return t
	}
	t.State, t.TwoStep, t.Required, t.Methods = s.State, s.TwoStep, s.Required, s.Methods
	t.RecoveryLeft, t.SecurityURL, t.Support, t.pauseJSON = s.RecoveryLeft, s.SecurityURL, s.Support, pauseShape(s.Pause)
	for _, r := range s.Devices {
		t.Devices = append(t.Devices, approverJSON{r.ID, r.Name, r.Platform, r.This, r.Simulated, moment(r.Paired), moment(r.Used)})
	}
	for _, server := range servers {
		if server.Device.ID == d.ID && server.Live && !server.Unasked {
			t.LastAnswer = moment(server.LastAnswer)
			if !server.Clock.At.IsZero() {
				difference := server.Offset.Seconds()
				t.ClockDifference = &difference
			}
		}
	}
	return t
}

func (a *app) printTested(tested []testedJSON) error {
	if a.flags.json {
		return a.printJSON(struct {
			Schema  int          `json:"schema"`
			Servers []testedJSON `json:"servers"`
		}{schema, tested})
	}
	rows := [][]string{{"ID", "KIND", "APP", "SERVER", "STATE", "2-STEP", "DEVICES", "RECOVERY CODES", "CLOCK", "ANSWERED", "REQUESTS"}}
	for _, t := range tested {
		if !t.OK {
			rows = append(rows, []string{t.ID, t.Driver, t.App, t.Server, t.Error})
			continue
		}
		twoStep, clock, answered := "off", "unknown", "-"
		switch {
		case t.TwoStep:
			twoStep = "on"
		case len(t.Devices) == 0:
			twoStep = "unknown" // a server of another maker does not say
		}
		if t.LastAnswer != nil {
			answered = shownTime(*t.LastAnswer)
		}
		if t.ClockDifference != nil {
			clock = fmt.Sprintf("%+.1f s", *t.ClockDifference)
		}
		rows = append(rows, []string{
			t.ID, t.Driver, t.App, t.Server, string(t.State), twoStep,
			fmt.Sprint(len(t.Devices)), fmt.Sprint(t.RecoveryLeft), clock, answered, t.text(a.env.Now()),
		})
	}
	return a.table(rows)
}

func (a *app) runRename(ctx context.Context, query, name string) error {
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, v keeper, in inbox) error {
		d, err := findDevice(v, query)
		if err != nil {
			return err
		}
		if err := in.Rename(ctx, d.ID, name); err != nil {
			return err
		}
		if d, err = v.Device(d.ID); err != nil {
			return err
		}
		return a.answer(struct {
			Schema int `json:"schema"`
			deviceJSON
		}{schema, deviceShape(d)}, "%s\n", printable(d.Name))
	})
}

func (a *app) runRotate(ctx context.Context, query string) error {
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, v keeper, in inbox) error {
		d, err := findDevice(v, query)
		if err != nil {
			return err
		}
		if err := in.Rotate(ctx, d.ID); err != nil {
			return err
		}
		return a.answer(struct {
			Schema  int    `json:"schema"`
			Rotated string `json:"rotated"`
		}{schema, d.ID}, "%s\n", d.ID)
	})
}

func (a *app) runUnpair(ctx context.Context, query string, force bool) error {
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, v keeper, in inbox) error {
		d, err := findDevice(v, query)
		if err != nil {
			return err
		}
		err = in.Unpair(ctx, d.ID, force)
		if last, ok := errors.AsType[*approve.LastMethodError](err); ok {
			return lockedOut(d, last, err)
		}
		if err != nil {
			return err
		}
		return a.answer(struct {
			Schema  int    `json:"schema"`
			Removed string `json:"removed"`
		}{schema, d.ID}, "%s\n", d.ID)
	})
}

// lockedOut warns before the person shuts the last door.
func lockedOut(d vault.Device, last *approve.LastMethodError, err error) error {
	ways := "a recovery code or the administrator"
	if last.RecoveryLeft == 0 {
		ways = "the administrator"
	}
	return &hinted{err: err, hint: fmt.Sprintf(`2-step verification is still ON for %s, and this is the LAST device that can
approve. If you go on you will not be able to sign in to %s. You would need
%s. Do one of these first:
  - turn off 2-step verification: Account settings > Security
  - add another device or method
  - make new recovery codes
%s
To unpair anyway add --force`, d.Account, d.App, ways, last.SecurityURL)}
}
