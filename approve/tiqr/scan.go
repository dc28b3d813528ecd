package tiqr

// This file takes up what a person scans, and lists it until it ends.

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"nod/approve"
)

const (
	life        = 150 * time.Second // servers keep a challenge for 180 s from when the page was made
	remembered  = 24 * time.Hour    // how long a session key is known again
	maxSessions = 1000              // that are remembered
)

// session is a sign-in that was scanned.
type session struct {
	signIn
	request approve.Request // State is Waiting until there is an end
	sending bool
}

// waiting tells whether s can still be answered.
func (s *session) waiting() bool {
	return s.request.State == approve.Waiting && time.Now().Before(s.request.ExpiresAt)
}

// Scan reads the link of a sign-in page. It is for the pairing with the service that
// the link names, and with the account when it names one too; of several accounts at
// a service that it does not choose from, for the first one that was paired. Errors:
// approve.ErrNotMine, ErrNotPaired when there is no such pairing, ErrExpired and
// *approve.AnsweredError when the link was scanned before and has ended.
func (t *driver) Scan(devices []approve.Device, link string) (approve.Request, error) {
	in, err := parseSignIn(link)
	if err != nil {
		return approve.Request{}, err
	}
	i := slices.IndexFunc(devices, func(d approve.Device) bool { return in.isFor(d) })
	if i < 0 {
		return approve.Request{}, fmt.Errorf("%w: it is at %s", approve.ErrNotPaired, approve.Text(in.service))
	}
	d := devices[i]
	suite, err := readSuite(d.Memory[memorySuite])
	switch {
	case err != nil:
		return approve.Request{}, err
	case len(in.question) > suite.Length || len(in.session) > 2*suite.Session && suite.Session > 0:
		return approve.Request{}, fmt.Errorf("%w: its question or session is longer than was agreed on when pairing", approve.ErrRefused)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.find(in); s != nil {
		return s.again(in, d)
	}
	t.forget()
	s := &session{signIn: in, request: newRequest(in, d)}
	t.sessions = append(t.sessions, s)
	t.changed(d.ID)
	return s.request, nil
}

// isFor tells whether a pairing is what the link asks for.
func (in signIn) isFor(d approve.Device) bool {
	return strings.EqualFold(in.service, d.Memory[memoryService]) && (in.user == "" || in.user == d.RemoteID)
}

// newRequest is what a person sees of a link: names from the vault, and the one text
// of the link, the identifier of what is signed in to, when it adds something.
func newRequest(in signIn, d approve.Device) approve.Request {
	now := time.Now()
	r := approve.Request{
		ID: requestID(in), Device: d.ID, Server: d.Server, App: d.App, Account: d.Account, Action: "sign in",
		AskedAt: now, ExpiresAt: now.Add(life), State: approve.Waiting,
		Acts:      []approve.Act{approve.Accept, approve.Ignore},
		Warnings:  []string{"Anyone can make such a link: accept only when you opened the sign-in page yourself."},
		Challenge: []byte(in.user + "\n" + in.service + "\n" + in.session + "\n" + in.question),
	}
	if !strings.EqualFold(in.provider, in.service) {
		r.Message = approve.Text(in.provider)
	}
	if approve.TrustOf(d.Device).Unchecked {
		r.Acts = []approve.Act{approve.Ignore}
		r.Warnings = append(r.Warnings, "The server's certificate is not checked: requests can only be ignored.")
	}
	return r
}

// requestID names a session without its key, which only the server needs.
func requestID(in signIn) string {
	sum := sha256.Sum256([]byte(strings.ToLower(in.service + "\n" + in.session)))
	return fmt.Sprintf("t-%X", sum[:5])
}

// find returns the session that a link names, or nil; t.mu is held.
func (t *driver) find(in signIn) *session {
	for _, s := range t.sessions {
		if strings.EqualFold(s.service, in.service) && strings.EqualFold(s.session, in.session) {
			return s
		}
	}
	return nil
}

// again is what a second scan of a session gives: the same request while it waits. A
// link with the same session and another question or account is not believed.
func (s *session) again(in signIn, d approve.Device) (approve.Request, error) {
	switch {
	case s.question != in.question || s.user != in.user || s.request.Device != d.ID:
		return approve.Request{}, fmt.Errorf("%w: another link of this session was scanned before", approve.ErrRefused)
	case s.request.State == approve.Accepted:
		return approve.Request{}, &approve.AnsweredError{State: s.request.State, Device: s.request.AnsweredBy, At: s.request.AnsweredAt}
	case !s.waiting():
		return approve.Request{}, approve.ErrExpired
	}
	return s.request, nil
}

// forget drops what is too old to be scanned again; t.mu is held.
func (t *driver) forget() {
	t.sessions = slices.DeleteFunc(t.sessions, func(s *session) bool { return time.Since(s.request.AskedAt) >= remembered })
	t.sessions = t.sessions[max(0, len(t.sessions)-maxSessions+1):]
}

// Poll lists what was scanned for d, and how it ended. There is no network in it: it
// waits until something is scanned or answered, so the next poll may begin at once.
func (t *driver) Poll(ctx context.Context, d approve.Device, wait time.Duration) (approve.Batch, error) {
	if err := t.wait(ctx, d.ID, wait); err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.fresh, d.ID)
	batch := approve.Batch{Unasked: true}
	for _, s := range t.sessions {
		if s.request.Device != d.ID {
			continue
		}
		r := s.request
		switch {
		case s.waiting() || s.sending:
			batch.Requests = append(batch.Requests, r)
			continue
		case r.State == approve.Waiting:
			r.State = approve.Expired
		}
		batch.Ended = append(batch.Ended, r)
	}
	return batch, nil
}

// wait returns when there is news of a device, or wait is over, or ctx ended.
func (t *driver) wait(ctx context.Context, device string, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		t.mu.Lock()
		fresh, news := t.fresh[device], t.news
		t.mu.Unlock()
		if fresh || wait <= 0 {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-news:
		}
	}
}
