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
	State string `json:"state"` // signed_in denied reported expired number_mismatch cancelled wrong_password limited setup
	Page  Page   `json:"page"`
}

// lookAgain is how often the person reloads the wait page.
const lookAgain = time.Second

// Run signs in and waits on the wait page until it says how it ended.
func (l Login) Run(ctx context.Context) (End, error) {
	b := newBrowser(l.Server, l.Client, l.Page)
	p, err := b.signIn(ctx, l.App, l.User, l.Password)
	for err == nil && p.name == "wait" && p.state == "waiting" {
		p, err = b.lookAgain(ctx)
	}
	if err != nil {
		return End{Page: b.shown()}, fmt.Errorf("sign in: %w", err)
	}
	state := p.end()
	if state == "" {
		return End{Page: b.shown()}, fmt.Errorf("sign in: stopped at the page %q", p.Title)
	}
	return End{State: state, Page: b.shown()}, nil
}

// signIn opens the sign-in page of app and sends its form.
func (b *browser) signIn(ctx context.Context, app, user, password string) (*page, error) {
	p, err := b.open(ctx, "/app/"+app+"/login")
	if err != nil {
		return nil, err
	}
	return b.submit(ctx, p, map[string]string{"user": user, "password": password})
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

// end is the state that a page means for a login, "" when it is no end.
func (p *page) end() string {
	switch {
	case p.name == "site":
		return "signed_in"
	case p.name == "wait" && (p.state == "paused" || p.state == "none"):
		return "limited"
	case p.name == "wait" || p.name == "login":
		return p.state
	case p.name == "setup":
		return "setup"
	}
	return ""
}
