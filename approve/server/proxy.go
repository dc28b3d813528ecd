package server

// Proxies in front of the server: whose forwarding headers count, the address
// that a request really came from, and what is refused without TLS.

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"nod/approve/protocol"
)

// The headers that a proxy may tell the sender's address in.
const (
	HeaderXForwardedFor = "X-Forwarded-For"
	HeaderForwarded     = "Forwarded" // RFC 7239
)

// Proxies says which machines stand in front of the server. Only what they say
// of where a request came from counts. Header is the one header that they write
// themselves; the other one may have come from anyone, so it is not looked at.
type Proxies struct {
	Trusted []netip.Prefix
	Header  string // HeaderXForwardedFor (also when empty) or HeaderForwarded
}

// forwarding are the headers by which a proxy shows.
var forwarding = []string{HeaderForwarded, HeaderXForwardedFor, "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip"}

func holds(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// remoteAddress reads the address of r's peer; invalid when there is none.
func remoteAddress(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// sender is what is known of where a request came from.
type sender struct {
	address netip.Addr
	proto   string // "http", "https", or "" when it was not said
	trusted bool   // the peer is a proxy of the list
}

// sender finds out where r came from: the nearest machine on its way that is no
// proxy of the list.
func (p Proxies) sender(r *http.Request) sender {
	o := sender{address: remoteAddress(r)}
	if o.trusted = o.address.IsValid() && holds(p.Trusted, o.address); !o.trusted {
		return o
	}
	var hops []hop
	if p.Header == HeaderForwarded {
		hops = readForwarded(r.Header.Values(HeaderForwarded))
	} else {
		hops = readXForwardedFor(r.Header.Values(HeaderXForwardedFor))
		o.proto = lastOf(r.Header.Values("X-Forwarded-Proto"))
	}
	if len(hops) > 0 && o.proto == "" {
		o.proto = hops[len(hops)-1].proto
	}
	for i := len(hops) - 1; i >= 0; i-- {
		if !hops[i].address.IsValid() {
			break // who wrote this did not say it, and nobody before is known
		}
		o.address = hops[i].address
		if !holds(p.Trusted, o.address) {
			break
		}
	}
	return o
}

// place puts the address that r came from where the rest of the server looks for
// it, and refuses what must not be served. It returns nil when it has answered.
func (s *Server) place(w http.ResponseWriter, r *http.Request) *http.Request {
	o, direct := s.config.Proxies.sender(r), remoteAddress(r)
	if !o.trusted && (direct.IsLoopback() || direct.IsPrivate()) {
		s.warnProxy(r, direct)
	}
	if o.trusted { // what it has said is known now; headers that stay are of nobody known
		r = r.Clone(r.Context())
		r.RemoteAddr = netip.AddrPortFrom(o.address, 0).String()
		for _, name := range forwarding {
			r.Header.Del(name)
		}
	}
	if !s.secure || probe(r) {
		return r
	}
	plain := r.TLS == nil && !o.trusted && direct.IsValid() && !direct.IsLoopback()
	if plain || (o.trusted && o.proto == "http") {
		s.refusePlain(w, r)
		return nil
	}
	return r
}

// warnProxy says once that a proxy stands in front which nobody has named: all
// people look as if they came from it, and one address has one limit.
func (s *Server) warnProxy(r *http.Request, direct netip.Addr) {
	if !forwarded(r) {
		return
	}
	s.proxyWarning.Do(func() {
		s.config.Log("warning: %s forwards requests but is not in trusted_proxies: everyone behind it shows as %s; if it is your proxy, name it there", direct, direct)
	})
}

// forwarded tells whether r carries a header of a proxy.
func forwarded(r *http.Request) bool {
	return slices.ContainsFunc(forwarding, func(name string) bool { return r.Header.Get(name) != "" })
}

// refusePlain answers a request that has come, or been carried, without TLS:
// browsers that only look are sent to the right address, all else is refused.
func (s *Server) refusePlain(w http.ResponseWriter, r *http.Request) {
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	if get && !strings.HasPrefix(r.URL.Path, "/v1/") {
		http.Redirect(w, r, s.config.Origin+r.URL.RequestURI(), http.StatusMovedPermanently)
		return
	}
	s.writeError(w, refuse(http.StatusForbidden, protocol.CodeBadRequest, "this server does not answer without TLS; use "+s.config.Origin))
}
