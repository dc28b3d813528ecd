package container

// This file tells what a registration link says.

import (
	"time"

	"nod/approve"
)

// Preview reads a registration link without any network. A link to this machine is
// read too; Pair takes it only when the offer allows that.
func (*driver) Preview(text string) (approve.Preview, error) {
	l, err := readLink(text, true)
	if err != nil {
		return approve.Preview{}, err
	}
	if err := l.check(time.Now()); err != nil {
		return approve.Preview{}, err
	}
	p := approve.Preview{
		Driver: Name, Server: approve.Origin(l.base.url), App: l.issuer, Account: l.serial,
		Risks: l.risks(), Details: l.details(), Needs: []string{approve.NeedContainer},
	}
	if l.secret {
		p.Needs = append(p.Needs, approve.NeedPassphrase)
	}
	return p, nil
}

// details is what else the link says.
func (l link) details() []approve.Detail {
	tls := "certificates are checked"
	switch {
	case l.base.url.Scheme == "http":
		tls = "none, the server is on this machine"
	case l.unchecked:
		tls = "the link asks for certificates not to be checked"
	}
	details := []approve.Detail{
		{Label: "Sends to", Text: approve.LongText(l.base.url.Host + l.base.url.EscapedPath())},
		{Label: "Until", Text: l.made.Add(l.life).UTC().Format("2006-01-02 15:04 UTC")},
		{Label: "Key", Text: "ECDSA P-384 with SHA-256"},
		{Label: "TLS", Text: tls},
	}
	if l.secret {
		question := l.question
		if question == "" {
			question = "the link asks for one"
		}
		details = append(details, approve.Detail{Label: "Passphrase", Text: question})
	}
	return details
}

// risks are sentences to read before going on.
func (l link) risks() []string {
	risks := []string{
		"A container is a set of tokens that the server renews. Each time that nod synchronises it, the server gives every token " +
			"that nod does not list a new secret: the same token on a phone or in another vault stops working.",
		"The registration is bound to nothing but this link: whoever uses it first is the device, and gets the tokens.",
	}
	if _, err := approve.ServerURL(l.base.url.String(), false); err != nil {
		risks = append(risks, "The server is on this machine or on the same wire; nod pairs with it only where that is allowed.")
	}
	if l.base.url.Scheme == "http" {
		risks = append(risks, "The connection is not encrypted.")
	}
	if l.unchecked {
		risks = append(risks, "The link asks nod not to check the server's certificate. nod checks it all the same.")
	}
	switch {
	case l.send:
		risks = append(risks, "The passphrase is sent to the server. Type it only if this is your server.")
	case l.secret:
		risks = append(risks, "The passphrase is not sent, but who sees what is sent can try out short ones.")
	}
	return risks
}
