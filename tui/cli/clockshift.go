package cli

// This file: `nod clock set-shift` corrects codes where the clock is wrong and can not
// be set.

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
)

// agreeing is how far servers' clocks may differ for one of them to stand for all.
const agreeing = 2 * time.Second

type shiftOptions struct {
	account    string
	fromServer bool
}

func (a *app) setShiftCommand() *cobra.Command {
	var o shiftOptions
	cmd := &cobra.Command{
		Use:   "set-shift SHIFT | --from-server [NAME]",
		Short: "make codes for another time than this machine's clock shows",
		Long: `Make the codes of this vault, or of one account, for a time that is SHIFT from
this machine's clock: +42s, -1.5s, 0 for none; at most 24 hours. The shifts of
vault and account add up. Better set the clock, where you may.

--from-server asks the paired servers, or the one named NAME, and takes what they
differ by. HOTP codes do not depend on the time. A nod too old to know of the
vault's shift does not open the vault until the shift is 0 again.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runSetShift(cmd.Context(), args, o) },
	}
	cmd.Flags().StringVar(&o.account, "account", "", "of this account only: `query` is its id or words")
	cmd.Flags().BoolVar(&o.fromServer, "from-server", false, "what the paired servers' clocks, or the one named, differ by")
	return cmd
}

// signed finds what looks like a flag and is a shift.
var signed = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-[0-9.]`) })

// shiftLast moves the negative shift of `nod clock set-shift` behind all flags and
// "--", since it looks like one of them.
func shiftLast(args []string) []string {
	at := slices.Index(args, "set-shift")
	if at < 1 || !slices.Contains(args[:at], "clock") || slices.Contains(args, "--") {
		return args
	}
	i := slices.IndexFunc(args, signed().MatchString)
	if i < at {
		return args
	}
	return append(slices.Delete(slices.Clone(args), i, i+1), "--", args[i])
}

func (a *app) runSetShift(ctx context.Context, args []string, o shiftOptions) error {
	var wanted time.Duration
	name := ""
	switch {
	case o.fromServer && len(args) == 1:
		name = args[0]
	case o.fromServer:
	case len(args) == 0:
		return &usageError{err: fmt.Errorf("no shift was given"), hint: "write it as +42s, -1.5s or 0, or take it --from-server"}
	default:
		var err error
		if wanted, err = time.ParseDuration(args[0]); err != nil {
			return &usageError{err: fmt.Errorf("%q is not a shift", args[0]), hint: "write it as +42s, -1.5s or 0"}
		}
		if err := vault.CheckShift(wanted); err != nil {
			return err
		}
	}
	return a.withRequests(ctx, defaultLimit, func(ctx context.Context, v keeper, in inbox) error {
		var x vault.Account
		if o.account != "" {
			var err error
			if x, err = findAccount(v, o.account); err != nil {
				return err
			}
			if x.Type == otp.HOTP {
				return usagef("an HOTP code depends on a counter, not on the time: it has no shift")
			}
		}
		if o.fromServer {
			var err error
			if wanted, err = a.measuredShift(ctx, v, in, name); err != nil {
				return err
			}
			if x.ID != "" {
				wanted -= v.Shift() // which is added as well
			}
		}
		return a.setShift(v, x, wanted)
	})
}

// measuredShift is what the paired servers' clocks, or the one that is named, differ
// by, to a tenth of a second.
func (a *app) measuredShift(ctx context.Context, v keeper, in inbox, name string) (time.Duration, error) {
	clocks, err := a.serverClocks(ctx, v, in, name)
	if err != nil {
		return 0, err
	}
	if len(clocks) == 0 {
		return 0, &statusError{exit: exitNotFound, name: "no_device", text: "this vault is not paired with any server", hint: "give the shift itself: nod clock set-shift +42s"}
	}
	found := told(clocks)
	if len(found) == 0 {
		return 0, untold(ctx, clocks)
	}
	if trusted := slices.DeleteFunc(slices.Clone(found), func(c approve.ServerClock) bool { return !c.Trusted }); len(trusted) > 0 {
		found = trusted
	} else {
		a.warn("the server does not prove who it is: its time is a hint only")
	}
	slices.SortFunc(found, func(a, b approve.ServerClock) int { return cmp.Compare(a.Reading.Offset, b.Reading.Offset) })
	if apart := found[len(found)-1].Reading.Offset - found[0].Reading.Offset; apart > agreeing {
		return 0, &statusError{
			exit: exitConflict, name: "servers_disagree", text: fmt.Sprintf("the servers' clocks are %.1f s apart", apart.Seconds()),
			hint: "nod clock shows them; name one: nod clock set-shift --from-server NAME",
		}
	}
	return found[len(found)/2].Reading.Offset.Round(100 * time.Millisecond), nil
}

// setShift stores the shift of x, or of the vault for no account, and says what has
// changed and how to undo it.
func (a *app) setShift(v keeper, x vault.Account, wanted time.Duration) error {
	before, what, undo := v.Shift(), "all codes of this vault", "nod clock set-shift "
	set := func() error { return v.SetShift(wanted) }
	if x.ID != "" {
		before, what, undo = x.Shift, "codes of "+accountLine(x), "nod clock set-shift --account "+x.ID+" "
		set = func() error {
			_, err := v.Edit(x.ID, func(x *vault.Account) { x.Shift = wanted })
			return err
		}
	}
	if wanted != before {
		if err := set(); err != nil {
			return err
		}
	}
	switch {
	case wanted == before:
		a.say("the shift was %s already", shiftText(wanted))
	case wanted == 0:
		a.say("%s are made for the time of this machine's clock again; undo with: %s%s", what, undo, shiftText(before))
	default:
		a.say("%s are made for a time %s from this machine's clock; undo with: %s%s", what, shiftText(wanted), undo, shiftText(before))
	}
	return a.answer(struct {
		Schema  int     `json:"schema"`
		Account string  `json:"account,omitempty"` // id; left out: of the vault
		Shift   float64 `json:"shift"`             // seconds
		Before  float64 `json:"before"`            // seconds
	}{schema, x.ID, wanted.Seconds(), before.Seconds()}, "%s\n", shiftText(wanted))
}

// shiftText writes a shift as set-shift reads it: +42s, -1.5s, 0.
func shiftText(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d > 0:
		return "+" + d.String()
	}
	return d.String()
}
