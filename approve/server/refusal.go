package server

// What kind of refusal an error of the exported functions is, for a caller that
// is no browser.

import (
	"errors"
	"fmt"
	"net/http"
)

// Reason says why something was not done.
type Reason int

// The reasons.
const (
	Failed   Reason = iota // something broke
	Missing                // there is no such account, app or site
	Wrong                  // what was given is not right
	Conflict               // it is not allowed as things stand
)

// missing is the error for what does not exist.
type missing struct{ what string }

func (e *missing) Error() string { return "there is no " + e.what }

func noSite(name string) error { return &missing{fmt.Sprintf("site %q", name)} }

// conflict is the error for what is not allowed as things stand.
type conflict struct{ text string }

func (e *conflict) Error() string { return e.text }

// ReasonOf tells why err was returned.
func ReasonOf(err error) Reason {
	var (
		none    *missing
		taken   *conflict
		fields  problems
		policy  *PolicyError
		refused *apiError
	)
	switch {
	case errors.As(err, &none):
		return Missing
	case errors.As(err, &taken):
		return Conflict
	case errors.As(err, &fields), errors.As(err, &policy):
		return Wrong
	case !errors.As(err, &refused):
		return Failed
	}
	switch refused.status {
	case http.StatusNotFound:
		return Missing
	case http.StatusForbidden, http.StatusConflict:
		return Conflict
	}
	return Wrong
}
