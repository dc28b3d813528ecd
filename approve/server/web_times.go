package server

// Times as people read them: in the zone and the manner that they have chosen.

import (
	"time"
	_ "time/tzdata" // containers and Windows have no zones of their own

	"nod/approve/server/store"
)

// language is a way to write dates; the words are English in all of them.
type language struct{ Tag, Name, date, clock string }

// languages are what people may choose; the first holds for who has not chosen.
var languages = []language{
	{"en-GB", "English, 22 Nov 2026 21:00", "2 Jan 2006", "15:04"},
	{"en-US", "English (United States), Nov 22, 2026 9:00 PM", "Jan 2, 2006", "3:04 PM"},
	{"en-SE", "English with ISO dates, 2026-11-22 21:00", "2006-01-02", "15:04"},
}

// languageOf is the one that u has chosen.
func languageOf(u store.User) language {
	for _, l := range languages {
		if l.Tag == u.Language {
			return l
		}
	}
	return languages[0]
}

// placeOf is the time zone of u, UTC when they have chosen none.
func placeOf(u store.User) *time.Location {
	if place, err := time.LoadLocation(u.Zone); err == nil { // "" is UTC
		return place
	}
	return time.UTC
}

// dateFor is a moment as u reads it.
func dateFor(u store.User, ms int64) string {
	l := languageOf(u)
	return fromMillis(ms).In(placeOf(u)).Format(l.date + " " + l.clock + " MST")
}

// zones are offered on the account page; any other of the IANA database may be
// typed as well.
var zones = []string{
	"UTC", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Argentina/Buenos_Aires", "America/Bogota",
	"America/Chicago", "America/Denver", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Sao_Paulo",
	"America/Toronto", "Asia/Bangkok", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Karachi", "Asia/Kolkata", "Asia/Manila",
	"Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Australia/Perth", "Australia/Sydney", "Europe/Amsterdam",
	"Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv",
	"Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Paris", "Europe/Prague", "Europe/Riga", "Europe/Rome", "Europe/Stockholm",
	"Europe/Tallinn", "Europe/Vienna", "Europe/Vilnius", "Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu",
}
