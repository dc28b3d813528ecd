// Package approve brings pending logins from paired servers to a person, and the
// person's answer back. It knows no protocol: drivers do, and the faces hand
// them to NewInbox. It reads paired devices from the vault and writes history
// to it.
package approve

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Act is what a person does with a request.
type Act string

// The four answers.
const (
	Accept Act = "accept" // needs the PIN and, when the server asks for it, the number
	Ignore Act = "ignore" // no verdict: other devices can still answer
	Deny   Act = "deny"   // ends the request: started by mistake
	Report Act = "report" // ends the request: it is someone else
)

// State is where a request stands.
type State string

// The states of a request, as this device sees it.
const (
	Waiting   State = "waiting"
	Accepted  State = "accepted"
	Ignored   State = "ignored" // on this device; others can still answer
	Denied    State = "denied"
	Reported  State = "reported"
	Mismatch  State = "number_mismatch"
	Expired   State = "expired"
	Cancelled State = "cancelled" // by the browser
)

// Request is one pending login, verified and safe to print: every text is
// without control, escape and bidi characters and at most 64 runes long, Message and
// Warnings 256.
type Request struct {
	ID           string // of the server: "r-7Q2M"
	Device       string // vault id of the pairing that it came to
	Server       string // origin, from the vault, never from the message
	App          string
	Account      string
	Action       string // "sign in"
	Message      string // shown at the site as well, to compare; "" for none
	IP           string
	Place        string // "" when unknown
	PlaceNew     bool
	Browser      string
	OS           string
	AskedAt      time.Time // by this machine's clock
	ExpiresAt    time.Time // by this machine's clock
	Devices      []string  // names of the devices that it was sent to
	NumberNeeded bool      // to accept, the two digits of the sign-in page are typed
	Choices      []string  // to accept, the one of these that the sign-in page shows is picked; nil: none
	CodeLength   int       // to accept, the code of that many characters that the sign-in page shows is typed; 0: none
	Acts         []Act     // what the server takes or may be told; nil: everything
	Warnings     []string  // sentences to read before answering
	State        State
	AnsweredBy   string    // name of the device that answered, once there is a verdict
	AnsweredAt   time.Time // by this machine's clock
	Rule         string    // name of the rule that ignored or denied it, or ""
	RuleFailed   string    // why that rule's denial did not get through, or ""
	Challenge    []byte    // the exact signed bytes, for the driver; never shown
}

// Decision is a person's answer.
type Decision struct {
	Act    Act
	Number string // what the sign-in page shows, if Request.Asks: as it stands there, leading zeros kept
	Reason string // "not_me" or "cancelled"
}

// Outcome is what the server made of a decision.
type Outcome struct {
	State      State
	AnsweredBy string
	At         time.Time
	Ticket     string // of a report, when the server gives one
	Code       string // to type at the sign-in page, which goes on then; or ""
	Message    string // of the server, about Code
}

// Asks tells whether accepting r takes what the sign-in page shows.
func (r Request) Asks() bool { return r.NumberNeeded || len(r.Choices) > 0 || r.CodeLength > 0 }

// Fits tells whether text can be what the sign-in page shows.
func (r Request) Fits(text string) bool {
	switch {
	case len(r.Choices) > 0:
		return slices.Contains(r.Choices, text)
	case r.CodeLength > 0:
		return utf8.RuneCountInString(text) == r.CodeLength
	}
	return isNumber(text)
}

// Longer tells whether more could be typed after text, which fits already: another
// choice begins with it.
func (r Request) Longer(text string) bool {
	return slices.ContainsFunc(r.Choices, func(c string) bool { return len(c) > len(text) && strings.HasPrefix(c, text) })
}

// Takes tells whether r can be answered with act.
func (r Request) Takes(act Act) bool { return r.Acts == nil || slices.Contains(r.Acts, act) }
