package keycloak

// This file reads the pairing links of the push MFA extension. Their scheme is the
// administrator's choice, so a link is known by its query.

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"nod/approve"
)

// typeEnrol is the type of the token that a pairing link brings.
const typeEnrol = "push-enroll-challenge"

// enrolment is a pairing link. With fetch, all but the realm is only known once the
// token was fetched.
type enrolment struct {
	realm realm
	token string
	fetch string // address of the token, or ""
	claims
}

// readEnrolment reads a pairing link.
func readEnrolment(link string, loopback bool, now time.Time) (enrolment, error) {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || len(link) > maxLink || u.Scheme == "" {
		return enrolment{}, approve.ErrNotMine
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return enrolment{}, approve.ErrNotMine
	}
	token, isToken := parameter(query, "token")
	address, isAddress := parameter(query, "request_uri")
	switch {
	case isToken && !isAddress:
		c, err := readToken(token)
		if err != nil || c.Type != typeEnrol {
			return enrolment{}, approve.ErrNotMine
		}
		return enrolmentOf(token, c, loopback, now)
	case isAddress && !isToken:
		return fetchable(address, loopback)
	}
	return enrolment{}, approve.ErrNotMine
}

// fetchable reads the address of a token. Other protocols have links with such a
// parameter too, so the address must be one of this extension.
func fetchable(address string, loopback bool) (enrolment, error) {
	raw, err := url.Parse(address)
	if err != nil {
		return enrolment{}, approve.ErrNotMine
	}
	path := raw.EscapedPath()
	at := strings.LastIndex(path, requestToken)
	if at < 0 || !uuid().MatchString(path[at+len(requestToken):]) {
		return enrolment{}, approve.ErrNotMine
	}
	u, err := readURL(address, loopback)
	if err != nil {
		return enrolment{}, err
	}
	r, err := realmOf(u, path[:at])
	if err != nil {
		return enrolment{}, err
	}
	if u.RawQuery != "" {
		return enrolment{}, fmt.Errorf("%w: it has parameters that do not belong there", approve.ErrAddress)
	}
	return enrolment{realm: r, fetch: u.String()}, nil
}

// enrolmentOf checks what the claims of a token say of themselves.
func enrolmentOf(token string, c claims, loopback bool, now time.Time) (enrolment, error) {
	r, err := parseRealm(c.Issuer, loopback)
	if err != nil {
		return enrolment{}, err
	}
	switch {
	case r.base != c.Issuer || len(r.base) > maxAddress:
		return enrolment{}, fmt.Errorf("%w: the issuer is written in an odd way", approve.ErrAddress)
	case c.Realm != r.name || len(c.Audience) != 1 || c.Audience[0] != r.name:
		return enrolment{}, fmt.Errorf("%w: the token is of another realm than its issuer", approve.ErrRefused)
	case c.Subject == "" || len(c.Subject) > maxID || !uuid().MatchString(c.EnrollmentID) || len(c.Nonce) < 16 || len(c.Nonce) > 256:
		return enrolment{}, fmt.Errorf("%w: the token is not complete", approve.ErrRefused)
	}
	if _, err := c.until(now); err != nil {
		return enrolment{}, err
	}
	return enrolment{realm: r, token: token, claims: c}, nil
}

// Preview reads a pairing link without any network.
func (*push) Preview(link string) (approve.Preview, error) {
	e, err := readEnrolment(link, true, time.Now())
	if err != nil {
		return approve.Preview{}, fmt.Errorf("read link: %w", err)
	}
	p := approve.Preview{
		Driver: NamePush, Server: e.realm.origin, App: approve.Text(e.realm.name), Account: approve.Text(e.Username),
		Needs: []string{approve.NeedClient},
	}
	stranger := "Nothing in the link proves that this is your server: compare it with the address of the page that shows the link."
	if e.fetch != "" {
		p.Risks = e.realm.risks(stranger, "What the link asks for must be fetched from this server, which is done when you go on.")
		p.Details = e.realm.details()
		return p, nil
	}
	p.Risks = e.realm.risks(stranger)
	p.Details = e.realm.details(
		approve.Detail{Label: "Issuer", Text: e.Issuer},
		approve.Detail{Label: "User", Text: e.Username},
		approve.Detail{Label: "Valid until", Text: when(time.Unix(e.Expires, 0))})
	return p, nil
}
