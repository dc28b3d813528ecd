package tiqr

// This file reads what a server answers to an answer: a word, with a number behind a
// colon where there is one, or JSON with a number for the word.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"nod/approve"
)

// The words; numbers in JSON are turned into them.
const (
	codeOK        = "OK"
	codeError     = "ERROR"
	codeResponse  = "INVALID_RESPONSE"
	codeRequest   = "INVALID_REQUEST"
	codeChallenge = "INVALID_CHALLENGE"
	codeBlocked   = "ACCOUNT_BLOCKED"
	codeUser      = "INVALID_USERID"
)

var (
	// numbers are the words of JSON.
	numbers = map[int]string{
		1: codeOK, 101: codeError, 200: codeError, 201: codeResponse, 202: codeRequest, 203: codeChallenge, 204: codeBlocked, 205: codeUser,
	}
	// words are the spellings that servers have.
	words = map[string]string{
		codeOK: codeOK, codeError: codeError, codeResponse: codeResponse, codeRequest: codeRequest, codeChallenge: codeChallenge,
		codeBlocked: codeBlocked, codeUser: codeUser, "INVALID_USER": codeUser, "AUTHENTICATION_FAILED": codeError,
	}
)

// reply is what a server made of a form.
type reply struct {
	code string // one of the words, or "" when it is not a reply of tiqr
	more int    // tries left, or minutes of a block; -1 when the server does not say
}

func readReply(a approve.Answer) reply {
	text := strings.TrimSpace(string(a.Body))
	if !strings.HasPrefix(text, "{") {
		word, count, _ := strings.Cut(text, ":")
		more, err := strconv.Atoi(count)
		if err != nil || more < 0 {
			more = -1
		}
		return reply{words[word], more}
	}
	var body struct {
		Code     int  `json:"responseCode"`
		Left     *int `json:"attemptsLeft"`
		Duration *int `json:"duration"`
	}
	if json.Unmarshal([]byte(text), &body) != nil {
		return reply{"", -1}
	}
	r := reply{numbers[body.Code], -1}
	for _, n := range []*int{body.Left, body.Duration} {
		if n != nil && *n >= 0 {
			r.more = *n
		}
	}
	return r
}

// meaning is the error that an answer of a server to a sign-in stands for, nil when
// it let the person in. final tells whether the request is over: what a server did
// not understand may be sent again.
func meaning(a approve.Answer) (final bool, err error) {
	r := readReply(a)
	switch r.code {
	case codeOK:
		if a.Status < 300 {
			return true, nil
		}
	case codeResponse:
		return true, fmt.Errorf("%w: the answer does not fit its secret of this account%s; pair again", approve.ErrRefused, r.tries())
	case codeChallenge:
		return true, approve.ErrExpired
	case codeBlocked:
		return true, fmt.Errorf("%w: the account is blocked%s", approve.ErrRefused, r.minutes())
	case codeUser:
		// Not ErrRevoked: it may be the sign-in of another account, and links are not
		// signed, so that anyone could end a pairing with one.
		return true, fmt.Errorf("%w: the sign-in is not for this account, or it no longer knows it", approve.ErrRefused)
	case codeRequest, codeError:
		return true, fmt.Errorf("%w: it could not use the answer", approve.ErrRefused)
	}
	if a.Status == http.StatusTooManyRequests {
		return false, approve.Limited(a.Header)
	}
	if a.Status >= 400 {
		return true, fmt.Errorf("%w: it answers with status %d", approve.ErrRefused, a.Status)
	}
	return false, fmt.Errorf("%w: what answers there is not a tiqr server", approve.ErrUnreachable)
}

func (r reply) tries() string {
	switch {
	case r.more < 0:
		return ""
	case r.more == 1:
		return ", 1 try left"
	}
	return fmt.Sprintf(", %d tries left", r.more)
}

func (r reply) minutes() string {
	switch {
	case r.more <= 0:
		return ""
	case r.more == 1:
		return " for 1 minute"
	}
	return fmt.Sprintf(" for %d minutes", r.more)
}
