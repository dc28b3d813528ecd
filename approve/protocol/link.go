package protocol

// This file reads and writes pairing links and server addresses. No error
// repeats what it was given: a link holds a one-time token.

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Link is what a pairing QR holds: nod://pair?v=1&srv=..&t=..&fp=..
type Link struct {
	Server      string // origin
	Token       string // 128 bit, base64url, one use
	Fingerprint string // Thumbprint of the server's key
}

// String returns the link, token included.
func (l Link) String() string {
	return "nod://pair?v=1&srv=" + url.QueryEscape(l.Server) + "&t=" + l.Token + "&fp=" + l.Fingerprint
}

// IsLink tells whether s begins like a pairing link of this protocol.
func IsLink(s string) bool {
	return len(s) >= 4 && strings.EqualFold(s[:4], "nod:")
}

// ParseLink reads a pairing link; srv must be https or loopback http, without
// user, path, query or fragment. Parameters that it does not know are left
// aside. Errors: ErrInsecure and others.
func ParseLink(s string) (Link, error) {
	if len(s) > 1024 {
		return Link{}, errors.New("read pairing link: too long")
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "nod" || u.Host != "pair" || u.User != nil || u.Path != "" || u.Fragment != "" {
		return Link{}, errors.New("read pairing link: it does not begin with nod://pair")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Link{}, errors.New("read pairing link: its parameters can not be read")
	}
	for _, name := range []string{"v", "srv", "t", "fp"} {
		if len(q[name]) != 1 {
			return Link{}, errors.New("read pairing link: " + name + " is missing or there twice")
		}
	}
	if q.Get("v") != "1" {
		return Link{}, errors.New("read pairing link: made for another version of nod")
	}
	if !strings.Contains(q.Get("srv"), "://") {
		return Link{}, errors.New("read pairing link: srv is not a full address")
	}
	server, err := Origin(q.Get("srv"))
	if err != nil {
		return Link{}, err
	}
	l := Link{Server: server, Token: q.Get("t"), Fingerprint: q.Get("fp")}
	if !isNonce(l.Token) {
		return Link{}, errors.New("read pairing link: t is not a token")
	}
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(l.Fingerprint); err != nil || len(raw) != 32 {
		return Link{}, errors.New("read pairing link: fp is not a fingerprint")
	}
	return l, nil
}

// Origin checks and normalises a server address to scheme://host[:port]: https,
// or http on loopback. Without a scheme it adds https, or http for a loopback
// host. Over http, localhost becomes 127.0.0.1: the two name one place, and
// signatures cover the name. Errors: ErrInsecure and others.
func Origin(address string) (string, error) {
	address = strings.TrimSpace(address)
	bare := !strings.Contains(address, "://")
	if bare {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > 512 {
		return "", errors.New("read server address: not an address like https://host:port")
	}
	switch {
	case u.User != nil:
		return "", errors.New("read server address: it must not hold a user name")
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.ForceQuery, u.Fragment != "", strings.HasSuffix(address, "#"):
		return "", errors.New("read server address: nothing may follow host and port")
	}
	host, loopback, err := normalHost(u.Hostname())
	if err != nil {
		return "", err
	}
	scheme := strings.ToLower(u.Scheme)
	if bare && loopback {
		scheme = "http"
	}
	switch {
	case scheme == "http" && !loopback:
		return "", ErrInsecure
	case scheme != "https" && scheme != "http":
		return "", errors.New("read server address: it must begin with https://")
	}
	if scheme == "http" && host == "localhost" {
		host = "127.0.0.1" // https keeps it: certificates are made for names
	}
	port, err := normalPort(scheme, u)
	if err != nil {
		return "", err
	}
	return scheme + "://" + host + port, nil
}

// normalHost returns the one way to write a host, and whether it is this machine.
// Letters outside ASCII are refused: two names that look alike must not both do.
func normalHost(host string) (string, bool, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		switch {
		case ip.Zone() != "":
			return "", false, errors.New("read server address: an address with a zone can not be used")
		case ip.Is6():
			return "[" + ip.String() + "]", ip.IsLoopback(), nil
		}
		return ip.String(), ip.IsLoopback(), nil
	}
	host = strings.ToLower(host)
	if len(host) > 253 {
		return "", false, errors.New("read server address: the host name is too long")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", false, errors.New("read server address: the host name is not made of letters, digits, dots and dashes")
		}
	}
	return host, host == "localhost", nil
}

// normalPort returns ":port", or nothing for the scheme's own.
func normalPort(scheme string, u *url.URL) (string, error) {
	text := u.Port()
	if text == "" {
		if strings.HasSuffix(u.Host, ":") {
			return "", errors.New("read server address: the port is missing")
		}
		return "", nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return "", errors.New("read server address: the port is not 1 to 65535")
	}
	if scheme == "https" && n == 443 || scheme == "http" && n == 80 {
		return "", nil
	}
	return ":" + strconv.FormatUint(n, 10), nil
}
