package sim

// A person in the browser who sets 2-step verification up.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Portal is a person who walks through a site's account pages. Fill it in like
// a Login; it keeps its cookies between calls and is not safe for concurrent use.
type Portal struct {
	Server   string // origin
	App      string // "rms"
	User     string
	Password string
	Client   *http.Client // nil: a plain one with its own cookies
	// Wait has SignIn wait for a device to answer when the site wants a second step.
	Wait bool
	// Page is called with each page reached; may be nil.
	Page func(Page)

	browser *browser
	at      *page
}

// SignIn signs in by password. Without Wait it fails when the site wants a second
// step too.
func (p *Portal) SignIn(ctx context.Context) error {
	p.browser = newBrowser(p.Server, p.Client, p.Page)
	at, err := p.browser.signIn(ctx, p.App, p.User, p.Password)
	for err == nil && p.Wait && at.name == "wait" && at.state == "waiting" {
		at, err = p.browser.lookAgain(ctx)
	}
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	p.at = at
	if state := at.end(); state != "signed_in" {
		return fmt.Errorf("sign in: stopped at the page %q (%s)", at.Title, state)
	}
	return nil
}

// NewDevice asks for a device in the way that fits: by choosing the companion app
// when 2-step verification is off, else as one more device.
func (p *Portal) NewDevice(ctx context.Context) (link, code string, err error) {
	if p.browser == nil {
		return "", "", errors.New("add device: sign in first")
	}
	at, err := p.browser.open(ctx, "/account/security")
	if err != nil {
		return "", "", fmt.Errorf("add device: %w", err)
	}
	if form := findForm(at.root, map[string]string{"two_step": ""}); form != nil && form.values.Get("two_step") == "" {
		return p.EnableCompanion(ctx)
	}
	return p.AddDevice(ctx)
}

// EnableCompanion chooses the companion app under Security, confirms the
// password and asks for a registration code. It returns what the page for a new
// device offers.
func (p *Portal) EnableCompanion(ctx context.Context) (link, code string, err error) {
	steps := []func(*page) (*page, error){
		func(*page) (*page, error) { return p.browser.open(ctx, "/account/security") },
		func(at *page) (*page, error) {
			return p.browser.submit(ctx, at, map[string]string{"two_step": "companion"})
		},
		func(at *page) (*page, error) {
			return p.browser.submit(ctx, at, map[string]string{"password": p.Password})
		},
	}
	return p.newDevice(ctx, steps)
}

// AddDevice asks for another device, with 2-step verification on already.
func (p *Portal) AddDevice(ctx context.Context) (link, code string, err error) {
	steps := []func(*page) (*page, error){
		func(*page) (*page, error) { return p.browser.open(ctx, "/account/security") },
		func(at *page) (*page, error) { return p.browser.press(ctx, at, "/account/security/device/new") },
		func(at *page) (*page, error) {
			if at.name != "confirm" { // the password was typed a short while ago
				return at, nil
			}
			return p.browser.submit(ctx, at, map[string]string{"password": p.Password})
		},
	}
	return p.newDevice(ctx, steps)
}

func (p *Portal) newDevice(ctx context.Context, steps []func(*page) (*page, error)) (link, code string, err error) {
	if p.browser == nil {
		return "", "", errors.New("add device: sign in first")
	}
	steps = append(steps, func(at *page) (*page, error) {
		return p.browser.press(ctx, at, "/account/security/device/code")
	})
	for _, step := range steps {
		if p.at, err = step(p.at); err != nil {
			return "", "", fmt.Errorf("add device: %w", err)
		}
	}
	link, code = byID(p.at.root, "link"), byID(p.at.root, "code")
	if link == "" || code == "" {
		return "", "", fmt.Errorf("add device: stopped at the page %q", p.at.Title)
	}
	return link, code, nil
}

// PendingDevice waits until the page asks about a device and returns the
// check words that it shows.
func (p *Portal) PendingDevice(ctx context.Context) (words string, err error) {
	if p.browser == nil {
		return "", errors.New("wait for device: sign in first")
	}
	at, err := p.browser.open(ctx, "/account/security/device/new")
	for err == nil && at.state == "waiting" {
		at, err = p.browser.lookAgain(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("wait for device: %w", err)
	}
	p.at = at
	if at.state != "pending" {
		return "", fmt.Errorf("wait for device: stopped at the page %q", at.Title)
	}
	return byID(at.root, "words"), nil
}

// ConfirmDevice waits until the page asks about a device, says yes to it when
// its form names it, and returns the check words.
func (p *Portal) ConfirmDevice(ctx context.Context, name string) (words string, err error) {
	return p.answer(ctx, name, "yes")
}

// RefuseDevice says no in the same place.
func (p *Portal) RefuseDevice(ctx context.Context, name string) (words string, err error) {
	return p.answer(ctx, name, "no")
}

func (p *Portal) answer(ctx context.Context, name, answer string) (words string, err error) {
	words, err = p.PendingDevice(ctx)
	if err != nil {
		return "", err
	}
	if shown := byID(p.at.root, "device-name"); shown != name {
		return words, fmt.Errorf("confirm device: the page asks about %q", shown)
	}
	p.at, err = p.browser.submit(ctx, p.at, map[string]string{"answer": answer})
	if err != nil {
		return words, fmt.Errorf("confirm device: %w", err)
	}
	return words, nil
}
