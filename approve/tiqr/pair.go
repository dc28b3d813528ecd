package tiqr

// This file pairs: it fetches the metadata, makes the secret and gives it to the server.

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"

	"nod/approve"
	"nod/vault"
)

// secretSize is how long a secret is; servers take no shorter one.
const secretSize = 32

// The risks of every pairing.
const (
	riskOnce   = "The link works once: when pairing fails, ask the site for another."
	riskShared = "The secret is shared with the server: whoever reads the server's database can answer as you."
	riskStays  = "Unpairing here does not tell the server: end the registration at the site as well."
	riskPlain  = "The connection is not encrypted; the server is on this machine."
)

// Preview reads a pairing link without any network. What the service and the account
// are called is only in the metadata, which can be fetched once, when pairing.
func (*driver) Preview(link string) (approve.Preview, error) {
	u, err := enrolURL(link, true)
	if err != nil {
		return approve.Preview{}, err
	}
	p := approve.Preview{Driver: Name, Server: approve.Origin(u), Risks: []string{riskOnce, riskShared, riskStays}}
	if u.Scheme == "http" {
		p.Risks = append(p.Risks, riskPlain)
	}
	return p, nil
}

// Pair fetches the metadata of the link, and registers a fresh secret. The device is
// active at once.
func (t *driver) Pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	from, err := enrolURL(o.Link, o.Loopback)
	if err != nil {
		return approve.Paired{}, err
	}
	client, err := t.connections.Client(o.Trust)
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	s, err := fetchMetadata(ctx, client, from, o)
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	secret := make([]byte, secretSize)
	rand.Read(secret)
	defer clear(secret)
	k.SetSecret(secret)
	if err := register(ctx, client, s, secret, o); err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	return approve.Paired{Device: vault.Device{
		Driver: Name, Server: approve.Origin(s.answers), App: s.name, Account: s.account,
		Name: approve.Text(o.DeviceName), RemoteID: s.user, State: vault.DeviceActive,
		Memory: o.Trust.Remember(map[string]string{
			memoryService: s.id, memoryAnswers: s.answers.String(), memorySuite: s.suite.String(),
		}),
	}}, nil
}

// fetchMetadata asks for the metadata. Servers answer to a link that was used with
// all kinds of errors.
func fetchMetadata(ctx context.Context, client *http.Client, from *url.URL, o approve.Offer) (service, error) {
	progress(o, "asking the server about the account")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return service{}, approve.ErrAddress
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-TIQR-Protocol-Version", version)
	answer, err := approve.Call(client, r, answerTime, maxMetadata)
	const once = "a pairing link works once and for five minutes: ask the site for another"
	switch {
	case err != nil && answer.Status >= 500:
		return service{}, fmt.Errorf("%w; %s", err, once)
	case err != nil:
		return service{}, err
	case answer.Status != http.StatusOK:
		return service{}, fmt.Errorf("%w: it answers with status %d; %s", approve.ErrRefused, answer.Status, once)
	}
	return readMetadata(answer.Body, from, o.Loopback)
}

// register gives the server the secret.
func register(ctx context.Context, client *http.Client, s service, secret []byte, o approve.Offer) error {
	progress(o, "registering with the server")
	rest := common("register").Encode()
	text := make([]byte, 0, len("secret=&")+hex.EncodedLen(len(secret))+len(rest)) // no copy of the secret is left behind
	text = hex.AppendEncode(append(text, "secret="...), secret)
	text = append(append(text, '&'), rest...)
	answer, err := post(ctx, client, s.enrolment, text)
	if err != nil {
		return err
	}
	switch reply := readReply(answer); {
	case answer.Status < 300 && reply.code == codeOK:
		return nil
	case answer.Status == http.StatusNotAcceptable:
		return fmt.Errorf("%w: it takes only apps that it knows by name", approve.ErrRefused)
	case answer.Status < 300 && reply.code == "":
		return fmt.Errorf("%w: what answers there is not a tiqr server", approve.ErrUnreachable)
	default:
		return fmt.Errorf("%w: it did not take the registration (status %d)", approve.ErrRefused, answer.Status)
	}
}

func progress(o approve.Offer, step string) {
	if o.Progress != nil {
		o.Progress(step)
	}
}
