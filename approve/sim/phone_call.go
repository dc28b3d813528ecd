package sim

// A phone's signed calls, and what the server refuses.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"nod/approve"
	"nod/approve/protocol"
)

const (
	decisionLife = protocol.MaxSignatureAge
	answerTime   = 10 * time.Second // for an answer, beyond the wait asked for
)

// RefusedError is an answer of 400 and up.
type RefusedError struct {
	Status int
	Body   protocol.Error
}

func (e *RefusedError) Error() string {
	text := approve.LongText(e.Body.Message)
	if text == "" {
		text = http.StatusText(e.Status)
	}
	return fmt.Sprintf("the server answers %d %s: %s", e.Status, approve.Text(e.Body.Code), text)
}

// Unwrap returns what it means in the words of package approve.
func (e *RefusedError) Unwrap() error {
	switch e.Body.Code {
	case protocol.CodeDeviceRevoked:
		return approve.ErrRevoked
	case protocol.CodePairingRefused:
		return approve.ErrPairingRefused
	case protocol.CodeBadCode:
		return approve.ErrBadCode
	case protocol.CodeUsed:
		return approve.ErrUsed
	case protocol.CodeExpired:
		return approve.ErrCodeExpired
	case protocol.CodeClockSkew:
		return approve.ErrClock
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		return &approve.LimitedError{RetryAfter: e.wait(), Message: approve.LongText(e.Body.Message)}
	case e.Status >= http.StatusInternalServerError:
		return approve.ErrUnreachable
	}
	return approve.ErrRefused
}

// wait is how long the server wants to be left alone.
func (e *RefusedError) wait() time.Duration {
	const most = 24 * 3600
	return time.Duration(min(max(e.Body.RetryAfter, 0), most)) * time.Second
}

// messageFunc makes the message of a call for the server's time.
type messageFunc func(now time.Time) (any, error)

// call sends a signed call and reads the answer into into; a nil message is
// none. wait is what the server was asked to take. When the clocks differ it
// takes over the server's time and sends once more. Errors: *RefusedError,
// approve.ErrUnreachable, that of ctx.
func (p *Phone) call(ctx context.Context, method, path string, wait time.Duration, message messageFunc, into any) error {
	for try := 1; ; try++ {
		err := p.once(ctx, method, path, wait, message, into)
		refused, ok := errors.AsType[*RefusedError](err)
		if !ok || refused.Body.Code != protocol.CodeClockSkew || try == 2 {
			return err
		}
		p.clock.set(refused.Body.ServerTime)
	}
}

func (p *Phone) once(ctx context.Context, method, path string, wait time.Duration, message messageFunc, into any) error {
	if p.transport.PrivateKey == nil {
		return errUnpaired
	}
	now := p.clock.now()
	var body []byte
	if message != nil {
		content, err := message(now)
		if err != nil {
			return err
		}
		if body, err = json.Marshal(content); err != nil {
			return err
		}
	}
	callCtx, cancel := context.WithTimeout(ctx, answerTime+wait)
	defer cancel()
	r, err := http.NewRequestWithContext(callCtx, method, p.pairing.server+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if err := protocol.SignRequest(r, body, p.transport, now); err != nil {
		return err
	}
	err = send(p.Client, r, into)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// send sends r and reads the JSON answer into into; a nil into wants none.
func send(client *http.Client, r *http.Request, into any) error {
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(r)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return fmt.Errorf("%w: %w", approve.ErrUnreachable, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, protocol.MaxBody))
	if err != nil {
		return fmt.Errorf("%w: %w", approve.ErrUnreachable, err)
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return refusal(answer, text)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%w: its answer is not the JSON expected", approve.ErrUnreachable)
	}
	return nil
}

func refusal(answer *http.Response, text []byte) error {
	var body protocol.ErrorAnswer
	if json.Unmarshal(text, &body) != nil {
		body = protocol.ErrorAnswer{}
	}
	if body.Error.RetryAfter == 0 {
		body.Error.RetryAfter, _ = strconv.Atoi(answer.Header.Get("Retry-After")) // anything else is none
	}
	return &RefusedError{answer.StatusCode, body.Error}
}
