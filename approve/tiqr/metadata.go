package tiqr

// This file checks what a server says of itself when a pairing begins. The person
// has seen the origin of the pairing link, so nothing may lead away from there.

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"nod/approve"
	"nod/vault/otp"
)

// service is a server and an account at it, checked.
type service struct {
	id, name      string
	user, account string // identifier and display name of the identity
	enrolment     *url.URL
	answers       *url.URL
	suite         otp.OCRASuite
}

// metadata is the JSON of it. Addresses of pictures and of help are not read.
type metadata struct {
	Service struct {
		Name    string `json:"displayName"`
		ID      string `json:"identifier"`
		Answers string `json:"authenticationUrl"`
		Enrol   string `json:"enrollmentUrl"`
		Suite   string `json:"ocraSuite"`
	} `json:"service"`
	Identity struct {
		Name string `json:"displayName"`
		ID   string `json:"identifier"`
	} `json:"identity"`
}

// readMetadata checks metadata that came from an address. Errors: approve.ErrRefused,
// ErrUnreachable when it is none, ErrAddress, ErrInsecure.
func readMetadata(body []byte, from *url.URL, loopback bool) (service, error) {
	var m metadata
	if err := json.Unmarshal(body, &m); err != nil {
		return service{}, fmt.Errorf("%w: what answers there is not a tiqr server", approve.ErrUnreachable)
	}
	s := service{
		id: m.Service.ID, name: approve.Text(m.Service.Name),
		user: m.Identity.ID, account: approve.Text(m.Identity.Name),
	}
	switch {
	case !isIdentifier(s.id) || strings.ContainsAny(s.id, "/@?"):
		return service{}, fmt.Errorf("%w: its service has no usable identifier", approve.ErrRefused)
	case !isIdentifier(s.user):
		return service{}, fmt.Errorf("%w: the account has no usable identifier", approve.ErrRefused)
	}
	if s.name == "" {
		s.name = approve.Text(s.id)
	}
	if s.account == "" {
		s.account = approve.Text(s.user)
	}
	var err error
	if s.enrolment, err = sameSite(m.Service.Enrol, from, loopback); err != nil {
		return service{}, fmt.Errorf("the address to register at: %w", err)
	}
	if s.answers, err = sameSite(m.Service.Answers, from, loopback); err != nil {
		return service{}, fmt.Errorf("the address for answers: %w", err)
	}
	if s.suite, err = readSuite(m.Service.Suite); err != nil {
		return service{}, fmt.Errorf("%w: %w", approve.ErrRefused, err)
	}
	return s, nil
}

// sameSite reads an address of the server whose metadata is at from: on the same host
// or one below it, by the same scheme.
func sameSite(text string, from *url.URL, loopback bool) (*url.URL, error) {
	u, err := approve.ServerURL(text, loopback)
	if err != nil {
		return nil, err
	}
	host, base := strings.ToLower(u.Hostname()), strings.ToLower(from.Hostname())
	_, notAddress := netip.ParseAddr(base)
	if u.Scheme != from.Scheme || host != base && (notAddress == nil || !strings.HasSuffix(host, "."+base)) {
		return nil, fmt.Errorf("%w: it is not at the site of the link, but at %s", approve.ErrRefused, approve.Text(host))
	}
	return u, nil
}

// readSuite reads a suite whose inputs a tiqr server gives: a question in hexadecimal
// and the session. Shorter codes than six digits could be guessed.
func readSuite(text string) (otp.OCRASuite, error) {
	suite, err := otp.ParseOCRA(text)
	switch {
	case err != nil:
		return suite, err
	case suite.Counter || suite.PIN != "" || suite.Step > 0:
		return suite, fmt.Errorf("OCRA suite %q takes more than a tiqr server gives", text)
	case suite.Format != 'H' || suite.Digits < 6:
		return suite, fmt.Errorf("OCRA suite %q is not one of hexadecimal questions and six digits or more", text)
	}
	return suite, nil
}
