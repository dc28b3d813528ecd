package cli

// This file: the simulated browser of `nod demo`, and what it says on screen.

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"nod/approve/server"
	"nod/approve/sim"
)

// The demo's person, and the times between her sign-ins.
const (
	demoEmail   = "ana@demo.test"
	firstSignIn = 4 * time.Second
	nextSignIn  = 20 * time.Second // more than the server's spacing
	afterLimit  = time.Minute      // after the server wanted fewer
)

// visitor signs in again and again, and notes what the browser shows.
type visitor struct {
	site  *site
	notes chan<- string
	http  *http.Client
}

// keepSigningIn signs in until ctx ends.
func (p *visitor) keepSigningIn(ctx context.Context) {
	p.note(ctx, "Demo: the PIN is %s. A simulated browser signs in as ana in a moment.", demoPIN)
	wait := firstSignIn
	for pause(ctx, wait) {
		end, err := p.signIn(ctx)
		wait = nextSignIn
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.note(ctx, "Simulated browser: it could not sign in: %s.", err)
		case end.State == "limited":
			wait = afterLimit
			p.note(ctx, "Simulated browser: too many requests. It tries again in a minute.")
		default:
			p.note(ctx, "Simulated browser: %s Next in %d s; try deny or ignore.", ending(end), seconds(wait))
		}
	}
}

func (p *visitor) signIn(ctx context.Context) (sim.End, error) {
	jar, err := cookiejar.New(nil) // a new browser each time
	if err != nil {
		return sim.End{}, err
	}
	number := ""
	return sim.Login{
		Server: p.site.origin, App: "rms", User: demoEmail, Password: demoPassword(),
		Client: &http.Client{Transport: p.http.Transport, Jar: jar},
		Page: func(page sim.Page) {
			if page.Number != "" && page.Number != number {
				number = page.Number
				p.note(ctx, "Simulated browser shows %s. Open the request, type %s, then PIN %s.", number, number, demoPIN)
			}
		},
	}.Run(ctx)
}

// ending says how a sign-in ended, as a sentence.
func ending(end sim.End) string {
	if end.State == "signed_in" {
		return "ana is signed in."
	}
	if text := strings.TrimSpace(end.Page.Text); text != "" {
		return text
	}
	return "the sign-in ended: " + strings.ReplaceAll(end.State, "_", " ") + "."
}

func demoPassword() string {
	for _, p := range server.People() {
		if p.Email == demoEmail {
			return p.Password
		}
	}
	return ""
}

// note shows a line, unless the program is leaving.
func (p *visitor) note(ctx context.Context, format string, args ...any) {
	select {
	case p.notes <- fmt.Sprintf(format, args...):
	case <-ctx.Done():
	}
}
