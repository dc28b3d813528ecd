package cli

// This file: what a command that asks nobody knows of servers' clocks.

import (
	"cmp"
	"slices"
	"time"

	"nod/vault"
)

// clockSource is what is known of clocks without asking anybody.
type clockSource interface {
	Shift() time.Duration
	Differences(now time.Time) []vault.Difference
	Device(id string) (vault.Device, error)
}

// clockLimit is from where on a difference is worth a warning.
const clockLimit = 2 * time.Second

// lastDifference is what was last measured, within a day, of the clock of the server
// that x is for or, where x belongs to no pairing, of the paired server that is most off.
// Servers that prove who they are go before others, whose time is a hint only.
func lastDifference(v clockSource, x vault.Account, now time.Time) (vault.Difference, bool) {
	known := v.Differences(now)
	for _, only := range []func(vault.Difference) bool{
		func(d vault.Difference) bool { return d.Device == x.Device },
		func(d vault.Difference) bool { return d.Trusted },
	} {
		if slices.ContainsFunc(known, only) {
			known = slices.DeleteFunc(known, func(d vault.Difference) bool { return !only(d) })
		}
	}
	if len(known) == 0 {
		return vault.Difference{}, false
	}
	left := func(d vault.Difference) time.Duration { return (d.Offset - v.Shift()).Abs() }
	return slices.MaxFunc(known, func(a, b vault.Difference) int { return cmp.Compare(left(a), left(b)) }), true
}

// warnClock warns when the code of x is made for a time that is not the server's: the
// clock differs and no shift corrects it, or a shift corrects what is right. It
// returns the difference in seconds, nil when it is not known.
func (a *app) warnClock(v clockSource, x vault.Account, now time.Time) *float64 {
	d, ok := lastDifference(v, x, now)
	if !ok {
		return nil
	}
	off := d.Offset.Seconds()
	left := d.Offset - v.Shift()
	if left.Abs() <= clockLimit || (left-x.Shift).Abs() <= clockLimit {
		return &off // an account's own shift is for its own site's clock
	}
	name, hint := d.Device, ""
	if p, err := v.Device(d.Device); err == nil {
		name = firstOf(p.App, p.Server)
	}
	if !d.Trusted {
		hint = " (a hint only: it does not prove who it is)"
	}
	a.warn("codes are made for a time %s, asked at %s of %s%s; nod clock shows more, nod clock set-shift --from-server corrects it",
		aside(left), d.At.Local().Format("15:04"), name, hint)
	return &off
}
