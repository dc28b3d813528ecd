// Package sim plays people and phones against a server: a person in the browser
// who follows the real HTML forms, for tests and for nod's own demo.
package sim

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Login is a person in the browser.
type Login struct {
	Server   string // origin
	App      string // "rms"
	User     string // "ana" or "ana@demo.test"
	Password string
	Client   *http.Client // nil: a plain one with its own cookies
	// Method is the second factor to use: companion, totp, sms, email or recovery.
	// "" takes the one that the site asks for first.
	Method string
	// Code gives the code of an authenticator app at a time of the site's clock, or
	// a recovery code; nil: the person has none.
	Code func(now time.Time) (string, error)
	// Outbox looks codes that are sent up in the demo's outbox.
	Outbox bool
	// Page is called with each page reached; may be nil.
	Page func(Page)
}

// Page is what the person sees.
type Page struct {
	URL    string `json:"url"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Number string `json:"number,omitempty"` // the number to match, on the wait page
	Text   string `json:"text,omitempty"`   // the page's main message
}

// End is where the person ended.
type End struct {
	State string `json:"state"` // signed_in denied reported expired number_mismatch cancelled wrong_password wrong_code closed limited setup
	Page  Page   `json:"page"`
}

// lookAgain is how often the person reloads the wait page.
const lookAgain = time.Second

// Run signs in, shows the second factor that the site asks for, and waits on the
// wait page until it says how it ended.
func (l Login) Run(ctx context.Context) (End, error) {
	b := newBrowser(l.Server, l.Client, l.Page)
	t := typist{Login: l, browser: b}
	p, err := b.signIn(ctx, l.App, l.User, l.Password)
	if err == nil && p.pending() && l.Method != "" && l.Method != p.method {
		p, err = b.choose(ctx, l.Method)
	}
	for err == nil && p.end() == "" {
		p, err = t.step(ctx, p)
	}
	if err != nil {
		return End{Page: b.shown()}, fmt.Errorf("sign in: %w", err)
	}
	return End{State: p.end(), Page: b.shown()}, nil
}

// signIn opens the sign-in page of app and sends its form.
func (b *browser) signIn(ctx context.Context, app, user, password string) (*page, error) {
	p, err := b.open(ctx, "/app/"+app+"/login")
	if err != nil {
		return nil, err
	}
	return b.submit(ctx, p, map[string]string{"user": user, "password": password})
}

// choose goes to another way of the second factor.
func (b *browser) choose(ctx context.Context, method string) (*page, error) {
	p, err := b.open(ctx, "/login/choose")
	if err != nil {
		return nil, err
	}
	return b.pick(ctx, p, "method", method)
}

// lookAgain reloads the page after a moment.
func (b *browser) lookAgain(ctx context.Context) (*page, error) {
	timer := time.NewTimer(lookAgain)
	defer timer.Stop()
	select {
	case <-timer.C:
		return b.open(ctx, b.at)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// step does what the page asks for.
func (t *typist) step(ctx context.Context, p *page) (*page, error) {
	switch p.name {
	case "wait":
		return t.browser.lookAgain(ctx)
	case "code", "recover":
		return t.enter(ctx, p)
	}
	return nil, fmt.Errorf("stopped at the page %q", p.Title)
}

// pending tells whether p is a page of a login that asks for a second factor.
func (p *page) pending() bool {
	return p.name == "wait" || p.name == "code" || p.name == "choose"
}

// end is the state that a page means for a login, "" when it goes on.
func (p *page) end() string {
	switch p.name {
	case "site":
		return "signed_in"
	case "wait":
		switch p.state {
		case "waiting":
			return ""
		case "paused", "none":
			return "limited"
		}
		return p.state
	case "choose":
		if p.state == "none" {
			return "limited"
		}
	case "code", "recover":
		switch p.problem {
		case "wrong", "replaced", "expired":
			return "wrong_code"
		case "too_many", "limited":
			return "limited"
		}
	case "login":
		return p.state
	case "setup":
		return "setup"
	}
	return ""
}
