package cli

// This file: the JSON shapes of answers. Fields are only ever
// added; a change of meaning would raise schema.

import (
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
)

const schema = 1

// accountJSON is an account without its secret.
type accountJSON struct {
	ID        string        `json:"id"`
	Issuer    string        `json:"issuer"`
	Account   string        `json:"account"`
	Type      otp.Type      `json:"type"`
	Algorithm otp.Algorithm `json:"algorithm,omitempty"`
	Digits    int           `json:"digits"`
	Period    int           `json:"period,omitempty"`
	Counter   *uint64       `json:"counter,omitempty"`
	Tags      []string      `json:"tags,omitempty"`
	Note      string        `json:"note,omitempty"`
	Shift     float64       `json:"shift,omitempty"` // seconds; the account's own
	Added     *time.Time    `json:"added,omitempty"`
	Source    string        `json:"source,omitempty"`
	Used      *time.Time    `json:"used,omitempty"`
	Uses      int           `json:"uses,omitempty"`
	Device    string        `json:"device,omitempty"`
	Confirm   bool          `json:"confirm,omitempty"` // an agent gives its codes against the PIN only
	Odd       string        `json:"odd,omitempty"`

	*codeJSON
	*secretJSON
	*timeJSON
}

// timeJSON is what is known of the clock that codes are made by.
type timeJSON struct {
	VaultShift      float64  `json:"vault_shift,omitempty"`      // seconds; added to the account's own
	ClockDifference *float64 `json:"clock_difference,omitempty"` // seconds, server minus this machine, as last asked
}

// codeJSON is the code of an account.
type codeJSON struct {
	Code        string `json:"code"`
	Next        string `json:"next,omitempty"`
	SecondsLeft int    `json:"seconds_left,omitempty"`
}

// secretJSON is what `nod show --secret` adds.
type secretJSON struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
}

func accountShape(x vault.Account) accountJSON {
	s := accountJSON{
		ID: x.ID, Issuer: x.Issuer, Account: x.Name, Type: x.Type, Algorithm: x.Algorithm,
		Digits: x.Digits, Period: x.Period, Tags: x.Tags, Note: x.Note, Shift: x.Shift.Seconds(),
		Added: moment(x.Added), Source: x.Source, Used: moment(x.Used), Uses: x.Uses, Device: x.Device, Confirm: x.Confirm, Odd: x.Odd,
	}
	if x.Type == otp.HOTP {
		s.Counter = &x.Counter
	}
	return s
}

func codeShape(c vault.Code) *codeJSON {
	return &codeJSON{Code: c.Value, Next: c.Next, SecondsLeft: seconds(c.Left)}
}

// requestJSON is a login request.
type requestJSON struct {
	ID           string        `json:"id"`
	Device       string        `json:"device"`
	Server       string        `json:"server"`
	App          string        `json:"app"`
	Account      string        `json:"account"`
	Action       string        `json:"action"`
	Message      string        `json:"message,omitempty"`
	IP           string        `json:"ip,omitempty"`
	Place        string        `json:"place,omitempty"`
	PlaceNew     bool          `json:"place_new"`
	Browser      string        `json:"browser,omitempty"`
	OS           string        `json:"os,omitempty"`
	AskedAt      *time.Time    `json:"asked_at,omitempty"`
	ExpiresAt    *time.Time    `json:"expires_at,omitempty"`
	SecondsLeft  int           `json:"seconds_left"`
	Devices      int           `json:"devices"`
	DeviceNames  []string      `json:"device_names,omitempty"`
	NumberNeeded bool          `json:"number_needed"`
	Choices      []string      `json:"choices,omitempty"`
	CodeLength   int           `json:"code_length,omitempty"`
	Acts         []approve.Act `json:"acts,omitempty"` // none: all four
	Warnings     []string      `json:"warnings,omitempty"`
	State        approve.State `json:"state"`
	AnsweredBy   string        `json:"answered_by,omitempty"`
	AnsweredAt   *time.Time    `json:"answered_at,omitempty"`
	Rule         string        `json:"rule,omitempty"`        // that ignored or denied it
	RuleFailed   string        `json:"rule_failed,omitempty"` // why that rule's denial did not get through
}

func requestShape(r approve.Request, now time.Time) requestJSON {
	s := requestJSON{
		ID: r.ID, Device: r.Device, Server: r.Server, App: r.App, Account: r.Account, Action: r.Action, Message: r.Message,
		IP: r.IP, Place: r.Place, PlaceNew: r.PlaceNew, Browser: r.Browser, OS: r.OS,
		AskedAt: moment(r.AskedAt), ExpiresAt: moment(r.ExpiresAt), Devices: len(r.Devices), DeviceNames: r.Devices,
		NumberNeeded: r.NumberNeeded, Choices: r.Choices, CodeLength: r.CodeLength, Acts: r.Acts, Warnings: r.Warnings, State: r.State, AnsweredBy: r.AnsweredBy, AnsweredAt: moment(r.AnsweredAt),
		Rule: r.Rule, RuleFailed: r.RuleFailed,
	}
	if r.State == approve.Waiting {
		s.SecondsLeft = seconds(r.ExpiresAt.Sub(now))
	}
	return s
}

// deviceJSON is a pairing.
type deviceJSON struct {
	ID       string            `json:"id"`
	Driver   string            `json:"driver"`
	Server   string            `json:"server"`
	App      string            `json:"app"`
	Account  string            `json:"account"`
	Name     string            `json:"name"`
	RemoteID string            `json:"remote_id"`
	Words    []string          `json:"words,omitempty"`
	State    vault.DeviceState `json:"state"`
	Paired   *time.Time        `json:"paired,omitempty"`
}

func deviceShape(d vault.Device) deviceJSON {
	return deviceJSON{
		ID: d.ID, Driver: d.Driver, Server: d.Server, App: d.App, Account: d.Account, Name: d.Name,
		RemoteID: d.RemoteID, Words: d.Words, State: d.State, Paired: moment(d.Paired),
	}
}

// moment is a time in UTC, or nothing.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}
