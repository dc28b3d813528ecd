package privacyidea

// This file asks a server what waits, and sets the clock when that is why it refuses.

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
)

const (
	pollEvery = 3 * time.Second // some servers let a request wait only while the sign-in page does
	stamp     = "2006-01-02T15:04:05.000Z"

	// Servers take a timestamp that is up to 60 s off. The header Date, which tells
	// by how much it was, counts whole seconds and has come some way.
	maxSkew    = 55 * time.Second
	maxSetting = 24 * time.Hour // the farthest that a clock is set
)

// Poll asks for all pending requests; these servers answer at once, whatever wait is.
func (p *driver) Poll(ctx context.Context, d approve.Device, _ time.Duration) (approve.Batch, error) {
	t, err := p.tokenOf(d)
	if err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	listed, err := p.list(ctx, d, t)
	if err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	b := approve.Batch{Interval: pollEvery, Dropped: max(0, len(listed)-maxListed)}
	known := maps.Clone(d.Memory)
	nonces := map[string]bool{}
	for _, raw := range listed[:min(len(listed), maxListed)] {
		c, err := t.verified(raw)
		if err != nil {
			b.Dropped++
			continue
		}
		s, same := p.seen.meet(d.ID, c)
		switch {
		case !same:
			b.Dropped++
		case s.over, nonces[c.nonce], time.Since(s.first) >= life:
			// Answered, listed twice, or too old: there is no time in it that would
			// tell a late one from one that was kept back.
		default:
			nonces[c.nonce] = true
			b.Requests = append(b.Requests, request(d, c, s.first))
		}
		if c.choices != nil {
			known[memoryPresence] = "yes"
		}
		if c.capabilities {
			known[memoryCapabilities] = "yes"
		}
	}
	if !maps.Equal(known, d.Memory) {
		b.Memory = known
	}
	return b, nil
}

// list returns the challenges that the server lists, none of them verified. A clock
// that is too far off is set once.
func (p *driver) list(ctx context.Context, d approve.Device, t token) ([]json.RawMessage, error) {
	r, trip, err := p.ask(ctx, d, t)
	if err != nil {
		return nil, err
	}
	if skew, ok := clockSkew(d.Clock, r, trip); ok {
		if skew.Abs() > maxSetting {
			return nil, clockError(d.Clock, skew)
		}
		before, _ := d.Clock.Offset()
		d.Clock.Correct(before + skew)
		if r, trip, err = p.ask(ctx, d, t); err != nil {
			return nil, err
		}
		if r.Status == http.StatusBadRequest {
			skew, ok := clockSkew(d.Clock, r, trip)
			d.Clock.Correct(before) // it was not the clock alone, or the header is wrong
			if ok {
				return nil, clockError(d.Clock, skew)
			}
		}
	}
	return p.listed(r)
}

// ask sends one signed question, and tells how long the answer took.
func (p *driver) ask(ctx context.Context, d approve.Device, t token) (envelope.Reply, time.Duration, error) {
	now := d.Clock.Now().UTC().Format(stamp)
	signature, err := sign(d.Secret, t.serial+"|"+now)
	if err != nil {
		return envelope.Reply{}, 0, err
	}
	query := url.Values{"serial": {t.serial}, "timestamp": {now}, "signature": {signature}}
	sent := time.Now()
	r, err := p.send(ctx, approve.TrustOf(d.Device), http.MethodGet, t.url.String()+"?"+query.Encode(), nil, answerTime)
	trip := time.Since(sent)
	if date, dateErr := http.ParseTime(r.Header.Get("Date")); err == nil && dateErr == nil {
		d.Clock.Hear(date, trip)
	}
	return r, trip, err
}

// clockSkew tells by how much the server's clock is ahead of what was last known,
// and whether that can be why it refuses r.
func clockSkew(c *approve.Clock, r envelope.Reply, trip time.Duration) (time.Duration, bool) {
	if r.Status != http.StatusBadRequest || r.Code != codeValidate && r.Code != 0 {
		return 0, false
	}
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0, false
	}
	skew := date.Add(trip / 2).Sub(c.Now())
	return skew, skew.Abs() > maxSkew
}

func clockError(c *approve.Clock, skew time.Duration) error {
	return fmt.Errorf("%w: the server's says %s", approve.ErrClock, c.Now().Add(skew).UTC().Format(time.DateTime))
}

// listed reads the answer to a poll.
func (p *driver) listed(r envelope.Reply) (list []json.RawMessage, err error) {
	switch {
	case p.silent && (r.Status == http.StatusNoContent || r.Status == http.StatusNotFound):
		return nil, nil
	case r.Status == http.StatusForbidden:
		return nil, fmt.Errorf("%w: it does not let devices ask for requests; its administrator allows that with the policy %s", approve.ErrRefused, p.policy)
	case r.Status == http.StatusBadRequest && r.Code == codeValidate:
		return nil, fmt.Errorf("%w: it does not take this device's signature; the token may be gone there", approve.ErrRefused)
	case !r.Succeeded():
		return nil, r.Refusal(p.server)
	}
	if json.Unmarshal(r.Value, &list) != nil {
		return nil, fmt.Errorf("%w: what answers there is not %s", approve.ErrUnreachable, p.server)
	}
	return list, nil
}
