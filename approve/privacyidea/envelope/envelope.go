// Package envelope is the form in which privacyIDEA and eduMFA answer any call: a
// JSON object with result, detail, and a code for what went wrong. Texts of a server
// are in no error: they may repeat what was sent.
package envelope

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

// agent is sent as User-Agent; policies of a server can depend on it.
const agent = "nod"

// Reply is an answer of a server.
type Reply struct {
	Status int // 200 to 299, or 400 to 499
	Header http.Header
	Known  bool // it came in the envelope
	OK     bool // result.status
	Value  json.RawMessage
	Code   int // result.error.code, 0 for none
	Detail map[string]json.RawMessage
}

// Send sends body as JSON (nil for none) and reads the answer. JSON, and not a form:
// there the servers decode "%" twice. Errors are those of approve.Call.
func Send(ctx context.Context, client *http.Client, method, address string, body any, limit time.Duration, most int) (Reply, error) {
	var data bytes.Buffer
	if body != nil {
		encoder := json.NewEncoder(&data)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(body); err != nil {
			return Reply{}, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, &data)
	if err != nil {
		return Reply{}, errors.New("the server's address can not be used")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", agent)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := approve.Call(client, r, limit, most)
	if err != nil {
		return Reply{}, err
	}
	return Read(answer), nil
}

// Read opens the envelope of an answer; one without is not Known.
func Read(a approve.Answer) Reply {
	r := Reply{Status: a.Status, Header: a.Header}
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
	r.Known, r.OK, r.Value = true, envelope.Result.Status, envelope.Result.Value
	r.Code, _ = strconv.Atoi(strings.Trim(string(envelope.Result.Error.Code), `"`))
	if json.Unmarshal(envelope.Detail, &r.Detail) != nil {
		r.Detail = nil
	}
	return r
}

// Text returns a text or number of the detail, or "".
func (r Reply) Text(name string) string {
	var text string
	if json.Unmarshal(r.Detail[name], &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(r.Detail[name], &number) == nil {
		return number.String()
	}
	return ""
}

// Succeeded tells whether the server understood the call.
func (r Reply) Succeeded() bool { return r.Status < 300 && r.Known && r.OK }

// IsTrue tells whether the server says true.
func (r Reply) IsTrue() bool { return r.Succeeded() && strings.TrimSpace(string(r.Value)) == "true" }

// Refusal is the error of a call that did not succeed; server is "a privacyIDEA
// server" or the like.
func (r Reply) Refusal(server string) error {
	switch {
	case r.Status == http.StatusTooManyRequests:
		return approve.Limited(r.Header)
	case r.Status < 300 && !r.Known:
		return fmt.Errorf("%w: what answers there is not %s", approve.ErrUnreachable, server)
	case r.Code != 0:
		return fmt.Errorf("%w: it answers with status %d and code %d", approve.ErrRefused, r.Status, r.Code)
	}
	return fmt.Errorf("%w: it answers with status %d", approve.ErrRefused, r.Status)
}
