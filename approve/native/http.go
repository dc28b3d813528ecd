package native

// This file signs one call, sends it and reads its answer.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"nod/approve"
	"nod/approve/protocol"
	"nod/vault"
)

// answerTime is how long an answer may take beyond the wait that was asked for.
const answerTime = 10 * time.Second

// call is one request of the device API.
type call struct {
	method, path string
	wait         time.Duration                       // that the server was asked to take
	body         func(now time.Time) ([]byte, error) // nil for none; made anew for a second try
	answering    bool                                // errors are about a login request
	mail         bool                                // errors are about an e-mail code
	pausing      bool                                // not every server has this call
}

// signed sends c as device d and reads the answer into out (nil for none), from
// which serverTime then tells the server's clock.
func (n *driver) signed(ctx context.Context, d approve.Device, c call, out any, serverTime func() time.Time) error {
	return n.twice(ctx, d.Server, d.Transport, d.Clock, c, out, serverTime)
}

// twice sends c, and once more with the corrected time when the server says
// that the clocks differ.
func (n *driver) twice(ctx context.Context, server string, key vault.Signer, clock *approve.Clock, c call, out any, serverTime func() time.Time) error {
	for try := 1; ; try++ {
		sent := time.Now()
		refusal, err := n.once(ctx, server, key, clock.Now(), c, out)
		trip := time.Since(sent)
		if c.wait > 0 {
			trip = 0 // most of it was waiting
		}
		switch {
		case err != nil:
			return err
		case refusal == nil:
			if serverTime != nil {
				clock.Set(serverTime(), trip)
			}
			return nil
		case refusal.body.Code != protocol.CodeClockSkew:
			return refusal.meaning(c, clock)
		case try == 2 || refusal.body.ServerTime.IsZero():
			return fmt.Errorf("%w: the server's says %s", approve.ErrClock, refusal.body.ServerTime.UTC().Format(time.DateTime))
		}
		clock.Set(refusal.body.ServerTime, trip)
	}
}

// once sends c one time. A nil key leaves it unsigned.
func (n *driver) once(ctx context.Context, server string, key vault.Signer, now time.Time, c call, out any) (*refusal, error) {
	var body []byte
	if c.body != nil {
		var err error
		if body, err = c.body(now); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, c.method, server+c.path, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the server's address can not be used")
	}
	req.Header.Set("Accept", "application/json")
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != nil {
		if err := protocol.SignRequest(req, body, key, now); err != nil {
			return nil, err
		}
	}
	answer, err := approve.Call(n.http, req, answerTime+c.wait, protocol.MaxBody)
	switch {
	case err != nil:
		return nil, err
	case answer.Status >= 400:
		return newRefusal(answer), nil
	case out == nil:
		return nil, nil
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return nil, fmt.Errorf("%w: what answers there is not a nod server", approve.ErrUnreachable)
	}
	return nil, nil
}
