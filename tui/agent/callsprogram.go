package agent

// This file answers the calls of a program that shows the vault all the time: what has
// changed since it last asked, and the codes of what is on its screen. Both keep nothing
// awake and hand nothing out; opTouch tells that a person is there.

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

const (
	opContent = "content"
	opSteps   = "steps"
	opTouch   = "touch"
	opCheck   = "check"
)

// lookSpan is how far from now the codes may be that a program shows: those of other
// times are handed out, and remembered.
const lookSpan = time.Minute

type (
	contentArgs struct{ Have string } // the version that the client has; "": none
	stepsArgs   struct {
		IDs []string
		At  time.Time
	}
)

// content is what has changed of a vault.
type content struct {
	Version string
	Whole   bool            // it is everything; else what is added to the version that the client has
	Shown   []vault.Account // new or changed
	Gone    []string        // ids of accounts
	Events  []vault.Event   // of the history, newest first
	Devices []vault.Device  // all
	Shift   time.Duration
}

// steps are the codes of one account, beginning with that of the moment asked for.
type steps struct {
	Values []string      // empty: it has no code that depends on the time
	Left   time.Duration // until the second
	Period time.Duration
}

// sent is what a connection was told of the vault.
type sent struct {
	version  string
	accounts []vault.Account
	history  []vault.Event
}

// programCall answers what a program asks; nil: it is no such call.
func programCall(op string) answerer {
	switch op {
	case opContent:
		return func(_ context.Context, c *session, o *opened, m call, _ []byte) (any, error) {
			a, err := read[contentArgs](m)
			if err != nil {
				return nil, err
			}
			return c.content(o, a.Have), nil
		}
	case opSteps:
		return taking(func(_ context.Context, o *opened, a stepsArgs) ([]steps, error) {
			all := make([]steps, len(a.IDs))
			if time.Until(a.At).Abs() > lookSpan {
				return all, nil
			}
			for i, id := range a.IDs {
				var err error
				if all[i], err = stepsOf(o.vault, id, a.At); err != nil && !errors.Is(err, vault.ErrNotFound) {
					return nil, err
				}
			}
			return all, nil
		})
	case opTouch:
		return taking(func(context.Context, *opened, nothing) (nothing, error) { return nothing{}, nil })
	case opCheck:
		return taking(func(_ context.Context, o *opened, _ nothing) (nothing, error) {
			o.inbox.Check()
			return nothing{}, nil
		})
	}
	return nil
}

// idleCall tells whether a call keeps nothing awake: a program makes it without a person.
func idleCall(op string) bool {
	return op == opContent || op == opSteps || op == opCheck || op == opState
}

// content tells what the client does not have yet.
func (c *session) content(o *opened, have string) content {
	now := sent{version: fmt.Sprintf("%d-%d", o.since.UnixNano(), o.vault.Revision())}
	if have == now.version {
		return content{Version: have}
	}
	now.accounts, now.history = o.vault.Accounts(), o.vault.History()
	news := content{Version: now.version, Devices: o.vault.Devices(), Shift: o.vault.Shift()}
	before := c.sent
	c.sent = now
	added := len(now.history) - len(before.history)
	if have == "" || have != before.version || added < 0 || !slices.Equal(now.history[added:], before.history) {
		news.Whole, news.Shown, news.Events = true, now.accounts, now.history
		return news
	}
	news.Events = now.history[:added]
	news.Shown, news.Gone = difference(before.accounts, now.accounts)
	return news
}

// difference lists what is in after and not in before, and the ids of what is gone.
func difference(before, after []vault.Account) (changed []vault.Account, gone []string) {
	known := make(map[string]int, len(before))
	for i, x := range before {
		known[x.ID] = i
	}
	for _, x := range after {
		if i, ok := known[x.ID]; !ok || !reflect.DeepEqual(before[i], x) {
			changed = append(changed, x)
		}
		delete(known, x.ID)
	}
	for id := range known {
		gone = append(gone, id)
	}
	return changed, gone
}

// stepsOf makes three codes of an account, without handing them out: two to show, and
// one for when the first has run out before the program asks again.
func stepsOf(v *vault.Vault, id string, at time.Time) (steps, error) {
	x, err := v.Account(id)
	if err != nil || x.Type == otp.HOTP || x.Odd != "" || x.Confirm {
		return steps{}, err
	}
	first, err := v.Code(id, at)
	if err != nil {
		return steps{}, err
	}
	second, err := v.Code(id, at.Add(first.Left))
	return steps{[]string{first.Value, first.Next, second.Next}, first.Left, first.Period}, err
}
