package sim

// A browser without scripts: cookies, redirects, pages and their forms.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"nod/approve"
)

const (
	userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	maxPage   = 1 << 20 // bytes
)

// browser is one window. It is not safe for concurrent use.
type browser struct {
	origin string
	client *http.Client
	show   func(Page)
	at     string // path of the last page
	last   Page
}

func newBrowser(origin string, client *http.Client, show func(Page)) *browser {
	if client == nil {
		client = http.DefaultClient
	}
	own := *client // the jar must not get into the caller's client
	if own.Jar == nil {
		own.Jar, _ = cookiejar.New(nil) // never fails without options
	}
	return &browser{origin: strings.TrimSuffix(origin, "/"), client: &own, show: show}
}

func (b *browser) shown() Page { return b.last }

// page is a page as a program sees it.
type page struct {
	Page
	name  string // data-page of its main part
	state string // data-state
	root  *html.Node

	// Of a page that asks for a second factor:
	method  string // its kind
	problem string // what was wrong with the code before
	address string // masked, where a code was sent to
	live    bool   // a sent code can be typed
	wait    int    // seconds until the next may be sent
}

// open follows a link.
func (b *browser) open(ctx context.Context, path string) (*page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.origin+path, nil)
	if err != nil {
		return nil, err
	}
	return b.do(r)
}

// submit fills in and sends the form of p that has all of these fields. What the
// form itself holds, such as hidden fields, goes along.
func (b *browser) submit(ctx context.Context, p *page, fields map[string]string) (*page, error) {
	form := findForm(p.root, fields)
	if form == nil {
		return nil, fmt.Errorf("the page %q has no such form", p.Title)
	}
	values := form.values
	for name, value := range fields {
		values.Set(name, value)
	}
	return b.post(ctx, form.action, values)
}

// press sends the form of p with that action.
func (b *browser) press(ctx context.Context, p *page, action string) (*page, error) {
	for _, form := range forms(p.root) {
		if form.action == action {
			return b.post(ctx, action, form.values)
		}
	}
	return nil, fmt.Errorf("the page %q has no button for %s", p.Title, action)
}

// pick presses the button of that name and value.
func (b *browser) pick(ctx context.Context, p *page, name, value string) (*page, error) {
	button := find(p.root, func(n *html.Node) bool {
		return n.Data == "button" && attribute(n, "name") == name && attribute(n, "value") == value
	})
	if button == nil {
		return nil, fmt.Errorf("the page %q offers no %s", p.Title, value)
	}
	return b.submit(ctx, p, map[string]string{name: value})
}

func (b *browser) post(ctx context.Context, path string, values url.Values) (*page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.origin+path, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) do(r *http.Request) (*page, error) {
	r.Header.Set("User-Agent", userAgent)
	answer, err := b.client.Do(r)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return nil, fmt.Errorf("%w: %w", approve.ErrUnreachable, err)
	}
	defer answer.Body.Close()
	root, err := html.Parse(io.LimitReader(answer.Body, maxPage))
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	at := answer.Request.URL
	p := readPage(root)
	p.URL, p.Status = at.String(), answer.StatusCode
	b.at, b.last = at.RequestURI(), p.Page
	if b.show != nil {
		b.show(p.Page)
	}
	return p, nil
}
