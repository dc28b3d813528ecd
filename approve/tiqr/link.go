package tiqr

// This file reads the two kinds of links: of a pairing, and of a sign-in.

import (
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"nod/approve"
)

const (
	maxLink    = 4096 // bytes
	minSession = 16   // hexadecimal digits; servers use 32
	maxSession = 64
)

// enrolURL returns where the metadata of a pairing link is: behind tiqrenroll://, or
// in the parameter metadata of an https link. Errors: approve.ErrNotMine, ErrAddress,
// ErrInsecure.
func enrolURL(link string, loopback bool) (*url.URL, error) {
	link = strings.TrimSpace(link)
	if len(link) > maxLink {
		return nil, approve.ErrNotMine
	}
	if rest, ok := cutScheme(link, "tiqrenroll"); ok {
		return approve.ServerURL(rest, loopback)
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, approve.ErrNotMine
	}
	metadata := u.Query().Get("metadata")
	if inner, err := url.Parse(metadata); err != nil || inner.Scheme != "https" && inner.Scheme != "http" {
		return nil, approve.ErrNotMine
	}
	return approve.ServerURL(metadata, loopback)
}

// cutScheme takes name:// off the start of a link.
func cutScheme(link, name string) (string, bool) {
	scheme, rest, ok := strings.Cut(link, "://")
	return rest, ok && strings.EqualFold(scheme, name)
}

// signIn is what the link of a sign-in page says. Nothing of it is signed.
type signIn struct {
	user     string // identifier of the identity that is asked for; "" for any
	service  string // identifier
	session  string // hexadecimal
	question string // hexadecimal
	provider string // identifier of what is signed in to
}

// errLink says that a link has a tiqr scheme, but not what belongs into it.
var errLink = errors.New("the tiqr link is not complete: scan or copy all of it")

// parseSignIn reads a link in either form, tiqrauth://user@service/session/question/
// provider/version or https with these as u, i, s, q and v; approve.ErrNotMine when
// it is neither.
func parseSignIn(link string) (signIn, error) {
	link = strings.TrimSpace(link)
	if len(link) > maxLink {
		return signIn{}, approve.ErrNotMine
	}
	for _, scheme := range []string{"tiqrauth", "tiqr"} {
		if rest, ok := cutScheme(link, scheme); ok {
			return parsePath(rest)
		}
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return signIn{}, approve.ErrNotMine
	}
	q := u.Query()
	s := signIn{user: q.Get("u"), service: q.Get("i"), session: q.Get("s"), question: q.Get("q")}
	if !s.complete() {
		return signIn{}, approve.ErrNotMine // https links of others have such short names, too
	}
	return s, checkVersion(q.Get("v"))
}

// parsePath reads a link without its scheme. Behind a ? is a page to go back to in a
// browser, which a terminal has no use for.
func parsePath(text string) (signIn, error) {
	text, _, _ = strings.Cut(text, "?")
	parts := strings.Split(text, "/")
	if len(parts) < 3 || len(parts) > 5 {
		return signIn{}, errLink
	}
	parts = append(parts, "", "")
	s := signIn{service: parts[0], session: parts[1], question: parts[2]}
	if at := strings.LastIndex(parts[0], "@"); at >= 0 {
		user, err := url.QueryUnescape(parts[0][:at]) // as web forms do: + is a space
		if err != nil || user == "" {
			return signIn{}, errLink
		}
		s.user, s.service = user, parts[0][at+1:]
	}
	var err error
	if s.provider, err = url.QueryUnescape(parts[3]); err != nil || !s.complete() {
		return signIn{}, errLink
	}
	return s, checkVersion(parts[4])
}

// complete tells whether s has what an answer needs.
func (s signIn) complete() bool {
	return isIdentifier(s.service) && (s.user == "" || isIdentifier(s.user)) &&
		len(s.session) >= minSession && len(s.session) <= maxSession && isHex(s.session) &&
		s.question != "" && len(s.question) <= 128 && strings.Trim(s.question, "0123456789abcdefABCDEF") == ""
}

// checkVersion refuses links of a later protocol.
func checkVersion(text string) error {
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	switch known, _ := strconv.ParseUint(version, 10, 16); {
	case err != nil:
		return errLink
	case n > known:
		return errors.New("the link is of a later version of tiqr, which this nod does not speak")
	}
	return nil
}

// isHex tells whether s is whole bytes in hexadecimal.
func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}

// isIdentifier tells whether s can name a service or an identity: it has nothing in
// it that a terminal does not show.
func isIdentifier(s string) bool { return s != "" && approve.LongText(s) == s }
