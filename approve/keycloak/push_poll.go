package keycloak

// This file asks the push MFA extension for pending logins.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"

	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
)

// The ways in which the extension ties an answer to the sign-in page.
const (
	matchNumber = "number-match"
	matchPIN    = "pin"
)

const (
	maxChoices = 10
	maxPIN     = 12
)

// number is one of the numbers to choose from.
var number = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,2}$`) })

// notRegistered is what the extension says, with 403, when a device was removed.
const notRegistered = "Device not registered for user"

// pushChallenge is one pending login as the server lists it.
type pushChallenge struct {
	UserID       string        `json:"userId"`
	Username     string        `json:"username"`
	ID           string        `json:"cid"`
	Expires      int64         `json:"expiresAt"` // Unix seconds
	Created      int64         `json:"createdAt"` // the same; older releases leave it out
	ClientID     string        `json:"clientId"`
	ClientName   string        `json:"clientName"`
	Verification *verification `json:"userVerification"`
}

type verification struct {
	Type    string   `json:"type"`
	Numbers []string `json:"numbers"`
	Length  int      `json:"pinLength"`
}

// readPushChallenges decodes the list of pending logins.
func readPushChallenges(body []byte) ([]pushChallenge, error) {
	var answer struct {
		Challenges []pushChallenge `json:"challenges"`
	}
	if strictjson.Unmarshal(body, &answer) != nil || answer.Challenges == nil {
		return nil, notKeycloak()
	}
	return answer.Challenges, nil
}

// Poll returns all pending requests; the server does not wait.
func (p *push) Poll(ctx context.Context, d approve.Device, _ time.Duration) (approve.Batch, error) {
	a, err := accountOf(d)
	if err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	list, err := p.pending(ctx, a)
	if errors.Is(err, errForbidden) && p.takenKey(ctx, a) {
		list, err = p.pending(ctx, a)
	}
	if err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	batch := approve.Batch{Interval: pollEvery}
	batch.Requests, batch.Dropped = p.requests(d, a, list)
	batch.Memory = compare(d, batch.Requests)
	return batch, nil
}

// compare warns of requests that ask for nothing from the sign-in page when earlier
// ones did. It returns what to remember, or nil.
func compare(d approve.Device, requests []approve.Request) (memory map[string]string) {
	for i := range requests {
		r := &requests[i]
		switch known := d.Memory[memoryAsks] != ""; {
		case r.Asks() && !known:
			memory = maps.Clone(d.Memory)
			memory[memoryAsks] = "yes"
		case !r.Asks() && known:
			r.Warnings = append(r.Warnings, "Earlier requests asked for a number or code of the sign-in page; this one does not.")
		}
	}
	return memory
}

// errForbidden is a 403 to a well-formed question: the key is another than the
// server's, or something that is not known here.
var errForbidden = fmt.Errorf("%w: it does not take this device's key", approve.ErrRefused)

// pending asks once.
func (p *push) pending(ctx context.Context, a account) ([]pushChallenge, error) {
	answer, err := p.call(ctx, a, call{method: http.MethodGet, path: "/login/pending", query: url.Values{"userId": {a.user}}})
	switch {
	case err != nil:
		return nil, err
	case answer.Status == http.StatusOK:
		return readPushChallenges(answer.Body)
	}
	return nil, a.meaning(answer)
}

// meaning is what a refused call means whatever it was.
func (a account) meaning(answer approve.Answer) error {
	switch why := errorCode(answer); {
	case answer.Status == http.StatusForbidden && why == notRegistered:
		return a.revoked()
	case answer.Status == http.StatusForbidden:
		return errForbidden
	case answer.Status == http.StatusBadRequest && why == "DPoP proof expired":
		return approve.ErrClock
	case answer.Status < 400:
		return notKeycloak()
	}
	return refusal(answer)
}

// requests are those of list that keep the rules, each once and none that was
// answered.
func (p *push) requests(d approve.Device, a account, list []pushChallenge) (found []approve.Request, dropped int) {
	dropped = max(len(list)-maxList, 0)
	for _, c := range list[:min(len(list), maxList)] {
		switch r, err := p.request(d, a, c); {
		case err == nil:
			found = append(found, r)
		case !errors.Is(err, errOver):
			dropped++
		}
	}
	found, more := p.handled.sift(found)
	return found, dropped + more
}

// request turns a challenge into what may be shown.
func (p *push) request(d approve.Device, a account, c pushChallenge) (approve.Request, error) {
	now := d.Clock.Now()
	until := time.Unix(c.Expires, 0)
	switch {
	case c.UserID != a.user || !uuid().MatchString(c.ID):
		return approve.Request{}, errors.New("it is of another account, or has no id")
	case c.Expires <= 0 || until.After(now.Add(maxLife)):
		return approve.Request{}, errors.New("it does not say how long it waits")
	case !until.After(now):
		return approve.Request{}, errOver
	}
	asked := p.asked(d, c)
	if asked.After(now.Add(time.Minute)) || asked.Before(now.Add(-maxLife)) {
		return approve.Request{}, errors.New("it does not say since when it waits")
	}
	challenge, err := json.Marshal(c)
	if err != nil {
		return approve.Request{}, fmt.Errorf("keep challenge: %w", err)
	}
	client := approve.Text(c.ClientName)
	if client == "" {
		client = approve.Text(c.ClientID)
	}
	if client == "" {
		client = d.App
	}
	r := approve.Request{
		ID: c.ID, Device: d.ID, Server: d.Server,
		App: client, Account: approve.Text(c.Username), Action: "sign in",
		AskedAt: d.Clock.Local(asked), ExpiresAt: d.Clock.Local(until),
		State: approve.Waiting, Challenge: challenge,
	}
	if r.Account == "" {
		r.Account = d.Account
	}
	if err := c.Verification.apply(&r); err != nil {
		return approve.Request{}, err
	}
	return a.guard(r), nil
}

// apply says in r what is asked beside yes or no.
func (v *verification) apply(r *approve.Request) error {
	if v == nil {
		return nil
	}
	switch v.Type {
	case matchNumber:
		seen := map[string]bool{}
		for _, n := range v.Numbers {
			if !number().MatchString(n) || seen[n] {
				return errors.New("its numbers are not numbers")
			}
			seen[n] = true
		}
		if len(seen) < 2 || len(seen) > maxChoices {
			return errors.New("it gives no choice of numbers")
		}
		r.Choices = v.Numbers
		return nil
	case matchPIN:
		if v.Length < 1 || v.Length > maxPIN {
			return errors.New("its code has no length")
		}
		r.CodeLength = v.Length
		return nil
	}
	return errors.New("it asks for what this nod does not know")
}

// asked is when c was created, or was first seen when it does not say; by the server's
// clock.
func (p *push) asked(d approve.Device, c pushChallenge) time.Time {
	if c.Created != 0 {
		return time.Unix(c.Created, 0)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, at := range p.first {
		if time.Since(at) > maxLife || len(p.first) > maxHandled {
			delete(p.first, key)
		}
	}
	key := requestKey{d.ID, c.ID}
	if p.first[key].IsZero() {
		p.first[key] = time.Now()
	}
	offset, _ := d.Clock.Offset()
	return p.first[key].Add(offset)
}
