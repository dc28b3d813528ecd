package privacyidea

// This file reads the addresses that links and challenges name.

import (
	"net/url"
	"strings"

	"nod/approve"
)

const maxAddress = 2048

// readAddress reads the address of a server's push service; it has no query, for
// that is the driver's. Loopback allows this machine. Errors: approve.ErrAddress, approve.ErrInsecure.
func readAddress(text string, loopback bool) (*url.URL, error) {
	if len(text) > maxAddress || !isPlain(text) || strings.Contains(text, "|") {
		return nil, approve.ErrAddress
	}
	u, err := approve.ServerURL(text, loopback)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return nil, approve.ErrAddress
	}
	return u, nil
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
