package sim

// A person who types codes: from an authenticator app, from a message that the
// site sent, from a note with recovery codes.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// typist types codes into the pages of one login.
type typist struct {
	Login
	browser *browser
	last    string // the code that was typed last
}

// enter types the code that p asks for. When there is none (yet), it waits for
// the next or has one sent.
func (t *typist) enter(ctx context.Context, p *page) (*page, error) {
	sent := p.method == "sms" || p.method == "email"
	if sent && !p.live && t.Outbox {
		if p.wait > 0 {
			return t.browser.lookAgain(ctx)
		}
		return t.browser.press(ctx, p, "/login/resend")
	}
	code, err := t.code(ctx, p, sent)
	if err != nil {
		return nil, err
	}
	if code == t.last { // it was used: an app shows another one soon
		return t.wait(ctx, p)
	}
	t.last = code
	return t.browser.submit(ctx, p, map[string]string{"code": code})
}

// wait stays on the page for a moment.
func (t *typist) wait(ctx context.Context, p *page) (*page, error) {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	select {
	case <-timer.C:
		return p, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *typist) code(ctx context.Context, p *page, sent bool) (string, error) {
	switch {
	case sent && t.Outbox:
		return t.browser.sentCode(ctx, p)
	case t.Code == nil:
		return "", fmt.Errorf("the page %q asks for a code, and there is none", p.Title)
	}
	now, err := t.browser.siteTime(ctx)
	if err != nil {
		return "", err
	}
	return t.Code(now)
}

// message is one of the demo's outbox.
type message struct {
	Kind string `json:"kind"`
	To   string `json:"to"`
	Body string `json:"body"`
}

var sentCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`Your code to sign in to .+ is ([0-9]{6,8})\.`) })

// sentCode is the code of the newest message to the address on p.
func (b *browser) sentCode(ctx context.Context, p *page) (string, error) {
	var all []message
	found, err := b.json(ctx, "/dev/outbox", &all)
	if err != nil {
		return "", err
	}
	if !found {
		return "", errors.New("the site has no outbox: it is not a demo")
	}
	kind := map[string]string{"sms": "sms", "email": "mail"}[p.method]
	for _, m := range all {
		if code := sentCode().FindStringSubmatch(m.Body); m.Kind == kind && code != nil && masks(p.address, m.To) {
			return code[1], nil
		}
	}
	return "", fmt.Errorf("no code for %s is in the outbox", p.address)
}

// masks tells whether mask, such as "+370 *** **12", can stand for address.
func masks(mask, address string) bool {
	first, last := strings.Index(mask, "*"), strings.LastIndex(mask, "*")
	if first < 0 {
		return mask == address
	}
	start, end := strings.TrimSpace(mask[:first]), strings.TrimSpace(mask[last+1:])
	return len(address) >= len(start)+len(end) && strings.HasPrefix(address, start) && strings.HasSuffix(address, end)
}

// siteTime is what the site's clock shows: a demo's can be moved.
func (b *browser) siteTime(ctx context.Context) (time.Time, error) {
	var clock struct {
		Now time.Time `json:"now"`
	}
	found, err := b.json(ctx, "/dev/clock", &clock)
	if err != nil || !found {
		return time.Now(), err
	}
	return clock.Now, nil
}

// json reads what is at path; false when there is nothing.
func (b *browser) json(ctx context.Context, path string, into any) (bool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.origin+path, nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	answer, err := b.client.Do(r)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return false, nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxPage)).Decode(into); err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return true, nil
}
