package privacyidea

// This file sends one call, reads the envelope of its answer, and gives refusals
// their meaning. Texts of the server are in no error: they may repeat what was sent.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nod/approve"
)

const (
	answerTime = 15 * time.Second
	pairTime   = 45 * time.Second // the server makes a key, too
	maxBody    = 1 << 20
	agent      = "nod" // policies of a server can depend on it
)

// Error codes of the servers.
const (
	codeValidate  = 10  // a signature or a timestamp is not taken
	codePolicy    = 303 // a policy forbids it
	codeNotFound  = 601
	codeParameter = 905 // a wrong credential, too
)

// reply is an answer of the server.
type reply struct {
	status int
	header http.Header
	known  bool // it came in the servers' envelope
	ok     bool // result.status
	value  json.RawMessage
	code   int // result.error.code
	detail map[string]json.RawMessage
}

// send sends body (nil for none) and reads the answer. Errors are those of
// approve.Call.
func (p *driver) send(ctx context.Context, trust approve.Trust, method, address string, body any, limit time.Duration) (reply, error) {
	client, err := p.connections.Client(trust)
	if err != nil {
		return reply{}, err
	}
	var data []byte
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return reply{}, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(data))
	if err != nil {
		return reply{}, errors.New("the server's address can not be used")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", agent)
	if body != nil {
		// In JSON, and not in a form: there the servers decode "%" twice.
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := approve.Call(client, r, limit, maxBody)
	if err != nil {
		return reply{}, err
	}
	return newReply(answer), nil
}

func newReply(a approve.Answer) reply {
	r := reply{status: a.Status, header: a.Header}
	var envelope struct {
		Result *struct {
			Status bool            `json:"status"`
			Value  json.RawMessage `json:"value"`
			Error  struct {
				Code json.RawMessage `json:"code"`
			} `json:"error"`
		} `json:"result"`
		Detail json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(a.Body, &envelope) != nil || envelope.Result == nil {
		return r
	}
	r.known, r.ok, r.value = true, envelope.Result.Status, envelope.Result.Value
	r.code, _ = strconv.Atoi(strings.Trim(string(envelope.Result.Error.Code), `"`))
	if json.Unmarshal(envelope.Detail, &r.detail) != nil {
		r.detail = nil
	}
	return r
}

// text returns a text or number of the detail, or "".
func (r reply) text(name string) string {
	var text string
	if json.Unmarshal(r.detail[name], &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(r.detail[name], &number) == nil {
		return number.String()
	}
	return ""
}

// isTrue tells whether the server says true.
func (r reply) isTrue() bool { return r.succeeded() && strings.TrimSpace(string(r.value)) == "true" }

// succeeded tells whether the server understood the call.
func (r reply) succeeded() bool { return r.status < 300 && r.known && r.ok }

// refusal is the error of a call that did not succeed.
func (p profile) refusal(r reply) error {
	switch {
	case r.status == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(r.header.Get("Retry-After"))
		return &approve.LimitedError{RetryAfter: time.Duration(min(max(seconds, 0), 24*3600)) * time.Second}
	case r.status < 300 && !r.known:
		return fmt.Errorf("%w: what answers there is not %s", approve.ErrUnreachable, p.server)
	case r.code != 0:
		return fmt.Errorf("%w: it answers with status %d and code %d", approve.ErrRefused, r.status, r.code)
	}
	return fmt.Errorf("%w: it answers with status %d", approve.ErrRefused, r.status)
}
