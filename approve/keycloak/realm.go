package keycloak

// This file is about addresses: the realm that a pairing is bound to.

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"nod/approve"
)

// realm is one realm of one server.
type realm struct {
	origin string // https://id.demo.test
	base   string // https://id.demo.test/realms/demo, sometimes with a path before /realms
	name   string // demo; not yet fit for a terminal
}

// Below these paths of a realm a pairing link and a request's target lie.
const (
	actionToken  = "/login-actions/action-token"
	requestToken = "/push-mfa/enroll/request-token/"
)

// realmPath is a realm's path; its name stays escaped.
var realmPath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:/[A-Za-z0-9._~-]+)*/realms/([A-Za-z0-9._~!$&'()*+,;=:@%-]+)$`)
})

// parseRealm reads the address of a realm. Errors: approve.ErrAddress, ErrInsecure.
func parseRealm(text string, loopback bool) (realm, error) {
	u, err := readURL(text, loopback)
	if err != nil {
		return realm{}, err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return realm{}, approve.ErrAddress
	}
	return realmOf(u, u.EscapedPath())
}

// readURL is approve.ServerURL for addresses of one spelling: a lower-case host, no
// port where it is the usual one.
func readURL(text string, loopback bool) (*url.URL, error) {
	if len(text) > maxLink {
		return nil, approve.ErrAddress
	}
	u, err := approve.ServerURL(text, loopback)
	if err != nil {
		return nil, err
	}
	u.Host = strings.ToLower(u.Host)
	u.Host = strings.TrimSuffix(u.Host, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
	return u, nil
}

// realmOf is the realm at u whose escaped path is path.
func realmOf(u *url.URL, path string) (realm, error) {
	found := realmPath().FindStringSubmatch(path)
	if found == nil {
		return realm{}, fmt.Errorf("%w: it names no realm of a Keycloak server", approve.ErrAddress)
	}
	name, err := url.PathUnescape(found[1])
	odd := err != nil || strings.ContainsAny(name, "/\\\x00")
	for segment := range strings.SplitSeq(path, "/") {
		odd = odd || segment == "." || segment == ".."
	}
	if odd || name == "." || name == ".." {
		return realm{}, fmt.Errorf("%w: it names no realm of a Keycloak server", approve.ErrAddress)
	}
	origin := approve.Origin(u)
	return realm{origin: origin, base: origin + path, name: name}, nil
}

// issued tells whether c names r as its issuer, however that is spelled.
func (r realm) issued(c claims) bool {
	issuer, err := parseRealm(c.Issuer, true)
	return err == nil && issuer == r
}

// below returns the realm that u lies in, when u's path is that of a realm and then
// suffix.
func below(u *url.URL, suffix string) (realm, error) {
	path, ok := strings.CutSuffix(u.EscapedPath(), suffix)
	if !ok {
		return realm{}, approve.ErrAddress
	}
	return realmOf(u, path)
}

// parameter returns the one value of a parameter, and ok when there is exactly one
// that is not empty.
func parameter(query url.Values, name string) (value string, ok bool) {
	values := query[name]
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

// risks are the sentences to read before pairing with the server at text.
func (r realm) risks(more ...string) []string {
	var all []string
	switch _, err := approve.ServerURL(r.base, false); {
	case strings.HasPrefix(r.base, "http:"):
		all = append(all, "The connection is not encrypted; the server is on this machine.")
	case err != nil:
		all = append(all, "The server is on this machine or on the same wire.")
	}
	return slices.Concat(all, more)
}

// details are what a link says, the realm first.
func (r realm) details(more ...approve.Detail) []approve.Detail {
	all := []approve.Detail{{Label: "Realm", Text: approve.Text(r.name)}}
	for _, d := range more {
		if d.Text = approve.LongText(d.Text); d.Text != "" {
			all = append(all, d)
		}
	}
	return all
}
