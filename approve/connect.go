package approve

// This file is how drivers reach a server: whom they trust, what they refuse, and
// the limits of one call. Texts of errors never repeat a URL.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"nod/vault"
)

// Strict returns a copy of client that follows no redirect, keeps no cookie and
// speaks TLS 1.2 or newer with certificates checked.
func Strict(client *http.Client) *http.Client { return strict(client, nil, false) }

func strict(client *http.Client, roots *x509.CertPool, unchecked bool) *http.Client {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Jar = nil
	c.Timeout = 0 // each call has its own
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	if t, ok := transport.(*http.Transport); ok {
		t = t.Clone()
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{}
		}
		t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
		t.TLSClientConfig.InsecureSkipVerify = unchecked
		if roots != nil {
			t.TLSClientConfig.RootCAs = roots
		}
		transport = t
	}
	c.Transport = transport
	return &c
}

// Trust says whom a driver believes to be one server. The zero value believes the
// certificates that the system trusts.
type Trust struct {
	Roots     string // certificates in PEM: only what they vouch for is the server; "" for the system's
	Unchecked bool   // no certificate is checked; such a pairing can only ignore
}

// What a pairing's memory holds of its Trust.
const (
	memoryRoots     = "tls.roots"
	memoryUnchecked = "tls.unchecked"
)

// TrustOf is what was agreed on when d was paired.
func TrustOf(d vault.Device) Trust {
	return Trust{Roots: d.Memory[memoryRoots], Unchecked: d.Memory[memoryUnchecked] != ""}
}

// Remember returns memory with t in it.
func (t Trust) Remember(memory map[string]string) map[string]string {
	memory = maps.Clone(memory)
	if memory == nil {
		memory = map[string]string{}
	}
	if t.Roots != "" {
		memory[memoryRoots] = t.Roots
	}
	if t.Unchecked {
		memory[memoryUnchecked] = "yes"
	}
	return memory
}

// Connections are HTTP clients, one for each Trust.
type Connections struct {
	base *http.Client

	mu   sync.Mutex
	made map[Trust]*http.Client
}

// NewConnections makes clients like base, which must not be nil, each as Strict
// makes them. A proxy of base's transport stays (HTTPS_PROXY by default).
func NewConnections(base *http.Client) *Connections {
	return &Connections{base: base, made: map[Trust]*http.Client{}}
}

// Client returns the client for t. Error: t.Roots has no certificate.
func (c *Connections) Client(t Trust) (*http.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if made := c.made[t]; made != nil {
		return made, nil
	}
	var roots *x509.CertPool
	if t.Roots != "" {
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(t.Roots)) {
			return nil, fmt.Errorf("%w: the file of certificates to trust holds none (PEM)", ErrAddress)
		}
	}
	made := strict(c.base, roots, t.Unchecked)
	c.made[t] = made
	return made, nil
}

// ServerURL reads an address that a link or a server names: https, or http to this
// machine when loopback; without user, password or fragment. The host comes in one
// form, so that two addresses of one server have equal origins: lower case and no
// usual port. Errors: ErrAddress, ErrInsecure.
func ServerURL(text string, loopback bool) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, ErrAddress
	}
	if u.Host, err = oneHost(u); err != nil {
		return nil, err
	}
	switch {
	case u.Scheme == "https" && (loopback || !isLocal(u.Hostname())):
		return u, nil
	case u.Scheme == "http" && loopback && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, ErrInsecure
}

var hostNames = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$`) })

// oneHost is the host and port of u in one form. A name that ends in a number is
// refused: "127.1" and "0x7f000001" are this machine to some resolvers.
func oneHost(u *url.URL) (string, error) {
	host := strings.ToLower(u.Hostname())
	address, err := netip.ParseAddr(host)
	switch {
	case err == nil && address.Zone() == "":
		host = address.String()
	case !hostNames().MatchString(host), strings.Contains("0123456789", host[strings.LastIndexByte(host, '.')+1:][:1]):
		return "", ErrAddress
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && !(u.Scheme == "https" && port == "443") && !(u.Scheme == "http" && port == "80") {
		host += ":" + port
	}
	return host, nil
}

// Origin is the scheme, host and port of u.
func Origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// isLocal tells whether host is this machine or one that is only reached on the
// same wire: nothing that a link from elsewhere should make nod talk to.
func isLocal(host string) bool {
	address, err := netip.ParseAddr(host)
	return isLoopback(host) || err == nil && (address.IsLinkLocalUnicast() || address.IsUnspecified() || address.IsMulticast())
}

// Answer is what a server answered to a Call.
type Answer struct {
	Status int // 200 to 299, or 400 to 499
	Header http.Header
	Body   []byte
}

// Call sends r and reads the answer, within limit and of at most most bytes. Errors: ErrUnreachable when none
// comes, it is too long, or its status is 5xx; ErrRefused when it points to another
// address; the error of r's context when that ended.
func Call(client *http.Client, r *http.Request, limit time.Duration, most int) (Answer, error) {
	outer := r.Context()
	ctx, cancel := context.WithTimeout(outer, limit)
	defer cancel()
	res, err := client.Do(r.WithContext(ctx))
	if err != nil {
		return Answer{}, unreachable(outer, err, limit)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(most)+1))
	if err != nil {
		return Answer{}, unreachable(outer, err, limit)
	}
	answer := Answer{res.StatusCode, res.Header, body}
	switch {
	case len(body) > most:
		return Answer{}, fmt.Errorf("%w: its answer is too long", ErrUnreachable)
	case res.StatusCode >= 500:
		return answer, fmt.Errorf("%w: it answers with status %d", ErrUnreachable, res.StatusCode)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return answer, fmt.Errorf("%w: it points to another address; give that one", ErrRefused)
	}
	return answer, nil
}

// Limited is what an answer with status 429 asks for: Retry-After in seconds, a day
// at most.
func Limited(header http.Header) *LimitedError {
	seconds, _ := strconv.Atoi(header.Get("Retry-After"))
	return &LimitedError{RetryAfter: time.Duration(min(max(seconds, 0), 24*3600)) * time.Second}
}

// unreachable says why no answer came, without the URL. The end of ctx itself is
// the caller's doing and stays what it is.
func unreachable(ctx context.Context, err error, limit time.Duration) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: no answer in %d seconds", ErrUnreachable, int(limit.Seconds()))
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
