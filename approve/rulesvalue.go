package approve

// This file reads the values of a rule. What a file says is read into structs alone:
// the TOML library would set other kinds by itself, without UnmarshalText.

import (
	"bytes"
	"fmt"
	"net/netip"
	"path"
	"strings"
	"time"
)

const maxWithin = 24 * time.Hour

// UnmarshalText reads "ignore" or "deny".
func (v *verdict) UnmarshalText(text []byte) error {
	switch s := string(text); s {
	case string(Ignore):
		*v = verdict{said: true}
	case string(Deny):
		*v = verdict{said: true, denies: true}
	case string(Accept), string(Report):
		return fmt.Errorf(`do = %q: rules never %s, only a person does; a rule can "ignore" or "deny"`, s, s)
	default:
		return fmt.Errorf(`do = %q: a rule can "ignore" or "deny"`, Text(s))
	}
	return nil
}

// MarshalText is UnmarshalText backwards.
func (v verdict) MarshalText() ([]byte, error) { return []byte(Rule{Do: v}.Act()), nil }

// UnmarshalText reads a pattern that is not empty.
func (g *glob) UnmarshalText(text []byte) error {
	if _, err := path.Match(flat(string(text)), ""); err != nil || len(text) == 0 || bytes.IndexByte(text, 0) >= 0 {
		return fmt.Errorf(`%q is not a pattern; one looks like "rms*"`, Text(string(text)))
	}
	g.pattern = string(text)
	return nil
}

// MarshalText is UnmarshalText backwards.
func (g glob) MarshalText() ([]byte, error) { return []byte(g.pattern), nil }

// UnmarshalText reads "22:00-06:00".
func (h *hours) UnmarshalText(text []byte) error {
	from, to, _ := strings.Cut(string(text), "-")
	var ok1, ok2 bool
	h.from, ok1 = minuteOf(from)
	h.to, ok2 = minuteOf(to)
	switch {
	case !ok1 || !ok2 || h.from == 24*60:
		return fmt.Errorf(`hours %q: they look like "22:00-06:00"`, Text(string(text)))
	case h.from == h.to:
		return fmt.Errorf("hours %q: they end when they begin; a whole day is without hours", Text(string(text)))
	}
	return nil
}

// minuteOf reads a time of day, 24:00 included.
func minuteOf(s string) (minute int, ok bool) {
	s = strings.TrimSpace(s)
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return 60*t.Hour() + t.Minute(), err == nil && len(s) == len("15:04")
}

// MarshalText is UnmarshalText backwards.
func (h hours) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02d:%02d-%02d:%02d", h.from/60, h.from%60, h.to/60, h.to%60), nil
}

// UnmarshalText reads "mon" or "mon-fri".
func (d *days) UnmarshalText(text []byte) error {
	first, last, isRange := strings.Cut(strings.ToLower(string(text)), "-")
	if !isRange {
		last = first
	}
	from, to := dayOf(first), dayOf(last)
	if from < 0 || to < 0 {
		return fmt.Errorf(`day %q: days are "mon", "tue", ... "sun", or "mon-fri"`, Text(string(text)))
	}
	*d = days{text: string(text)}
	for day := from; ; day = (day + 1) % 7 {
		d.set |= 1 << day
		if day == to {
			return nil
		}
	}
}

// dayOf is the weekday of a short name, -1 for none.
func dayOf(name string) int {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.ToLower(day.String()[:3]) == strings.TrimSpace(name) {
			return int(day)
		}
	}
	return -1
}

// MarshalText is UnmarshalText backwards.
func (d days) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// UnmarshalText reads a network, or one address.
func (n *network) UnmarshalText(text []byte) error {
	s := string(text)
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		n.Prefix = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Addr().Is4In6():
		return fmt.Errorf(`%q is not a network; one looks like "10.0.0.0/8" or "2001:db8::/32"`, Text(s))
	case p != p.Masked():
		return fmt.Errorf("%q is an address within a network; the network is %q", s, p.Masked())
	}
	n.Prefix = p
	return nil
}

// UnmarshalText reads "10m".
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 || d > maxWithin {
		return fmt.Errorf(`time %q: it looks like "10m" or "1h30m", and is at most 24h`, Text(string(text)))
	}
	s.length = d
	return nil
}

// MarshalText is UnmarshalText backwards.
func (s span) MarshalText() ([]byte, error) { return []byte(s.length.String()), nil }
