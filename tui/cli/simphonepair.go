package cli

// This file: how the phones of `nod sim phone` get their names, keys and numbers.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"nod/approve"
	"nod/approve/protocol"
	"nod/approve/sim"
)

const (
	onePhone  = "phone" // its name, unless it gets another
	maxPhones = 1000
)

var nameRange = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*)\{([0-9]{1,9})\.\.([0-9]{1,9})\}(.*)$`) })

// phoneNames returns the names that people mean with phone-{1..3}, which a shell
// may have taken apart already, and with a count.
func phoneNames(given []string, count int) ([]string, error) {
	if len(given) == 0 {
		given = []string{onePhone}
	}
	if count < 0 || count > maxPhones {
		return nil, usagef("--count is 1 to %d", maxPhones)
	}
	if count > 0 {
		if len(given) > 1 {
			return nil, usagef("--count numbers the phones of one name, not of %d", len(given))
		}
		given = []string{fmt.Sprintf("%s-{1..%d}", given[0], count)}
	}
	var names []string
	for _, name := range given {
		parts := nameRange().FindStringSubmatch(name)
		if parts == nil {
			names = append(names, name)
			continue
		}
		from, _ := strconv.Atoi(parts[2]) // at most nine digits
		to, _ := strconv.Atoi(parts[3])
		if from > to || to-from >= maxPhones {
			return nil, usagef("%q does not name 1 to %d phones", name, maxPhones)
		}
		for n := from; n <= to; n++ {
			names = append(names, parts[1]+strconv.Itoa(n)+parts[4])
		}
	}
	for i, name := range names {
		if strings.TrimSpace(name) == "" || slices.Contains(names[:i], name) {
			return nil, usagef("phones need names, each its own; %q is none", name)
		}
	}
	return names, nil
}

// origin is the server's address, in the one way to write it.
func (o phoneOptions) origin(a *app) (string, error) {
	if o.link != "" {
		link, err := protocol.ParseLink(o.link)
		if err != nil {
			return "", &usageError{err: err, hint: "copy the whole link, or take the registration code"}
		}
		return link.Server, nil
	}
	origin, err := protocol.Origin(o.address(a))
	if errors.Is(err, protocol.ErrInsecure) {
		return "", approve.ErrInsecure
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", approve.ErrAddress, err)
	}
	return origin, nil
}

// gather brings the phones to life: those kept from before, and new ones.
func (c *crowd) gather(ctx context.Context, names []string) error {
	origin, err := c.options.origin(c.app)
	if err != nil {
		return err
	}
	kept, err := c.kept(origin)
	if err != nil {
		return err
	}
	var pair func(ctx context.Context, p *sim.Phone, name string) error // signs in at its first use
	for _, name := range names {
		p, old := kept[name]
		if !old {
			if p = (&sim.Phone{Client: c.app.env.HTTP}); pair == nil {
				if pair, err = c.pairing(ctx, origin); err != nil {
					return err
				}
			}
			if err := pair(ctx, p, name); err != nil {
				return err
			}
		}
		p.Do, p.Number, p.Notify = c.do, c.number, c.print
		if err := c.ready(ctx, p, old); err != nil {
			return err
		}
		c.start(ctx, p)
	}
	return nil
}

// ready waits until the server knows the phone, keeps a new one, and tells of it.
func (c *crowd) ready(ctx context.Context, p *sim.Phone, kept bool) error {
	if err := p.Confirmed(ctx); err != nil {
		if kept && errors.Is(err, approve.ErrRefused) {
			err = &hinted{err, "the server knows nothing of what is in " + c.options.state + "; remove that, or name another directory"}
		}
		return err
	}
	if c.options.state != "" && !kept {
		if err := p.Save(c.options.state); err != nil {
			return err
		}
	}
	return c.printPaired(p, kept)
}

// kept returns the phones of --state for that server and this user, by name.
func (c *crowd) kept(origin string) (map[string]*sim.Phone, error) {
	phones := map[string]*sim.Phone{}
	if c.options.state == "" {
		return phones, nil
	}
	all, err := sim.LoadPhones(c.options.state, c.app.env.HTTP)
	for _, p := range all {
		user := c.options.user
		if p.Server() == origin && (strings.EqualFold(user, p.Account()) || strings.EqualFold(user, localPart(p.Account()))) {
			phones[p.Name()] = p
		}
	}
	return phones, err
}

// pairing returns how new phones are paired: by a person in the browser, who signs
// in now, or with what the caller has brought.
func (c *crowd) pairing(ctx context.Context, origin string) (func(context.Context, *sim.Phone, string) error, error) {
	if secret := firstOf(c.options.link, c.options.code); secret != "" {
		return func(ctx context.Context, p *sim.Phone, name string) error {
			if err := p.Pair(ctx, origin, secret, name); err != nil {
				return err
			}
			c.say("%s for %s at %s\nwords: %s\nCompare them with the site's and say yes there.", p.App(), p.Account(), origin, p.Words())
			return nil
		}, nil
	}
	password, err := c.options.password(c.app)
	if err != nil {
		return nil, err
	}
	number := ""
	portal := &sim.Portal{
		Server: origin, App: c.options.app, User: c.options.user, Password: password, Wait: true,
		Page: func(p sim.Page) {
			if p.Number != "" && p.Number != number {
				number = p.Number
				c.say("The site wants a device to let %s in; its number is %s.", c.options.user, number)
			}
		},
	}
	if err := portal.SignIn(ctx); err != nil {
		return nil, err
	}
	return func(ctx context.Context, p *sim.Phone, name string) error {
		return pairAtPortal(ctx, portal, p, origin, name)
	}, nil
}

// pairAtPortal plays both sides of a pairing.
func pairAtPortal(ctx context.Context, portal *sim.Portal, p *sim.Phone, origin, name string) error {
	_, code, err := portal.NewDevice(ctx)
	if err != nil {
		return err
	}
	if err := p.Pair(ctx, origin, code, name); err != nil {
		return err
	}
	words, err := portal.PendingDevice(ctx)
	if err != nil {
		return err
	}
	if words != p.Words() {
		return fmt.Errorf("%w: the site shows the words %q, the phone %q", approve.ErrRefused, words, p.Words())
	}
	_, err = portal.ConfirmDevice(ctx, name)
	return err
}

// numberSource is where the phones get the number to type.
func (a *app) numberSource(ctx context.Context, o phoneOptions) (sim.NumberFunc, error) {
	switch {
	case o.number != "":
		return func(context.Context, string, string, string) (string, error) { return o.number, nil }, nil
	case o.from != "":
		if err := a.stdinTaken("the numbers"); err != nil {
			return nil, err
		}
		return a.numberLines(ctx), nil
	}
	origin, err := o.origin(a)
	return sim.DevNumber(origin, a.env.HTTP), err
}

// numberLines gives each request the next line of standard input, the same one to
// all phones that ask for it.
func (a *app) numberLines(ctx context.Context) sim.NumberFunc {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(a.env.Stdin); in.Scan(); {
			line := strings.TrimSpace(in.Text())
			if line == "" {
				continue
			}
			select {
			case lines <- line:
			case <-ctx.Done():
				return
			}
		}
	}()
	var mu sync.Mutex
	given := map[string]string{} // by request
	return func(ctx context.Context, id, _, _ string) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if number, ok := given[id]; ok {
			return number, nil
		}
		select {
		case line, ok := <-lines:
			switch {
			case !ok:
				return "", errors.New("standard input has no more numbers")
			case !twoDigits().MatchString(line):
				return "", errors.New("the line of standard input is not two digits")
			}
			given[id] = line
			return line, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
