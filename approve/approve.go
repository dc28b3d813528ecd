// Package approve brings pending logins from paired servers to a person, and the
// person's answer back. It knows no protocol: drivers do, and the faces hand
// them to NewInbox. It reads paired devices from the vault and writes history
// to it.
package approve

import "time"

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
// without control, escape and bidi characters and at most 64 runes long.
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
	NumberNeeded bool
	State        State
	AnsweredBy   string    // name of the device that answered, once there is a verdict
	AnsweredAt   time.Time // by this machine's clock
	Challenge    []byte    // the exact signed bytes, for the driver; never shown
}

// Decision is a person's answer.
type Decision struct {
	Act    Act
	Number string // two digits, the leading zero kept
	Reason string // "not_me" or "cancelled"
}

// Outcome is what the server made of a decision.
type Outcome struct {
	State      State
	AnsweredBy string
	At         time.Time
	Ticket     string // of a report, when the server gives one
}
