package server

// Text messages by a gateway that takes HTTP requests, which a template makes.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/template"
	"time"
)

// smsPatience is the longest that the gateway may take: a person waits for the
// page.
const smsPatience = 15 * time.Second

// Gateway describes the request that sends a text message. URL, the values of
// Headers and Body are templates: {{.To}} and {{.Text}} stand for the number and
// the message, {{urlquery .Text}} and {{json .Text}} write them for an address or
// a form, and as a JSON string. Expect is the status of success; 0 means any 2xx.
type Gateway struct {
	URL, Method string
	Headers     map[string]string
	Body        string
	Expect      int
	// Client makes the call; nil means one that follows no redirects.
	Client *http.Client

	url, body *template.Template
	headers   map[string]*template.Template
}

// gatewayFill is what the templates see.
type gatewayFill struct{ To, Text string }

// Check reads the templates and says what is wrong with them.
func (g *Gateway) Check() (err error) {
	if g.url, err = gatewayTemplate("url", g.URL); err != nil {
		return err
	}
	if g.body, err = gatewayTemplate("body", g.Body); err != nil {
		return err
	}
	g.headers = map[string]*template.Template{}
	for name, value := range g.Headers {
		if g.headers[name], err = gatewayTemplate("header "+name, value); err != nil {
			return err
		}
	}
	if g.Method == "" {
		g.Method = http.MethodPost
	}
	if g.Expect != 0 && (g.Expect < 100 || g.Expect > 599) {
		return fmt.Errorf("sms: expect %d is not an HTTP status", g.Expect)
	}
	r, err := g.request(context.Background(), gatewayFill{"+37060000000", "text"})
	if err != nil {
		return err
	}
	if host := r.URL.Hostname(); r.URL.Scheme != "https" && (r.URL.Scheme != "http" || !onThisMachine(host)) {
		return errors.New("sms: url: use https, or http on this machine")
	}
	if g.Client == nil {
		g.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return nil
}

func gatewayTemplate(what, text string) (*template.Template, error) {
	t, err := template.New(what).Option("missingkey=error").Funcs(template.FuncMap{"json": func(text string) (string, error) {
		out, err := json.Marshal(text)
		return string(out), err
	}}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("sms: %s: %w", what, err)
	}
	return t, nil
}

// request fills the templates in. Its errors hold nothing of what was filled in.
func (g *Gateway) request(ctx context.Context, fill gatewayFill) (*http.Request, error) {
	written := func(t *template.Template) (string, error) {
		var b strings.Builder
		if err := t.Execute(&b, fill); err != nil {
			return "", fmt.Errorf("sms: %s: the template can not be filled in", t.Name())
		}
		return b.String(), nil
	}
	address, err := written(g.url)
	if err != nil {
		return nil, err
	}
	body, err := written(g.body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, g.Method, address, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, errors.New("sms: url or method: not an HTTP request once it is filled in")
	}
	for name, t := range g.headers {
		value, err := written(t)
		if err != nil {
			return nil, err
		}
		r.Header.Set(name, oneLine(value))
	}
	return r, nil
}

// Send hands a message to the gateway. Check has to come first. An error holds
// neither the message nor the address, which may contain it.
func (g *Gateway) Send(ctx context.Context, to, text string) error {
	ctx, cancel := context.WithTimeout(ctx, smsPatience)
	defer cancel()
	r, err := g.request(ctx, gatewayFill{to, text})
	if err != nil {
		return err
	}
	answer, err := g.Client.Do(r)
	if err != nil {
		var call *url.Error
		if errors.As(err, &call) {
			err = call.Err // without the address
		}
		return fmt.Errorf("sms gateway: %w", err)
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	if answer.StatusCode != g.Expect && (g.Expect != 0 || answer.StatusCode/100 != 2) {
		return fmt.Errorf("sms gateway: it answered %d", answer.StatusCode)
	}
	return nil
}
