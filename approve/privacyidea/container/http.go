package container

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
	callTime = 15 * time.Second
	syncTime = 60 * time.Second // the server makes a secret for each token
	maxBody  = 4 << 20
	agent    = "nod"
)

// Error codes of the server.
const (
	codePolicy     = 303 // a policy forbids it
	codeNotFound   = 601
	codeNotThere   = 3001 // the container is not registered
	codeChallenge  = 3002 // a challenge or a signature is not taken
	codeRegistered = 3003 // a roll-over is under way
)

// reply is an answer of the server.
type reply struct {
	status int
	header http.Header
	known  bool // it came in the server's envelope
	ok     bool // result.status
	value  json.RawMessage
	code   int // result.error.code
}

// send posts body as JSON and reads the answer. Errors are those of approve.Call.
func (d *driver) send(ctx context.Context, trust approve.Trust, address string, body any, limit time.Duration) (reply, error) {
	if trust.Unchecked {
		return reply{}, errUnchecked
	}
	client, err := d.connections.Client(trust)
	if err != nil {
		return reply{}, err
	}
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return reply{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &data)
	if err != nil {
		return reply{}, errors.New("the server's address can not be used")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Content-Type", "application/json") // in a form the server decodes "%" twice
	answer, err := approve.Call(client, r, limit, maxBody)
	if err != nil {
		return reply{}, err
	}
	return newReply(answer), nil
}

// errUnchecked says why nothing is sent.
var errUnchecked = errors.New("a container needs a server whose certificate is checked: it hands out secrets")

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
	}
	if json.Unmarshal(a.Body, &envelope) != nil || envelope.Result == nil {
		return r
	}
	r.known, r.ok, r.value = true, envelope.Result.Status, envelope.Result.Value
	r.code, _ = strconv.Atoi(strings.Trim(string(envelope.Result.Error.Code), `"`))
	return r
}

// read reads the value of a call that succeeded.
func (r reply) read(value any) error {
	if r.status >= 300 || !r.known || !r.ok {
		return r.refusal()
	}
	if json.Unmarshal(r.value, value) != nil {
		return fmt.Errorf("%w: its answer is not what was asked for", approve.ErrUnreachable)
	}
	return nil
}

// success reads the value of a call that answers with little more than that.
func (r reply) success() error {
	var value struct {
		Success bool `json:"success"`
	}
	if err := r.read(&value); err != nil {
		return err
	}
	if !value.Success {
		return fmt.Errorf("%w: it says that it did not do it", approve.ErrRefused)
	}
	return nil
}

// refusal is the error of a call that did not succeed.
func (r reply) refusal() error {
	switch {
	case r.status == http.StatusTooManyRequests:
		seconds, _ := strconv.Atoi(r.header.Get("Retry-After"))
		return &approve.LimitedError{RetryAfter: time.Duration(min(max(seconds, 0), 24*3600)) * time.Second}
	case !r.known && r.status < 300:
		return fmt.Errorf("%w: what answers there is not a privacyIDEA server", approve.ErrUnreachable)
	case r.code == codeNotThere, r.code == codeNotFound:
		return fmt.Errorf("%w: its container is gone or was unregistered", approve.ErrRevoked)
	case r.code == codeChallenge:
		return fmt.Errorf("%w: it does not take this device's signature; another device may have taken over the container", approve.ErrRefused)
	case r.code == codeRegistered:
		return fmt.Errorf("%w: a roll-over of the container is under way", approve.ErrRefused)
	case r.code == codePolicy:
		return fmt.Errorf("%w: a policy does not allow it", approve.ErrRefused)
	case r.code != 0:
		return fmt.Errorf("%w: it answers with status %d and code %d", approve.ErrRefused, r.status, r.code)
	}
	return fmt.Errorf("%w: it answers with status %d", approve.ErrRefused, r.status)
}
