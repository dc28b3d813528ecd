package sim

// A phone at work: it polls, and answers each request as it was told to.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"nod/approve"
	"nod/approve/protocol"
)

const (
	pollWait = 25 * time.Second // of a long poll
	lateBy   = time.Second      // after the expiry: a challenge tells it in whole seconds
	maxPause = time.Minute      // between polls that fail
)

// Polls tells whether the phone has any reason to poll.
func (p *Phone) Polls() bool { return !deaf(p.Do) }

// Run polls and answers until ctx ends; then it returns nil. It ends before that
// only when the server does not know the phone any more. Run must not be called twice.
func (p *Phone) Run(ctx context.Context) error {
	if !p.Polls() {
		<-ctx.Done()
		return nil
	}
	var answers sync.WaitGroup
	defer answers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	since, cursor, pause := p.clock.now(), "", time.Duration(0)
	for ctx.Err() == nil {
		began := time.Now()
		list, err := p.poll(ctx, cursor)
		switch {
		case ctx.Err() != nil:
			return nil
		case gone(err):
			return fmt.Errorf("poll as %s: %w", p.Name(), err)
		case err != nil:
			p.notify(Event{Kind: EventTrouble, Err: fmt.Errorf("poll: %w", err)})
			pause = longer(pause, err)
		default:
			pause = time.Duration(max(0, list.Interval)) * time.Second
			if list.Cursor == cursor && time.Since(began) < askAgain {
				pause = max(pause, askAgain) // a server that does not wait must not be asked in a circle
			}
			cursor = list.Cursor
			for _, r := range list.Requests {
				if p.book.meet(r.ID) {
					answers.Go(func() { p.take(ctx, r) })
				}
			}
			p.noteEnds(list.Ended, since)
		}
		if pause > 0 && sleep(ctx, pause) != nil {
			return nil
		}
	}
	return nil
}

// longer is the pause after a poll that failed.
func longer(pause time.Duration, err error) time.Duration {
	pause = min(max(2*time.Second, 2*pause), maxPause)
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		pause = max(pause, refused.wait())
	}
	return pause
}

// gone tells whether the server does not know the phone, or not any more.
func gone(err error) bool {
	return errors.Is(err, errUnpaired) || errors.Is(err, approve.ErrRevoked) || errors.Is(err, approve.ErrPairingRefused)
}

func (p *Phone) poll(ctx context.Context, cursor string) (list protocol.RequestsAnswer, err error) {
	query := url.Values{"wait": {strconv.Itoa(int(pollWait / time.Second))}}
	if cursor != "" {
		query.Set("after", cursor)
	}
	err = p.call(ctx, http.MethodGet, protocol.PathRequests+"?"+query.Encode(), pollWait, nil, &list)
	if err == nil {
		p.clock.set(list.Time)
	}
	return list, err
}

// noteEnds notes the ends of requests, but not of those from before the phone ran.
func (p *Phone) noteEnds(ended []protocol.Ended, since time.Time) {
	for _, e := range ended {
		if e.At.After(since) {
			p.book.end(e.ID)
		}
	}
}

// take does with a request what the first behaviour that fits says.
func (p *Phone) take(ctx context.Context, pending protocol.Pending) {
	answered := false
	defer func() { p.book.leave(pending.ID, answered) }()
	c, err := protocol.VerifyChallenge(pending.Challenge, p.pairing.key, p.pairing.server,
		protocol.Thumbprint(p.transport.Public()), p.clock.now())
	if err != nil {
		p.notify(Event{Kind: EventTrouble, Err: fmt.Errorf("request %s: %w", approve.Text(pending.ID), err)})
		return
	}
	r := Request{
		ID: c.ID, App: c.Profile, Site: c.App, Account: c.Account, Expires: time.Unix(c.Expires, 0), Seen: time.Now(),
	}
	b, found := choose(p.Do, r)
	p.notify(Event{Kind: EventRequest, Request: r, Behaviour: b})
	if !found || b.act == actNever {
		return
	}
	answered = p.answer(ctx, r, pending.Challenge, c.NumberNeeded, b)
}

// answer gives an answer, and tells whether it got so far before ctx ended.
func (p *Phone) answer(ctx context.Context, r Request, challenge string, numbered bool, b Behaviour) bool {
	outcome := func(o Outcome) {
		o.Request, o.Behaviour, o.Took = r.ID, b, time.Since(r.Seen)
		p.notify(Event{Kind: EventAnswered, Request: r, Behaviour: b, Outcome: o})
	}
	number, err := p.number(ctx, r, numbered, b) // before all waiting: a page does not show it for ever
	if err == nil {
		err = p.hold(ctx, r, b)
	}
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		outcome(Outcome{Try: 1, Err: err})
		return true
	}
	var jws string
	messages := []messageFunc{func(now time.Time) (any, error) {
		jws, err = p.decide(r, challenge, number, b, now)
		return protocol.AnswerRequest{Decision: jws}, err
	}}
	if b.twice {
		messages = append(messages, func(time.Time) (any, error) { return protocol.AnswerRequest{Decision: jws}, nil })
	}
	for i, message := range messages {
		o := p.send(ctx, r, message)
		if ctx.Err() != nil {
			return false
		}
		o.Try = i + 1
		outcome(o)
	}
	return true
}

// number returns the number to type, "" where there is none.
func (p *Phone) number(ctx context.Context, r Request, numbered bool, b Behaviour) (string, error) {
	switch {
	case b.act != actAccept && b.act != actWrongNumber:
		return "", nil
	case !numbered && b.act == actWrongNumber:
		return "", errors.New("the request asks for no number")
	case !numbered:
		return "", nil
	case p.Number == nil:
		return "", errors.New("the phone was not told where the number comes from")
	}
	number, err := p.Number(ctx, r.ID, r.App, r.Account)
	if err != nil && b.late && ctx.Err() == nil {
		return "00", nil // the server's clock has jumped past the expiry: any number is too late now
	}
	if err != nil || b.act == actAccept {
		return number, err
	}
	n, err := strconv.Atoi(number)
	return fmt.Sprintf("%02d", (n+1)%100), err
}

// hold waits as long as b wants to.
func (p *Phone) hold(ctx context.Context, r Request, b Behaviour) error {
	if b.late {
		if err := p.clock.after(ctx, r.Expires.Add(lateBy)); err != nil {
			return err
		}
	}
	if b.delay > 0 {
		return sleep(ctx, b.delay)
	}
	return nil
}

// decide signs the decision of b.
func (p *Phone) decide(r Request, challenge, number string, b Behaviour, now time.Time) (string, error) {
	d := protocol.Decision{
		Audience: p.pairing.server, Challenge: r.ID, ChallengeHash: protocol.Hash(challenge),
		IssuedAt: now.Unix(), Expires: now.Add(decisionLife).Unix(), ID: protocol.Nonce(),
	}
	key := p.transport
	switch b.act {
	case actAccept, actWrongNumber:
		d.Act, d.Number, key = protocol.ActApprove, number, p.approval
	case actIgnore:
		d.Act = protocol.ActIgnore
	case actDeny:
		d.Act, d.Reason = protocol.ActDeny, protocol.ReasonCancelled
	case actReport:
		d.Act, d.Reason = protocol.ActDeny, protocol.ReasonNotMe
	}
	d.Issuer = protocol.Thumbprint(key.Public())
	return d.Sign(key)
}

// send sends a decision.
func (p *Phone) send(ctx context.Context, r Request, message messageFunc) Outcome {
	var answer protocol.AnswerAnswer
	err := p.call(ctx, http.MethodPost, protocol.PathRequests+"/"+url.PathEscape(r.ID)+"/answer", 0, message, &answer)
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return Outcome{Status: refused.Status, Code: refused.Body.Code, First: refused.Body.Decision, Device: refused.Body.Device, Err: err}
	}
	if err != nil {
		return Outcome{Err: err}
	}
	p.clock.set(answer.Time)
	return Outcome{Status: http.StatusOK, State: answer.State, Device: answer.Device, Ticket: answer.Ticket}
}
