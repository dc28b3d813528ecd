package container

// This file sends one call, and gives refusals their meaning.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
)

const (
	callTime = 15 * time.Second
	syncTime = 60 * time.Second // the server makes a secret for each token
	maxBody  = 4 << 20
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
type reply struct{ envelope.Reply }

// send posts body as JSON and reads the answer. Errors are those of approve.Call.
func (d *driver) send(ctx context.Context, trust approve.Trust, address string, body any, limit time.Duration) (reply, error) {
	if trust.Unchecked {
		return reply{}, errUnchecked
	}
	client, err := d.connections.Client(trust)
	if err != nil {
		return reply{}, err
	}
	r, err := envelope.Send(ctx, client, http.MethodPost, address, body, limit, maxBody)
	return reply{r}, err
}

// errUnchecked says why nothing is sent.
var errUnchecked = errors.New("a container needs a server whose certificate is checked: it hands out secrets")

// read reads the value of a call that succeeded.
func (r reply) read(value any) error {
	if !r.Succeeded() {
		return r.refusal()
	}
	if json.Unmarshal(r.Value, value) != nil {
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
	case r.Status == http.StatusTooManyRequests:
	case r.Code == codeNotThere, r.Code == codeNotFound:
		return fmt.Errorf("%w: its container is gone or was unregistered", approve.ErrRevoked)
	case r.Code == codeChallenge:
		return fmt.Errorf("%w: it does not take this device's signature; another device may have taken over the container", approve.ErrRefused)
	case r.Code == codeRegistered:
		return fmt.Errorf("%w: a roll-over of the container is under way", approve.ErrRefused)
	case r.Code == codePolicy:
		return fmt.Errorf("%w: a policy does not allow it", approve.ErrRefused)
	}
	return r.Refusal("a privacyIDEA server")
}
