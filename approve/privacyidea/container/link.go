package container

// This file reads registration links, pia://container/SERIAL?...

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"nod/approve"
)

const (
	maxLink      = 8 << 10
	maxAddress   = 2048
	linkStart    = "pia://container"
	usualMinutes = 10 // that a link lives, when it does not say
	ahead        = 5 * time.Minute
)

// What is signed is made of these; none of them takes a "|", which parts them.
var (
	serials = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{4,64}$`) })
	nonces  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-fA-F]{32,128}$`) })
	stamps  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$`)
	})
)

// base is the address of a server, in the form that is asked and as the server writes
// it: the latter is signed.
type base struct {
	url  *url.URL
	text string
}

// readBase reads a server's address. Errors: approve.ErrAddress, approve.ErrInsecure.
func readBase(text string, loopback bool) (base, error) {
	if len(text) > maxAddress || strings.Contains(text, "|") || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return base{}, approve.ErrAddress
	}
	u, err := approve.ServerURL(text, loopback)
	if err != nil {
		return base{}, err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return base{}, approve.ErrAddress
	}
	return base{u, text}, nil
}

// endpoint returns where a call goes, and the text of that which is signed.
func (b base) endpoint(path string) (address, scope string) {
	join := func(base string) string { return strings.TrimSuffix(base, "/") + "/container/" + path }
	return join(b.url.String()), join(b.text)
}

// link is a registration link.
type link struct {
	base      base
	serial    string
	nonce     string
	stamp     string // when it was made, as it stands there
	made      time.Time
	life      time.Duration
	issuer    string
	unchecked bool   // it asks for certificates not to be checked
	question  string // for the passphrase, safe to show
	secret    bool   // it asks for a passphrase
	send      bool   // which is sent, too
}

// isLink tells whether text begins like a registration link, whatever follows.
func isLink(text string) bool {
	n := len(linkStart)
	return len(text) >= n && strings.EqualFold(text[:n], linkStart) &&
		(len(text) == n || strings.ContainsRune("/?#", rune(text[n])))
}

// readLink reads a registration link; approve.ErrNotMine when it is none. Errors
// never repeat what the link says.
func readLink(text string, loopback bool) (link, error) {
	text = strings.TrimSpace(text)
	if !isLink(text) {
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
	for name, values := range query {
		if len(values) > 1 {
			return link{}, errors.New("read link: it says something twice")
		}
		if name == "v" && values[0] != "1" {
			return link{}, errors.New("read link: it is of a version that this nod does not know")
		}
	}
	l := link{serial: query.Get("serial"), nonce: query.Get("nonce"), stamp: query.Get("time")}
	if label := strings.TrimPrefix(u.Path, "/"); !serials().MatchString(l.serial) || label != "" && label != l.serial {
		return link{}, errors.New("read link: the serial number of its container can not be used")
	}
	if !nonces().MatchString(l.nonce) {
		return link{}, errors.New("read link: its nonce can not be used")
	}
	if l.made, err = readStamp(l.stamp); err != nil {
		return link{}, fmt.Errorf("read link: %w", err)
	}
	if l.base, err = readBase(query.Get("url"), loopback); err != nil {
		return link{}, fmt.Errorf("read link: %w", err)
	}
	return l, l.describe(query)
}

// readStamp reads a time as the server writes it.
func readStamp(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !stamps().MatchString(text) {
		return time.Time{}, errors.New("its time can not be used")
	}
	return at, nil
}

// describe reads the rest: the kinds of key and hash must be those that are known.
func (l *link) describe(query url.Values) error {
	key, hash := query.Get("key_algorithm"), query.Get("hash_algorithm")
	if key != "" && !strings.EqualFold(key, "secp384r1") || hash != "" && !strings.EqualFold(hash, "sha256") {
		return errors.New("read link: it asks for a key or a hash that this nod does not make")
	}
	l.life = usualMinutes * time.Minute
	if ttl := query.Get("ttl"); ttl != "" {
		minutes, err := strconv.Atoi(ttl)
		if err != nil || minutes < 1 {
			return errors.New("read link: its time to live can not be used")
		}
		l.life = min(time.Duration(min(minutes, 24*60))*time.Minute, 24*time.Hour)
	}
	if l.issuer = approve.Text(query.Get("issuer")); l.issuer == "" {
		l.issuer = "privacyIDEA"
	}
	checked := query.Get("ssl_verify")
	l.unchecked = checked != "" && !isTrue(checked)
	l.send = isTrue(query.Get("send_passphrase"))
	l.question = approve.LongText(query.Get("passphrase"))
	l.secret = l.send || query.Get("passphrase") != ""
	return nil
}

// isTrue reads the ways in which the server writes yes.
func isTrue(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

// check returns approve.ErrCodeExpired when the link has lived too long, and
// approve.ErrClock when it comes from the future.
func (l link) check(now time.Time) error {
	switch {
	case l.made.After(now.Add(ahead)):
		return fmt.Errorf("read link: %w: it says that it was made later than now", approve.ErrClock)
	case !now.Before(l.made.Add(l.life)):
		return fmt.Errorf("read link: %w: it was good for %s; ask for a new one", approve.ErrCodeExpired, minutes(l.life))
	}
	return nil
}

// minutes writes a time of whole minutes.
func minutes(d time.Duration) string {
	if d == time.Minute {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", d/time.Minute)
}
