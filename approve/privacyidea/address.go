package privacyidea

// This file reads the addresses that links and challenges name.

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"nod/approve"
)

const maxAddress = 2048

var hosts = regexp.MustCompile(`^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$`)

// readAddress reads the address of a server's push service into one form, so that
// two of the same server have equal origins: a lower-case host and no usual port.
// Loopback allows this machine. Errors: approve.ErrAddress, approve.ErrInsecure.
func readAddress(text string, loopback bool) (*url.URL, error) {
	if len(text) > maxAddress || !isPlain(text) || strings.Contains(text, "|") {
		return nil, approve.ErrAddress
	}
	u, err := url.Parse(text)
	if err != nil || u.RawQuery != "" || u.ForceQuery || u.Opaque != "" {
		return nil, approve.ErrAddress
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	address, err := netip.ParseAddr(host)
	switch {
	case err == nil && address.Zone() == "":
		host = address.String()
	case !hosts.MatchString(host) || endsInNumber(host):
		return nil, approve.ErrAddress
	}
	if u.Host = host; strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	}
	if port != "" && !(u.Scheme == "https" && port == "443") && !(u.Scheme == "http" && port == "80") {
		u.Host += ":" + port
	}
	return approve.ServerURL(u.String(), loopback)
}

// endsInNumber tells whether the name host ends in a number: "127.1" and
// "0x7f000001" are this machine to some resolvers.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last[0] >= '0' && last[0] <= '9'
}

// isPlain tells whether s is printable ASCII without blanks.
func isPlain(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
