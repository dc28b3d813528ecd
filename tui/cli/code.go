package cli

// This file: `nod code` prints one code. How it waits is in codewait.go, and what
// prints many codes in codeall.go.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/tui/agent"
	"nod/vault"
	"nod/vault/otp"
)

// codeSource is what `nod code` needs of an unlocked vault.
type codeSource interface {
	Accounts() []vault.Account
	Find(query string) []vault.Account
	Give(id string, now time.Time, g vault.Giving) (vault.Code, error)
	GiveAll(ids []string, now time.Time, g vault.Giving) ([]vault.Code, error)
	MarkUsed(id, how string, now time.Time) error
	clockSource
}

type codeOptions struct {
	copy, next, all, watch bool
	fresh, wait, noWait    bool
	minLeft                int // seconds
	at, kind               string

	when time.Time // what at says; zero: now
}

const codeLong = `Print the present code of the account that QUERY finds: its id; its issuer, or
issuer and name; words that are all in its issuer, name or tags; or else letters
of them in their order (ghb for GitHub). Nothing but the digits is printed on
standard output. More than one match is an error that lists them.

Every code that is printed or copied counts as handed out, also what --next,
--at (up to a day ahead) and the "next" of --json show. --fresh prints none of
them again: it waits for the next code if it must, or up to --timeout. Where this
machine has no record of the codes handed out, the present code is not fresh.

An HOTP account moves to its next counter, which is stored before the code is
printed. --all leaves HOTP accounts out unless --type hotp is given, and does not
count uses.`

func (a *app) codeCommand() *cobra.Command {
	var o codeOptions
	cmd := &cobra.Command{
		Use:   "code [QUERY]",
		Short: "print the present code of an account",
		Long:  codeLong,
		Args:  maxArgs(8),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runCode(cmd.Context(), strings.Join(args, " "), o)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.copy, "copy", "c", false, "put the code on the clipboard instead of printing it")
	f.BoolVar(&o.next, "next", false, "the code after the present one")
	f.StringVar(&o.at, "at", "", "the code at this `time` (2026-11-22T20:00:00Z, @1700000000)")
	f.BoolVar(&o.fresh, "fresh", false, "only a code that was not handed out before; waits for it")
	f.IntVar(&o.minLeft, "min-left", 0, "only a code that is good for so many `seconds`")
	f.BoolVar(&o.wait, "wait", false, "with --min-left: wait for the next code if it must")
	f.BoolVar(&o.noWait, "no-wait", false, "with --fresh: do not wait, but fail")
	f.BoolVar(&o.all, "all", false, "the codes of all accounts, or of all that QUERY finds: code, id, issuer, account")
	f.BoolVar(&o.watch, "watch", false, "print each new code, until interrupted")
	f.StringVar(&o.kind, "type", "", "only accounts of this `type`: totp hotp steam motp yandex")
	return cmd
}

// check reads o.at and refuses what does not go together.
func (o *codeOptions) check() error {
	if o.at != "" {
		var err error
		if o.when, err = parseMoment(o.at); err != nil {
			return &usageError{err: fmt.Errorf("--at %q is not a time", o.at), hint: "write it as 2026-11-22T20:00:00Z or @1700000000"}
		}
	}
	for _, c := range []struct {
		bad  bool
		what string
	}{
		{o.at != "" && (o.fresh || o.minLeft > 0 || o.watch), "--at takes no --fresh, --min-left or --watch: it does not wait"},
		{o.next && o.minLeft > 0, "--next takes no --min-left: the next code is good for a whole period"},
		{o.all && (o.fresh || o.minLeft > 0 || o.watch || o.copy), "--all takes no --fresh, --min-left, --watch or --copy"},
		{o.watch && (o.copy || o.noWait), "--watch takes no --copy or --no-wait"},
		{o.wait && o.noWait, "--wait or --no-wait, not both"},
		{o.minLeft < 0, "--min-left takes a number of seconds"},
	} {
		if c.bad {
			return usagef("%s", c.what)
		}
	}
	switch otp.Type(o.kind) {
	case "", otp.TOTP, otp.HOTP, otp.Steam, otp.MOTP, otp.Yandex:
		return nil
	}
	return usagef("--type %q: use totp, hotp, steam, motp or yandex", o.kind)
}

// lastMoment is the end of the year 9999 in seconds since 1970.
const lastMoment = 253402300799

// parseMoment reads RFC 3339, or seconds behind an @; both of 1970 to 9999.
func parseMoment(text string) (t time.Time, err error) {
	if unix, ok := strings.CutPrefix(text, "@"); ok {
		var n int64
		n, err = strconv.ParseInt(unix, 10, 64)
		t = time.Unix(n, 0)
	} else {
		t, err = time.Parse(time.RFC3339, text)
	}
	if n := t.Unix(); err == nil && (n < 0 || n > lastMoment) {
		err = errors.New("there are no codes of that time")
	}
	return t, err
}

func (a *app) runCode(ctx context.Context, query string, o codeOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.copy { // a code that is handed out is gone, and a counter has moved
		if err := a.canCopy(); err != nil {
			return err
		}
	}
	return a.withCodes(ctx, func(src codeSource) error {
		ctx, cancel := a.limited(ctx, 0)
		defer cancel()
		if o.all {
			return a.printAll(src, query, o)
		}
		x, err := pickAccount(src, query, o.kind)
		if err != nil {
			return err
		}
		if err := o.fits(x); err != nil {
			return err
		}
		if _, isAgent := src.(*agent.Client); isAgent && x.Confirm { // to type it takes a while: then look at the clock
			cred, err := a.confirming(ctx)
			if err != nil {
				return err
			}
			cred.Wipe()
		}
		if isGuess(x, query) {
			a.say("took %q for %s", query, strings.TrimSpace(x.Issuer+" "+x.Name))
		}
		if o.watch {
			return a.watchCode(ctx, src, x, o)
		}
		c, _, err := a.awaitCode(ctx, src, x, o)
		if err != nil {
			return err
		}
		return a.giveCode(ctx, src, x, c, o)
	})
}

// withCodes runs do with what gives the codes.
func (a *app) withCodes(ctx context.Context, do func(codeSource) error) error {
	return a.withKeeper(ctx, func(v keeper) error { return do(v) })
}

// fits refuses what the account can not do.
func (o *codeOptions) fits(x vault.Account) error {
	switch {
	case x.Type == otp.HOTP && (o.next || o.at != "" || o.watch):
		return usagef("an HOTP code depends on a counter, not on the time: no --next, no --at, no --watch")
	case x.Type != otp.HOTP && o.minLeft > 0 && o.minLeft >= x.Period: // a wait for all of it would not end
		return usagef("its codes are good for less than %d seconds: %d can not be had", x.Period, o.minLeft)
	}
	return nil
}

// giveCode prints or copies a code that was handed out, and counts the use.
func (a *app) giveCode(ctx context.Context, src codeSource, x vault.Account, c vault.Code, o codeOptions) error {
	how := "printed"
	if o.copy {
		how = "copied"
		if err := a.copyText(ctx, c.Value, firstOf(x.Issuer, x.Name)); err != nil {
			if x.Type == otp.HOTP {
				a.warn("the counter has moved: the next code is another one")
			}
			return err
		}
	}
	a.markUsed(src, x, how)
	var clock *timeJSON
	if x.Type != otp.HOTP {
		clock = &timeJSON{VaultShift: src.Shift().Seconds()}
		if o.at == "" {
			clock.ClockDifference = a.warnClock(src, x, a.env.Now())
		}
	}
	if o.copy && !a.flags.json {
		return nil
	}
	return a.printCode(x, c, clock)
}

// markUsed counts the use; a code does not wait for that.
func (a *app) markUsed(src codeSource, x vault.Account, how string) {
	if err := src.MarkUsed(x.ID, how, a.env.Now()); err != nil {
		a.warn("the use could not be noted: %v", err)
	}
}

// printCode prints a code: its digits, or the account with it as a line of JSON.
func (a *app) printCode(x vault.Account, c vault.Code, clock *timeJSON) error {
	shape := withCode(x, c)
	shape.timeJSON = clock
	return a.answer(struct {
		Schema int `json:"schema"`
		accountJSON
	}{schema, shape}, "%s\n", c.Value)
}

// withCode is an account with its code; an HOTP account shows the counter of the code.
func withCode(x vault.Account, c vault.Code) accountJSON {
	s := accountShape(x)
	s.codeJSON = codeShape(c)
	if x.Type == otp.HOTP {
		s.Counter = &c.Counter
	}
	return s
}
