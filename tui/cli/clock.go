package cli

// This file: `nod clock show`, what time it is here and at the paired servers. What
// corrects codes where the clock is wrong is in clockshift.go.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

func (a *app) clockCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "clock", Short: "the time here and at the paired servers, and the shift of codes", Args: noArgs,
	}
	var server string
	show := &cobra.Command{
		Use: "show", Short: "ask the paired servers for the time", Args: noArgs,
		Long: `Ask each paired server for the time, and print how far it is from this machine's:
+42 s is a server that is ahead. A time is a hint only where the server does not
prove who it is, by a certificate that is checked. A Date comes in whole seconds:
half a second more or less.

The exit status is 11 when codes are made for a time more than a minute from a
server's, the shift of the vault included, and 8 when no server could be asked.
Without pairings it prints the time of this machine, and whether the system keeps
it right.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runClock(cmd.Context(), server) },
	}
	for _, c := range []*cobra.Command{cmd, show} {
		c.Flags().StringVar(&server, "server", "", "ask this pairing only: its `name`, id or words")
	}
	cmd.RunE, cmd.Long = show.RunE, show.Long
	cmd.AddCommand(show, a.setShiftCommand())
	return cmd
}

// clockPage is what `nod clock` prints.
type clockPage struct {
	now     time.Time
	shift   time.Duration // of the vault
	servers []approve.ServerClock
}

func (a *app) runClock(ctx context.Context, server string) error {
	err := a.withRequests(ctx, defaultLimit, func(ctx context.Context, v keeper, in inbox) error {
		clocks, err := a.serverClocks(ctx, v, in, server)
		if err != nil {
			return err
		}
		page := clockPage{a.env.Now(), v.Shift(), clocks}
		if err := a.printClock(page); err != nil {
			return err
		}
		return page.verdict(ctx)
	})
	if errors.Is(err, vault.ErrNoVault) && server == "" {
		return a.printClock(clockPage{now: a.env.Now()})
	}
	return err
}

// serverClocks asks all paired servers, or the one that is named.
func (a *app) serverClocks(ctx context.Context, v keeper, in inbox, server string) ([]approve.ServerClock, error) {
	devices := slices.DeleteFunc(v.Devices(), func(d vault.Device) bool { return d.Odd != "" })
	if server != "" {
		d, err := findDevice(v, server)
		if err != nil {
			return nil, err
		}
		devices = []vault.Device{d}
	}
	return in.Clocks(ctx, a.env.HTTP, devices), nil
}

// verdict is an error when no server told the time, or one's is too far off.
func (p clockPage) verdict(ctx context.Context) error {
	told, worst := told(p.servers), time.Duration(0)
	for _, c := range told {
		if left := c.Reading.Offset - p.shift; left.Abs() > worst.Abs() {
			worst = left
		}
	}
	switch {
	case len(p.servers) > 0 && len(told) == 0:
		return untold(ctx, p.servers)
	case worst.Abs() > approve.ClockTolerance:
		return &hinted{
			fmt.Errorf("%w: codes are made for a time %s", approve.ErrClock, aside(worst)),
			"set this machine's clock, for example with timedatectl set-ntp true; or correct the codes alone: nod clock set-shift --from-server",
		}
	}
	return nil
}

// told returns the clocks that were read.
func told(clocks []approve.ServerClock) []approve.ServerClock {
	return slices.DeleteFunc(slices.Clone(clocks), func(c approve.ServerClock) bool { return c.Err != nil })
}

// untold is the error for servers none of which told the time.
func untold(ctx context.Context, clocks []approve.ServerClock) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := clocks[0].Err; len(clocks) == 1 && errors.Is(err, approve.ErrUnreachable) {
		return err
	}
	return fmt.Errorf("%w: none of %d paired servers told the time", approve.ErrUnreachable, len(clocks))
}

// aside says on which side of a server's clock something is that lacks left.
func aside(left time.Duration) string {
	side := "behind the server's"
	if left < 0 {
		side = "ahead of the server's"
	}
	return fmt.Sprintf("%.1f s %s", left.Abs().Seconds(), side)
}

type serverClockJSON struct {
	ID              string         `json:"id"`
	Driver          string         `json:"driver"`
	Server          string         `json:"server"`
	App             string         `json:"app"`
	Time            *time.Time     `json:"time,omitempty"`
	ClockDifference *float64       `json:"clock_difference,omitempty"` // seconds, server minus this machine
	Source          approve.Source `json:"source,omitempty"`
	Authenticated   bool           `json:"authenticated"`
	RoundTrip       float64        `json:"round_trip,omitempty"` // seconds
	Error           string         `json:"error,omitempty"`      // stable name
}

type systemClockJSON struct {
	Time         *time.Time `json:"time"`
	Synchronised *bool      `json:"synchronised,omitempty"` // by NTP or the like; left out: not known
	MaxError     float64    `json:"max_error,omitempty"`    // seconds, as the system has it
}

func (a *app) printClock(p clockPage) error {
	system := systemClockJSON{Time: moment(p.now)}
	source := "this system"
	if synchronised, most, err := synchronisation(); err == nil {
		system.Synchronised, source = &synchronised, "this system, NOT synchronised"
		if synchronised {
			system.MaxError, source = most.Seconds(), "this system, synchronised"
		}
	}
	if a.flags.json {
		shapes := []serverClockJSON{}
		for _, c := range p.servers {
			shapes = append(shapes, serverClockShape(c, p.now))
		}
		return a.printJSON(struct {
			Schema  int               `json:"schema"`
			System  systemClockJSON   `json:"system"`
			Shift   float64           `json:"vault_shift"` // seconds
			Servers []serverClockJSON `json:"servers"`
		}{schema, system, p.shift.Seconds(), shapes})
	}
	rows := [][]string{{"CLOCK", "TIME", "DIFFERENCE", "SOURCE", "ROUND TRIP"}, {"system", clockTime(p.now), "", source}}
	if p.shift != 0 {
		rows = append(rows, []string{"codes", clockTime(p.now.Add(p.shift)), difference(p.shift), "shift of this vault"})
	}
	for _, c := range p.servers {
		rows = append(rows, serverClockRow(c, p.now))
	}
	return a.table(rows)
}

func serverClockShape(c approve.ServerClock, now time.Time) serverClockJSON {
	s := serverClockJSON{ID: c.Device.ID, Driver: c.Device.Driver, Server: c.Device.Server, App: c.Device.App}
	if c.Err != nil {
		s.Error = classify(c.Err, now).Code
		return s
	}
	off := c.Reading.Offset.Round(time.Millisecond).Seconds()
	s.Time, s.ClockDifference, s.Source = moment(now.Add(c.Reading.Offset)), &off, c.Reading.Source
	s.Authenticated, s.RoundTrip = c.Trusted, c.Reading.Trip.Round(time.Microsecond).Seconds()
	return s
}

func serverClockRow(c approve.ServerClock, now time.Time) []string {
	name := firstOf(c.Device.App, c.Device.Server) + " (" + c.Device.ID + ")"
	if c.Err != nil {
		return []string{name, "", "", "none: " + classify(c.Err, now).Code}
	}
	source := map[approve.Source]string{approve.SourceAnswer: "its answer", approve.SourceDate: "its Date"}[c.Reading.Source]
	if !c.Trusted {
		source += ", a hint only"
	}
	trip := ""
	if c.Reading.Trip > 0 {
		trip = fmt.Sprintf("%.1f ms", float64(c.Reading.Trip.Microseconds())/1000)
	}
	return []string{name, clockTime(now.Add(c.Reading.Offset)), difference(c.Reading.Offset), source, trip}
}

// difference is a difference of clocks as people read it.
func difference(d time.Duration) string { return fmt.Sprintf("%+.1f s", d.Seconds()) }

func clockTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 MST") }
