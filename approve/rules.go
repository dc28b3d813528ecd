package approve

// This file holds the rules by which nod itself leaves a request alone or ends
// it. No rule accepts: a verdict has no value for it. How rules are read is in
// rulesfile.go, how an inbox carries them out in ruling.go.

import (
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// Rules are tried in their order; the first one that fits decides. The zero value
// decides nothing.
type Rules struct {
	File string // where they were read, or ""
	List []Rule
}

// Rule decides on the requests that fit everything it says; what it leaves out
// fits all. Its fields are those of the file, whose form ParseRules tells.
type Rule struct {
	Name        string    `toml:"name" json:"name"`
	Do          verdict   `toml:"do" json:"do"`
	App         glob      `toml:"app" json:"app,omitzero"`
	Account     glob      `toml:"account" json:"account,omitzero"`
	Server      glob      `toml:"server" json:"server,omitzero"`
	Action      glob      `toml:"action" json:"action,omitzero"`
	Hours       hours     `toml:"hours" json:"hours,omitzero"`
	Days        []days    `toml:"days" json:"days,omitempty"`
	Networks    []network `toml:"networks" json:"networks,omitempty"`
	NotNetworks []network `toml:"not_networks" json:"not_networks,omitempty"`
	Burst       int       `toml:"burst" json:"burst,omitempty"`
	Within      span      `toml:"within" json:"within,omitzero"`
}

// Act is what the rule does: Ignore or Deny.
func (r Rule) Act() Act {
	if r.Do.denies {
		return Deny
	}
	return Ignore
}

// verdict is what a rule does. There is none that accepts or reports.
type verdict struct{ said, denies bool }

// Arrival is a request that came at some time, for rules that count.
type Arrival struct {
	Device, ID  string // of the pairing and the request
	Server, App string
	At          time.Time // when it was asked, as far as known
}

// arrived is r as an Arrival.
func (r Request) arrived(now time.Time) Arrival {
	at := r.AskedAt
	if at.IsZero() || at.After(now) {
		at = now
	}
	return Arrival{Device: r.Device, ID: r.ID, Server: r.Server, App: r.App, At: at}
}

// Decide returns what the first rule that fits r does, Ignore or Deny, and that
// rule's name; not ok when r is for the person to decide. arrivals are requests
// that have come, r itself may be among them. Hours and days are those of now's
// time zone.
func (rs Rules) Decide(r Request, arrivals []Arrival, now time.Time) (act Act, rule string, ok bool) {
	for _, one := range rs.List {
		if one.fits(r, now) && one.storms(r.arrived(now), arrivals) {
			return one.Act(), one.Name, true
		}
	}
	return "", "", false
}

// counts tells whether any rule looks at earlier requests.
func (rs Rules) counts() bool {
	return slices.ContainsFunc(rs.List, func(r Rule) bool { return r.Burst > 0 })
}

// fits tells whether r fits all that the rule says but for its burst.
func (r Rule) fits(q Request, now time.Time) bool {
	return r.App.fits(q.App) && r.Account.fits(q.Account) && r.Action.fits(q.Action) && r.atServer(q.Server) &&
		r.when(now) && r.from(q.IP)
}

// atServer looks at a server's whole origin, its host with the port, and its host.
func (r Rule) atServer(origin string) bool {
	if r.Server.fits(origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (r.Server.fits(u.Host) || r.Server.fits(u.Hostname()))
}

// from looks at the address; one that is not known is in no network.
func (r Rule) from(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	addr = addr.Unmap().WithZone("")
	in := func(list []network) bool {
		return err == nil && slices.ContainsFunc(list, func(n network) bool { return n.Contains(addr) })
	}
	return (r.Networks == nil || in(r.Networks)) && (r.NotNetworks == nil || !in(r.NotNetworks))
}

// when looks at hours and days. Hours over midnight belong to the day on which they begin.
func (r Rule) when(now time.Time) bool {
	day, minute := now.Weekday(), 60*now.Hour()+now.Minute()
	if h := r.Hours; !h.IsZero() {
		switch {
		case h.from < h.to && (minute < h.from || minute >= h.to):
			return false
		case h.from > h.to && minute >= h.to && minute < h.from:
			return false
		case h.from > h.to && minute < h.to:
			day = (day + 6) % 7
		}
	}
	return r.Days == nil || slices.ContainsFunc(r.Days, func(d days) bool { return d.set&(1<<day) != 0 })
}

// storms tells whether a is at least the Burst-th request of its app within the time.
func (r Rule) storms(a Arrival, arrivals []Arrival) bool {
	if r.Burst == 0 {
		return true
	}
	n := 1
	counted := map[[2]string]bool{{a.Device, a.ID}: true}
	for _, e := range arrivals {
		id := [2]string{e.Device, e.ID}
		before := e.At.Before(a.At) || e.At.Equal(a.At) && e.ID < a.ID
		if e.Server == a.Server && e.App == a.App && before && a.At.Sub(e.At) < r.Within.length && !counted[id] {
			counted[id] = true
			n++
		}
	}
	return n >= r.Burst
}

// glob is a pattern as of path.Match, whatever the case, in which * takes every
// sign; "" fits all.
type glob struct{ pattern string }

func (g glob) fits(text string) bool {
	if g.pattern == "" {
		return true
	}
	ok, err := path.Match(flat(g.pattern), flat(text))
	return ok && err == nil
}

// flat keeps path.Match from taking parts of an address for directories.
func flat(s string) string { return strings.ReplaceAll(strings.ToLower(s), "/", "\x00") }

// hours are minutes of the day: from, and up to but without to, which may be
// earlier, over midnight.
type hours struct{ from, to int }

// IsZero tells whether no hours were said.
func (h hours) IsZero() bool { return h == hours{} }

// days are weekdays: bit 0 is Sunday.
type days struct {
	text string
	set  byte
}

// network is a range of addresses.
type network struct{ netip.Prefix }

// span is a time in which requests are counted.
type span struct{ length time.Duration }
