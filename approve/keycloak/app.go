package keycloak

// This file is the driver of the app authenticator (netzbegruenung): reading its
// pairing links and pairing.

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"nod/approve"
	"nod/vault"
)

// The types of action tokens that this driver accepts.
const (
	typeSetup = "app-setup-action-token"
	typeLogin = "app-auth-action-token"
)

// ed25519Name is the key and signature algorithm as Java calls it.
const ed25519Name = "Ed25519"

// app implements approve.Driver.
type app struct {
	wire    wire
	handled handled

	mu    sync.Mutex
	lines map[string]*appLine // by vault device id
}

// NewApp returns the driver "keycloak-app"; client is never nil.
func NewApp(client *http.Client) approve.Driver {
	return &app{wire: wire{approve.NewConnections(client)}, lines: map[string]*appLine{}}
}

// Name returns "keycloak-app".
func (*app) Name() string { return NameApp }

// setup is a pairing link of the app authenticator.
type setup struct {
	url    *url.URL
	realm  realm
	client string
	user   string
	until  time.Time
}

// pairParameters are what this driver adds to a pairing link; one that brings them
// along would decide for it.
var pairParameters = []string{"device_id", "device_os", "public_key", "key_algorithm", "signature_algorithm", "device_push_id"}

// readSetup reads a pairing link.
func readSetup(link string, loopback bool, now time.Time) (setup, error) {
	link = strings.TrimSpace(link)
	token, ok := setupToken(link)
	if !ok {
		return setup{}, approve.ErrNotMine
	}
	u, err := readURL(link, loopback)
	if err != nil {
		return setup{}, err
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return setup{}, fmt.Errorf("%w: its parameters can not be read", approve.ErrAddress)
	}
	for _, name := range pairParameters {
		if query.Has(name) {
			return setup{}, fmt.Errorf("%w: the link brings a device of its own along", approve.ErrRefused)
		}
	}
	s := setup{url: u, client: query.Get("client_id"), user: token.Subject}
	if _, one := parameter(query, "key"); !one {
		return setup{}, fmt.Errorf("%w: it holds more than one token", approve.ErrAddress)
	}
	if s.realm, err = below(u, actionToken); err != nil {
		return setup{}, err
	}
	if token.Issuer != "" && !s.realm.issued(token) {
		return setup{}, fmt.Errorf("%w: the token in the link is of another server", approve.ErrRefused)
	}
	if len(s.user) > maxID || len(s.realm.base) > maxAddress {
		return setup{}, fmt.Errorf("%w: it is too long", approve.ErrAddress)
	}
	s.until, err = token.until(now)
	return s, err
}

// setupToken tells whether link is a link to set up the app authenticator.
func setupToken(link string) (claims, bool) {
	if len(link) > maxLink {
		return claims{}, false
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.HasSuffix(u.Path, actionToken) {
		return claims{}, false
	}
	token, err := readToken(u.Query().Get("key"))
	return token, err == nil && token.Type == typeSetup
}

// Preview reads a pairing link without any network.
func (*app) Preview(link string) (approve.Preview, error) {
	s, err := readSetup(link, true, time.Now())
	if err != nil {
		return approve.Preview{}, fmt.Errorf("read link: %w", err)
	}
	return approve.Preview{
		Driver: NameApp, Server: s.realm.origin, App: approve.Text(s.realm.name),
		Risks: s.realm.risks(
			"Nothing in the link proves who made it: compare the server with the address of the page that shows it.",
			"The server does not sign its requests; only the encrypted connection vouches for them."),
		Details: s.realm.details(
			approve.Detail{Label: "Client", Text: s.client},
			approve.Detail{Label: "Valid until", Text: when(s.until)}),
	}, nil
}

// Pair registers a key of its own with the server. There is nothing to confirm.
func (a *app) Pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	s, err := readSetup(o.Link, o.Loopback, time.Now())
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	defer clear(seed)
	private := ed25519.NewKeyFromSeed(seed)
	defer clear(private)
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	id, name := newUUID(), approve.Text(o.DeviceName)
	address := *s.url
	address.RawQuery += "&" + url.Values{
		"device_id": {id}, "device_os": {label(name, o.Platform)},
		"public_key":    {base64.StdEncoding.EncodeToString(public)},
		"key_algorithm": {ed25519Name}, "signature_algorithm": {ed25519Name},
	}.Encode()
	answer, err := a.wire.send(ctx, request{
		trust: o.Trust, limit: answerTime,
		make: func(ctx context.Context, _ time.Time) (*http.Request, error) { return get(ctx, address.String()) },
	})
	if err == nil {
		err = setupMeaning(answer)
	}
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	k.SetSecret(seed)
	p := pairing{realm: s.realm, user: s.user, trust: o.Trust}
	return approve.Paired{Device: vault.Device{
		Driver: NameApp, Server: s.realm.origin, App: approve.Text(s.realm.name), Name: name, RemoteID: id,
		State: vault.DeviceActive,
		Memory: p.memory(o.Loopback, map[string]string{
			memoryKey: base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey)),
		}),
	}}, nil
}

// setupMeaning is what the server's answer to a pairing means.
func setupMeaning(a approve.Answer) error {
	switch a.Status {
	case http.StatusCreated:
		return nil
	case http.StatusBadRequest:
		return fmt.Errorf("%w: it did not take the link, which may have been used before", approve.ErrRefused)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: the page that showed the link is no longer open", approve.ErrCodeExpired)
	}
	if a.Status < 300 {
		return notKeycloak() // a page for a person
	}
	return refusal(a)
}

// label is how the account page names this device.
func label(name, platform string) string {
	platform = approve.Text(platform)
	switch {
	case name == "" && platform == "":
		return "nod"
	case name == "" || platform == "":
		return name + platform
	}
	return approve.Text(name + " (" + platform + ")")
}

// get makes a call without a body; the error of a bad address must not repeat it.
func get(ctx context.Context, address string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, approve.ErrAddress
	}
	return r, nil
}

// newUUID returns a random one.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Status tells what is known; the server can not be asked.
func (*app) Status(_ context.Context, d approve.Device) (approve.Status, error) { return status(d) }

// Rename changes nothing at the server, which has no call for it.
func (*app) Rename(context.Context, approve.Device, string) error { return nil }

// Unpair changes nothing at the server, which has no call for it.
func (a *app) Unpair(_ context.Context, d approve.Device, _ bool) error {
	a.handled.forget(d.ID)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.lines, d.ID)
	return nil
}
