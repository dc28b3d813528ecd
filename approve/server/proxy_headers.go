package server

// Reading X-Forwarded-For and Forwarded.

import (
	"net/netip"
	"strings"
)

// maxHops is how many of a header's last entries are looked at.
const maxHops = 32

// hop is one entry: a machine on the way of a request, as the next one saw it.
// The address is invalid when it was not told.
type hop struct {
	address netip.Addr
	proto   string
}

// readXForwardedFor reads the entries, the nearest machine last.
func readXForwardedFor(headers []string) []hop {
	var hops []hop
	for _, entry := range lastEntries(strings.Split(strings.Join(headers, ","), ",")) {
		if entry = strings.TrimSpace(entry); entry != "" {
			hops = append(hops, hop{address: nodeAddress(entry)})
		}
	}
	return hops
}

// readForwarded reads the entries of RFC 7239, the nearest machine last.
func readForwarded(headers []string) []hop {
	var hops []hop
	for _, entry := range lastEntries(splitQuoted(strings.Join(headers, ","), ',')) {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		var h hop
		for _, pair := range splitQuoted(entry, ';') {
			name, value, _ := strings.Cut(pair, "=")
			value = unquote(strings.TrimSpace(value))
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "for":
				h.address = nodeAddress(value)
			case "proto":
				h.proto = strings.ToLower(value)
			}
		}
		hops = append(hops, h)
	}
	return hops
}

func lastEntries(entries []string) []string { return entries[max(0, len(entries)-maxHops):] }

// lastOf is the last entry of a header whose entries are words.
func lastOf(headers []string) string {
	all := strings.Split(strings.Join(headers, ","), ",")
	return strings.ToLower(strings.TrimSpace(all[len(all)-1]))
}

// splitQuoted splits text at each separator that is not in quotes.
func splitQuoted(text string, separator byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == separator && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// unquote takes the quotes off a value that has them.
func unquote(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	var b strings.Builder
	inner := value[1 : len(value)-1]
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}

// nodeAddress reads 192.0.2.4, 192.0.2.4:80, 2001:db8::1 and [2001:db8::1]:80;
// anything else ("unknown", "_hidden") is not an address.
func nodeAddress(text string) netip.Addr {
	if address, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return address.Unmap().WithZone("")
	}
	if peer, err := netip.ParseAddrPort(text); err == nil {
		return peer.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
