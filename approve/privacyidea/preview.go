package privacyidea

// This file tells what a pairing link says, and remembers since when it is known:
// it names how long it lives but not from when, and the servers do not check.

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"time"

	"nod/approve"
)

// Preview reads a pairing link without any network. It counts the link's life from
// the first time. A link to this machine is read too; Pair takes it only when the
// offer allows that.
func (p *driver) Preview(text string) (approve.Preview, error) {
	l, err := p.readLink(text, true)
	if err != nil {
		return approve.Preview{}, err
	}
	if err := p.links.check(l); err != nil {
		return approve.Preview{}, err
	}
	return approve.Preview{
		Driver: p.name, Server: approve.Origin(l.url), App: l.issuer, Account: l.label,
		Risks: p.risks(l), Details: l.details(),
	}, nil
}

// details is what else the link says.
func (l link) details() []approve.Detail {
	life := fmt.Sprintf("%d minutes", l.minutes)
	if l.minutes == 1 {
		life = "1 minute"
	}
	tls := "certificates are checked"
	switch {
	case l.url.Scheme == "http":
		tls = "none, the server is on this machine"
	case l.unchecked:
		tls = "the link asks for certificates not to be checked"
	}
	details := []approve.Detail{
		{Label: "Serial", Text: l.serial},
		{Label: "Sends to", Text: approve.LongText(l.url.Host + l.url.EscapedPath())},
		{Label: "Link lives", Text: life},
		{Label: "TLS", Text: tls},
	}
	if l.lock != "" {
		details = append(details, approve.Detail{Label: "App lock", Text: locks[l.lock]})
	}
	return details
}

// locks names what an administrator can ask of an app.
var locks = map[string]string{
	"pin": "a PIN, which nod has", "any": "a PIN or a fingerprint; nod has a PIN", "biometric": "a fingerprint or a face",
}

// risks are sentences to read before going on.
func (p profile) risks(l link) (risks []string) {
	if _, err := approve.ServerURL(l.url.String(), false); err != nil {
		risks = append(risks, "The server is on this machine or on the same wire; nod pairs with it only where that is allowed.")
	}
	if l.url.Scheme == "http" {
		risks = append(risks, "The connection is not encrypted.")
	}
	if l.unchecked {
		risks = append(risks, "The link asks nod not to check the server's certificate. nod checks it all the same.")
	}
	if !l.pollOnly && p.newer {
		risks = append(risks, "The server tries to push a request first, which nod can not receive: requests come when nod asks, if the server allows that.")
	}
	if l.lock == "biometric" {
		risks = append(risks, "The server asks for a fingerprint or a face. nod can not read these and asks for its PIN.")
	}
	return risks
}

// maxSightings is how many links are remembered.
const maxSightings = 256

// sightings remembers when links were first seen, without their secrets. The zero
// value has seen none.
type sightings struct {
	mu    sync.Mutex
	first map[[sha256.Size]byte]time.Time
}

// check returns approve.ErrCodeExpired when l has lived too long since it was first
// seen.
func (s *sightings) check(l link) error {
	key := sha256.Sum256([]byte(strings.Join([]string{l.url.String(), l.serial, l.credential}, "\n")))
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	first, known := s.first[key]
	if !known {
		if s.first == nil {
			s.first = map[[sha256.Size]byte]time.Time{}
		}
		for len(s.first) >= maxSightings {
			s.forgetOldest()
		}
		s.first[key], first = now, now
	}
	if now.Sub(first) >= time.Duration(l.minutes)*time.Minute {
		return fmt.Errorf("read link: %w: it was good for %d minutes; ask for a new one", approve.ErrCodeExpired, l.minutes)
	}
	return nil
}

// forgetOldest makes room; s.mu is held.
func (s *sightings) forgetOldest() {
	var oldest [sha256.Size]byte
	var at time.Time
	for key, first := range s.first {
		if at.IsZero() || first.Before(at) {
			oldest, at = key, first
		}
	}
	delete(s.first, oldest)
}
