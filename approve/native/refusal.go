package native

// This file gives the server's error codes their meaning for a caller.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"nod/approve"
	"nod/approve/protocol"
)

// refusal is an answer of 400 to 499.
type refusal struct {
	status int
	body   protocol.Error
}

func newRefusal(a approve.Answer) *refusal {
	var answer protocol.ErrorAnswer
	if json.Unmarshal(a.Body, &answer) != nil {
		answer = protocol.ErrorAnswer{}
	}
	if answer.Error.RetryAfter == 0 {
		answer.Error.RetryAfter, _ = strconv.Atoi(a.Header.Get("Retry-After"))
	}
	return &refusal{a.Status, answer.Error}
}

// meaning is the error of package approve that the refusal of c stands for.
func (r *refusal) meaning(c call, clock *approve.Clock) error {
	e := r.body
	switch e.Code {
	case protocol.CodeDeviceRevoked:
		return approve.ErrRevoked
	case protocol.CodePairingRefused:
		return approve.ErrPairingRefused
	case protocol.CodeBadCode:
		left := -1
		if e.Left != nil {
			left = max(*e.Left, 0)
		}
		return &approve.BadCodeError{Left: left, Mail: c.mail}
	case protocol.CodeUsed:
		return approve.ErrUsed
	case protocol.CodeExpired:
		if c.answering {
			return approve.ErrExpired
		}
		return approve.ErrCodeExpired
	case protocol.CodeAnswered:
		return r.answered(clock)
	case protocol.CodeNumberMismatch:
		return approve.ErrNumber
	case protocol.CodeNumberNeeded:
		return approve.ErrNumberNeeded
	case protocol.CodeLastMethod:
		return &approve.LastMethodError{
			Devices: e.Devices, OtherMethods: e.Methods, RecoveryLeft: e.RecoveryLeft, SecurityURL: safeURL(e.SecurityURL),
		}
	case protocol.CodeNotFound:
		if c.answering {
			return approve.ErrNoRequest
		}
	}
	if c.pausing && (r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed) {
		return approve.ErrNoPause
	}
	if r.status == http.StatusTooManyRequests {
		wait := min(max(e.RetryAfter, 0), 24*3600)
		return &approve.LimitedError{RetryAfter: time.Duration(wait) * time.Second, Message: sentence(e.Message)}
	}
	if text := sentence(e.Message); text != "" {
		return fmt.Errorf("%w: %s", approve.ErrRefused, text)
	}
	return fmt.Errorf("%w: it answers with status %d", approve.ErrRefused, r.status)
}

// answered says who was first.
func (r *refusal) answered(clock *approve.Clock) error {
	e := &approve.AnsweredError{State: states[r.body.Decision], Device: approve.Text(r.body.Device)}
	if e.State == "" {
		e.State = approve.Cancelled
	}
	if r.body.At != nil {
		e.At = clock.Local(*r.body.At)
	}
	return e
}

// sentence makes a server's message fit into an error text: no full stop, and
// no capital where an error begins with one.
func sentence(message string) string {
	text := strings.TrimRight(approve.LongText(message), ".")
	if len(text) > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z' {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return text
}

// safeURL returns s when it is a plain web address of printable ASCII, else "".
func safeURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > 512 || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return ""
		}
	}
	return s
}
