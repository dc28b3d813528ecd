package native

// This file sends one call and reads its answer, with every limit: no
// redirects, no cookies, TLS 1.2 at least, sizes and times capped. Texts of
// transport errors never repeat the URL.

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"nod/approve"
	"nod/approve/protocol"
	"nod/vault"
)

// answerTime is how long an answer may take beyond the wait that was asked for.
const answerTime = 10 * time.Second

// strict returns a copy of client that follows no redirect, keeps no cookie and
// speaks TLS 1.2 or newer.
func strict(client *http.Client) *http.Client {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Jar = nil
	c.Timeout = 0 // each call has its own
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	if t, ok := transport.(*http.Transport); ok {
		t = t.Clone()
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{}
		}
		t.TLSClientConfig.MinVersion = max(t.TLSClientConfig.MinVersion, tls.VersionTLS12)
		t.TLSClientConfig.InsecureSkipVerify = false
		transport = t
	}
	c.Transport = transport
	return &c
}

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
	callCtx, cancel := context.WithTimeout(ctx, answerTime+c.wait)
	defer cancel()
	req, err := http.NewRequestWithContext(callCtx, c.method, server+c.path, bytes.NewReader(body))
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
	res, err := n.http.Do(req)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, protocol.MaxBody+1))
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	return read(res, text, out)
}

// read takes apart an answer that came.
func read(res *http.Response, text []byte, out any) (*refusal, error) {
	switch {
	case len(text) > protocol.MaxBody:
		return nil, fmt.Errorf("%w: its answer is too long", approve.ErrUnreachable)
	case res.StatusCode >= 500:
		return nil, fmt.Errorf("%w: it answers with status %d", approve.ErrUnreachable, res.StatusCode)
	case res.StatusCode >= 400:
		return newRefusal(res, text), nil
	case res.StatusCode >= 300:
		return nil, fmt.Errorf("%w: it points to another address; give that one", approve.ErrRefused)
	case out == nil:
		return nil, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return nil, fmt.Errorf("%w: what answers there is not a nod server", approve.ErrUnreachable)
	}
	return nil, nil
}

// unreachable says why no answer came, without the URL. The end of ctx itself
// is the caller's doing and stays what it is.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: no answer in %d seconds", approve.ErrUnreachable, answerTime/time.Second)
	}
	return fmt.Errorf("%w: %w", approve.ErrUnreachable, err)
}
