package cli

// This file: `nod sim phone` are phones that answer by themselves. How they are
// paired is in simphonepair.go, what they print in simphoneprint.go.

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"nod/approve/sim"
)

// phoneOptions are the flags of nod sim phone.
type phoneOptions struct {
	browser
	names        []string
	count        int
	do           []string
	requests     int
	code, link   string
	number, from string
	state        string
}

func (a *app) simPhoneCommand() *cobra.Command {
	var o phoneOptions
	cmd := &cobra.Command{
		Use:   "phone [NAME...]",
		Short: "phones that answer by themselves",
		Long: `Pair simulated phones with an account and let them answer its requests until they
are interrupted. Their keys are in memory only, and they are marked as simulated at
the site. nod plays the person in the browser, too: it signs in, asks for a code
and says yes to each phone. With --code or --link it does not; say yes yourself.

Each --do is "[app=NAME] [user=NAME]: ACT [twice] [late] [after TIME]", where ACT is
accept, ignore, deny, report, never (it does not even poll) or wrong-number. The
first one that fits a request counts; a request that none fits is left alone. late
answers when the request has expired, twice sends the answer once more.

The number to type comes from the demo server's page /dev/requests, or is given.`,
		Example: `  nod server demo
  nod sim phone --user ana --name 'phone-{1..3}' --do 'accept after 300ms'
  nod sim phone --user ben --do 'app=rms: deny after 2s' --do never --requests 1
  nod sim login --user ana`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runSimPhone(cmd.Context(), o, args) },
	}
	o.browser.register(cmd)
	f := cmd.Flags()
	f.StringVar(&o.app, "app", "rms", "the `site` where they are paired")
	f.StringArrayVar(&o.names, "name", nil, "`name` of a phone, or of several: phone-{1..3} (phone)")
	f.IntVar(&o.count, "count", 0, "so `many` phones, which are numbered: phone-1, phone-2")
	f.StringArrayVar(&o.do, "do", nil, "what they do with a request: an `act`; again for other requests (accept)")
	f.IntVar(&o.requests, "requests", 0, "leave when each phone is through with so `many` requests")
	f.StringVar(&o.code, "code", "", "pair one phone with this registration `code`")
	f.StringVar(&o.link, "link", "", "pair one phone with this pairing `link`")
	f.StringVar(&o.number, "number", "", "the `number` to type, always")
	f.StringVar(&o.from, "number-from", "", "the numbers are lines of `-`, standard input, one for each request")
	f.StringVar(&o.state, "state", "", "keep the phones in this `directory`, their keys unprotected: for tests only")
	return cmd
}

// twoDigits is a number to match.
var twoDigits = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{2}$`) })

// check finds wrong uses before anything is done.
func (o phoneOptions) check(phones []string) error {
	switch {
	case o.code != "" && o.link != "":
		return usagef("give --code or --link, not both")
	case o.code+o.link != "" && len(phones) != 1:
		return usagef("a code or link pairs one phone, not %d", len(phones))
	case o.number != "" && o.from != "":
		return usagef("give --number or --number-from, not both")
	case o.number != "" && !twoDigits().MatchString(o.number):
		return usagef("--number is two digits")
	case o.from != "" && o.from != "-":
		return usagef("--number-from takes only -, which is standard input")
	case o.from != "" && o.passwordStdin:
		return usagef("standard input can not hold both the password and the numbers")
	case o.requests < 0:
		return usagef("--requests is a count")
	}
	return nil
}

// behaviours reads --do; without it phones accept.
func (o phoneOptions) behaviours() ([]sim.Behaviour, error) {
	if len(o.do) == 0 {
		return []sim.Behaviour{sim.Accept()}, nil
	}
	var all []sim.Behaviour
	for _, text := range o.do {
		b, err := sim.ParseBehaviour(text)
		if err != nil {
			return nil, &usageError{err: err, hint: "such as --do 'accept after 300ms' --do 'app=rms: deny'"}
		}
		all = append(all, b)
	}
	return all, nil
}

func (a *app) runSimPhone(ctx context.Context, o phoneOptions, args []string) error {
	names, err := phoneNames(slices.Concat(o.names, args), o.count)
	if err != nil {
		return err
	}
	do, err := o.behaviours()
	if err != nil {
		return err
	}
	if err := o.check(names); err != nil {
		return err
	}
	if !(&sim.Phone{Do: do}).Polls() && o.requests > 0 {
		return usagef("phones that never poll get through no request: leave --requests away")
	}
	whole := ctx
	ctx, cancel := a.limited(ctx, 0)
	defer cancel()
	number, err := a.numberSource(ctx, o)
	if err != nil {
		return err
	}
	c := &crowd{app: a, options: o, do: do, number: number}
	err = c.run(ctx, names)
	switch {
	case err != nil:
		return err
	case whole.Err() != nil && o.requests == 0 && !errors.Is(context.Cause(whole), errTimeUp):
		return nil // that is how phones without an end are stopped
	}
	return context.Cause(ctx) // of --timeout, or of an interruption; nil when all requests were answered
}

// crowd are the phones of one run.
type crowd struct {
	app     *app
	options phoneOptions
	do      []sim.Behaviour
	number  sim.NumberFunc

	printing sync.Mutex
	stop     context.CancelCauseFunc // ends all phones; nil as cause: they are through
	running  sync.WaitGroup
	phones   []*sim.Phone
}

// errThrough ends phones that have nothing left to do.
var errThrough = errors.New("all requests are answered")

// run pairs the phones one after another, each of which then runs, and waits for
// their end. It returns nil when they are through, and when ctx has ended.
func (c *crowd) run(ctx context.Context, names []string) error {
	running, stop := context.WithCancelCause(ctx)
	c.stop = stop
	err := c.gather(running, names)
	if err == nil && c.options.requests > 0 {
		err = c.wait(running)
	} else if err == nil {
		<-running.Done()
	}
	if cause := context.Cause(running); cause != nil && ctx.Err() == nil {
		err = cause // of the phone that ended all
	}
	stop(errThrough)
	c.running.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// start lets a phone run beside the others.
func (c *crowd) start(ctx context.Context, p *sim.Phone) {
	c.phones = append(c.phones, p)
	c.running.Go(func() {
		if err := p.Run(ctx); err != nil {
			c.stop(err)
		}
	})
}

// wait waits until all phones are through with their requests.
func (c *crowd) wait(ctx context.Context) error {
	for _, p := range c.phones {
		if err := p.WaitOver(ctx, c.options.requests); err != nil {
			return err
		}
	}
	return nil
}
