package privacyidea

// This file reads pairing links.

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"nod/approve"
)

const (
	maxLink      = 8 << 10
	usualMinutes = 10 // that a link lives, when it does not say
)

var (
	serials     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{4,64}$`) })
	credentials = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`) })
)

// link is a pairing link.
type link struct {
	url        *url.URL // of the push service
	serial     string
	credential string // secret, good for one pairing
	issuer     string
	label      string
	minutes    int
	unchecked  bool // it asks for certificates not to be checked
	pollOnly   bool
	lock       string // "pin", "any" or "biometric" when the app is to be locked
}

// readLink reads a pairing link of p; approve.ErrNotMine when it is none. Errors
// never repeat what the link says.
func (p profile) readLink(text string, loopback bool) (link, error) {
	text = strings.TrimSpace(text)
	if !p.isLink(text) {
		return link{}, approve.ErrNotMine
	}
	u, err := url.Parse(text)
	if err != nil || len(text) > maxLink || u.User != nil || u.Fragment != "" {
		return link{}, errors.New("read link: it is damaged")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return link{}, errors.New("read link: it is damaged")
	}
	for _, name := range []string{"url", "serial", "enrollment_credential", "v"} {
		if len(query[name]) > 1 {
			return link{}, fmt.Errorf("read link: it has %s twice", name)
		}
	}
	if query.Get("v") != "1" {
		return link{}, errors.New("read link: it is of a version that this nod does not know")
	}
	l := link{serial: query.Get("serial"), credential: query.Get("enrollment_credential")}
	if !serials().MatchString(l.serial) {
		return link{}, errors.New("read link: the serial number of its token can not be used")
	}
	if !credentials().MatchString(l.credential) {
		return link{}, errors.New("read link: its credential can not be used")
	}
	if l.url, err = readAddress(query.Get("url"), loopback); err != nil {
		return link{}, fmt.Errorf("read link: %w", err)
	}
	return l, l.describe(u.Path, query)
}

// isLink tells whether text begins like a link of p, whatever follows.
func (p profile) isLink(text string) bool {
	for _, start := range p.links {
		if len(text) >= len(start) && strings.EqualFold(text[:len(start)], start) &&
			(len(text) == len(start) || strings.ContainsRune("/?#", rune(text[len(start)]))) {
			return true
		}
	}
	return false
}

// describe reads what only describes the token; what is missing or odd has a
// usual value, but a time to live that is no number is refused.
func (l *link) describe(path string, query url.Values) error {
	l.minutes = usualMinutes
	if ttl := query.Get("ttl"); ttl != "" {
		minutes, err := strconv.Atoi(ttl)
		if err != nil || minutes < 1 {
			return errors.New("read link: its time to live can not be used")
		}
		l.minutes = min(minutes, 24*60)
	}
	l.issuer = approve.Text(query.Get("issuer"))
	if l.issuer == "" {
		l.issuer = "privacyIDEA"
	}
	label := strings.TrimPrefix(path, "/")
	if issuer := query.Get("issuer"); issuer != "" {
		label = strings.TrimPrefix(label, issuer+":")
	}
	if l.label = approve.Text(label); l.label == "" {
		l.label = l.serial
	}
	checked := query.Get("sslverify")
	l.unchecked = checked != "" && !isTrue(checked)
	l.pollOnly = isTrue(query.Get("poll_only"))
	switch lock := strings.ToLower(query.Get("app_force_unlock")); {
	case lock == "pin" || lock == "any" || lock == "biometric":
		l.lock = lock
	case lock != "" && lock != "none" || isTrue(query.Get("pin")):
		l.lock = "pin"
	}
	return nil
}

// isTrue reads the ways in which the servers write yes.
func isTrue(s string) bool { return s == "1" || strings.EqualFold(s, "true") }
