package cli

// This file: `nod pause` asks servers to send no login requests for a while,
// `nod resume` to send them again.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

const usualPause = time.Hour

// pauseOptions say whose requests; length 0 is `nod resume`.
type pauseOptions struct {
	server string
	length time.Duration
}

func (a *app) pauseCommand() *cobra.Command {
	var o pauseOptions
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "let no login requests come for a while; codes still work",
		Long: `Ask the servers of all pairings, or those of --server, to send no login requests to
any device of the account. Whoever signs in meanwhile is told until when, and can
use a code. After a report servers pause by themselves; that is never made shorter.`,
		Example: `  nod pause
  nod pause --server rms --for 20m
  nod pause --for 168h --json | jq -r '.servers[].paused_until'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.length <= 0 || o.length > approve.MaxPause {
				return &usageError{err: errors.New("--for takes a time of up to 720h (30 days)"), hint: "to lift a pause: nod resume"}
			}
			return a.runPause(cmd.Context(), o)
		},
	}
	pauseFlags(cmd, &o)
	cmd.Flags().DurationVar(&o.length, "for", usualPause, "how long: a `time` such as 20m or 8h")
	return cmd
}

func (a *app) resumeCommand() *cobra.Command {
	var o pauseOptions
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "let login requests come again",
		Long: `Lift the pause of all pairings, or of those of --server. A pause that a server made
by itself, after a report or too many requests, stays until its end: status 9.`,
		Example: "  nod resume\n  nod resume --server rms",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runPause(cmd.Context(), o) },
	}
	pauseFlags(cmd, &o)
	return cmd
}

func pauseFlags(cmd *cobra.Command, o *pauseOptions) {
	cmd.Flags().StringVar(&o.server, "server", "", "only this `server`: its address, or the id or words of a pairing")
}

// pausedJSON is a pairing and the pause that its server keeps.
type pausedJSON struct {
	deviceJSON
	OK bool `json:"ok"`
	pauseJSON
	Error string `json:"error,omitempty"` // stable name
}

// pauseJSON is until when a server sends no requests, and why: device, report or limit.
type pauseJSON struct {
	PausedUntil *time.Time          `json:"paused_until,omitempty"`
	PausedWhy   approve.PauseReason `json:"paused_why,omitempty"`
}

func pauseShape(p approve.Pause) pauseJSON { return pauseJSON{moment(p.Until), p.Why} }

// text is what becomes of requests.
func (p pauseJSON) text(now time.Time) string {
	if p.PausedUntil == nil || !p.PausedUntil.After(now) {
		return "sent"
	}
	return pauseText(approve.Pause{Until: *p.PausedUntil, Why: p.PausedWhy}, now)
}

// pausedError says that a server keeps a pause that was to be lifted.
type pausedError struct {
	device vault.Device
	pause  approve.Pause
	now    time.Time
}

func (e *pausedError) Error() string {
	return fmt.Sprintf("%s: requests stay %s", firstOf(e.device.App, e.device.Server), pauseText(e.pause, e.now))
}

func (a *app) runPause(ctx context.Context, o pauseOptions) error {
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, v keeper, in inbox) error {
		devices, err := pausable(v, o.server)
		if err != nil {
			return err
		}
		pauses, errs := make([]approve.Pause, len(devices)), make([]error, len(devices))
		var wg sync.WaitGroup
		for i, d := range devices {
			wg.Go(func() { pauses[i], errs[i] = a.pauseOne(ctx, in, d, o.length) })
		}
		wg.Wait()
		if err := a.printPauses(devices, pauses, errs); err != nil {
			return err
		}
		return errors.Join(errs...)
	})
}

// pauseOne pauses the requests of one pairing, or with length 0 lifts the pause.
func (a *app) pauseOne(ctx context.Context, in inbox, d vault.Device, length time.Duration) (approve.Pause, error) {
	if length > 0 {
		return in.Pause(ctx, d.ID, length)
	}
	p, err := in.Resume(ctx, d.ID)
	if now := a.env.Now(); err == nil && p.On(now) {
		err = &pausedError{d, p, now}
	}
	return p, err
}

// pausable returns the pairings that are meant: those of the server with that
// address, or the one that findDevice knows; without a name all that are active.
func pausable(v keeper, name string) ([]vault.Device, error) {
	all := v.Devices()
	var found []vault.Device
	for _, d := range all {
		_, host, _ := strings.Cut(d.Server, "://")
		named := name == "" || strings.EqualFold(strings.TrimRight(name, "/"), d.Server) || strings.EqualFold(name, host)
		if named && d.State == vault.DeviceActive {
			found = append(found, d)
		}
	}
	switch {
	case len(all) == 0:
		return nil, &statusError{exit: exitNotFound, name: "no_device", text: "this vault is not paired with any server", hint: "nod pair"}
	case len(found) > 0:
		return found, nil
	case name == "":
		return nil, &statusError{exit: exitNotFound, name: "no_device", text: "no pairing of this vault is active", hint: "nod servers test says why"}
	}
	d, err := findDevice(v, name)
	return []vault.Device{d}, err
}

func (a *app) printPauses(devices []vault.Device, pauses []approve.Pause, errs []error) error {
	now := a.env.Now()
	shapes := []pausedJSON{}
	rows := [][]string{{"ID", "APP", "ACCOUNT", "SERVER", "REQUESTS"}}
	for i, d := range devices {
		shape := pausedJSON{deviceJSON: deviceShape(d), OK: errs[i] == nil, pauseJSON: pauseShape(pauses[i])}
		text := shape.text(now)
		if errs[i] != nil {
			shape.Error = classify(errs[i], now).Code
			if shape.PausedUntil == nil {
				text = shape.Error
			}
		}
		shapes = append(shapes, shape)
		rows = append(rows, []string{d.ID, d.App, d.Account, d.Server, text})
	}
	if a.flags.json {
		return a.printJSON(struct {
			Schema  int          `json:"schema"`
			Servers []pausedJSON `json:"servers"`
		}{schema, shapes})
	}
	return a.table(rows)
}

// pauseText says until when, by the local clock, and why when no device asked for it.
func pauseText(p approve.Pause, now time.Time) string {
	layout := "15:04"
	if end := p.Until.Local(); end.Format(time.DateOnly) != now.Local().Format(time.DateOnly) {
		layout = "2006-01-02 15:04"
	}
	text := "paused until " + p.Until.Local().Format(layout)
	switch p.Why {
	case approve.PauseReport:
		text += " (after a report)"
	case approve.PauseLimit:
		text += " (after too many requests)"
	}
	return text
}
