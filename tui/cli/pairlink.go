package cli

// This file: what a pairing link of another maker's server says before anything is
// sent, what the person has to say to that, and what else such a server needs.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"nod/approve"
)

// linkOptions are the flags for servers of other makers.
type linkOptions struct {
	yes, loopback, unchecked bool
	caFile                   string
	clientID, clientSecret   string // of the realm; the secret as a file
	container                bool
	passphrase               string // of a container, as a file
}

// isPairing tells whether text is a pairing link of some kind.
func (a *app) isPairing(text string) bool {
	_, err := a.preview(strings.TrimSpace(text))
	return !errors.Is(err, approve.ErrNotMine)
}

// preview reads a pairing link. That takes neither network nor vault.
func (a *app) preview(link string) (approve.Preview, error) {
	return approve.NewInbox(nil, a.drivers()...).Preview(link)
}

// agree shows what a link says and asks whether to go on. It fills in what the
// offer needs beside the link.
func (a *app) agree(ctx context.Context, p approve.Preview, o linkOptions, offer *approve.Offer) error {
	if err := o.trust(offer); err != nil {
		return err
	}
	offer.Loopback, offer.Container = o.loopback, o.container
	offer.Progress = func(step string) { a.say("%s ...", step) }
	if offer.Trust.Unchecked {
		p.Risks = append(p.Risks, "Certificates are not checked: anyone between here and there can read and change what is sent. Requests of this pairing can only be ignored.")
	}
	if p.AtSite {
		if err := o.ownServer(); err != nil {
			return err
		}
		for _, risk := range p.Risks {
			a.warn("%s", risk)
		}
		return nil
	}
	rows := [][2]string{{"kind", p.Driver}, {"server", p.Server}, {"app", p.App}, {"account", p.Account}}
	for _, d := range p.Details {
		rows = append(rows, [2]string{d.Label, d.Text})
	}
	width := 0
	for _, row := range rows {
		width = max(width, utf8.RuneCountInString(row[0]))
	}
	say, warn := a.say, a.warn
	if !o.yes { // who is asked sees what it is about, also with --quiet
		say = func(format string, args ...any) { fmt.Fprintln(a.env.Stderr, printable(fmt.Sprintf(format, args...))) }
		warn = func(format string, args ...any) { say("nod: warning: "+format, args...) }
	}
	for _, row := range rows {
		if row[1] != "" {
			say("%-*s  %s", width, row[0], row[1])
		}
	}
	for _, risk := range p.Risks {
		warn("%s", risk)
	}
	if slices.Contains(p.Needs, approve.NeedContainer) && !o.container {
		return fmt.Errorf("pair: %w", approve.ErrContainer)
	}
	if !o.yes {
		if !a.askable() {
			return &usageError{err: fmt.Errorf("pairing with %s has to be agreed to", p.Server), hint: "read what the link says, and add --yes"}
		}
		if err := a.confirm(ctx, "Pair with this server? Type  yes  to go on: ", "yes"); err != nil {
			return err
		}
	}
	if slices.Contains(p.Needs, approve.NeedClient) {
		return a.client(ctx, o, offer)
	}
	if slices.Contains(p.Needs, approve.NeedPassphrase) {
		return a.passphrase(ctx, o, offer)
	}
	return nil
}

// passphrase reads the passphrase that a link asks for.
func (a *app) passphrase(ctx context.Context, o linkOptions, offer *approve.Offer) error {
	const hint = "give it in a file: --container-passphrase-file FILE"
	var secret []byte
	var err error
	if o.passphrase != "" {
		if secret, err = os.ReadFile(o.passphrase); err != nil {
			return &usageError{err: err, hint: hint}
		}
	} else if secret, err = a.askHidden(ctx, "Passphrase of the container: "); errors.Is(err, errNoTerminal) {
		return &usageError{err: errors.New("the link asks for a passphrase"), hint: hint}
	} else if err != nil {
		return err
	}
	defer clear(secret)
	if offer.Passphrase = strings.TrimRight(string(secret), "\r\n"); offer.Passphrase == "" {
		return &usageError{err: errors.New("the passphrase of the container is empty"), hint: hint}
	}
	return nil
}

// ownServer refuses what pairing with a server of nod's own protocol does not heed.
func (o linkOptions) ownServer() error {
	if o.caFile == "" && !o.unchecked {
		return nil
	}
	return &usageError{
		err:  errors.New("--ca-file and --no-tls-check are for servers of other makers"),
		hint: "a nod server needs a certificate that this system believes; the variable SSL_CERT_FILE names other ones",
	}
}

// pairHint says of a site that can not be reached what may be wrong: nod servers test
// asks those alone that are paired.
func pairHint(err error, offer approve.Offer) error {
	hint := "check the address and the network, and whether the site shows that address now"
	switch certificate := strings.Contains(err.Error(), "certificate"); { // an agent's error is its text alone
	case !errors.Is(err, approve.ErrUnreachable):
		return err
	case certificate && (offer.Link == "" || strings.HasPrefix(offer.Link, "nod:")):
		hint = "if that is the server's right certificate, the variable SSL_CERT_FILE names the file with its issuer's, also for nod agent run"
	case certificate:
		hint = "if that is the server's right certificate, --ca-file names the file with its issuer's"
	}
	return &hinted{err, hint}
}

// trust says whom to believe to be the server.
func (o linkOptions) trust(offer *approve.Offer) error {
	offer.Trust.Unchecked = o.unchecked
	if o.caFile == "" {
		return nil
	}
	roots, err := os.ReadFile(o.caFile)
	if err != nil {
		return &usageError{err: err, hint: "name a file of certificates in PEM"}
	}
	offer.Trust.Roots = string(roots)
	return nil
}

// client reads the client id and secret that the realm's administrator gives.
func (a *app) client(ctx context.Context, o linkOptions, offer *approve.Offer) (err error) {
	const hint = "the realm's administrator knows them: --client-id ID --client-secret-file FILE"
	if offer.ClientID = o.clientID; offer.ClientID == "" {
		if !a.askable() {
			return &usageError{err: errors.New("this server wants a client id and secret"), hint: hint}
		}
		if offer.ClientID, err = a.ask(ctx, "Client id (from the realm's administrator): "); err != nil {
			return err
		}
	}
	if o.clientSecret != "" {
		text, err := os.ReadFile(o.clientSecret)
		if err != nil {
			return &usageError{err: err, hint: hint}
		}
		offer.ClientSecret = strings.TrimSpace(string(text))
		return nil
	}
	secret, err := a.askHidden(ctx, "Client secret: ")
	if errors.Is(err, errNoTerminal) {
		return &usageError{err: err, hint: hint}
	}
	offer.ClientSecret = strings.TrimSpace(string(secret))
	clear(secret)
	return err
}
