package native

// This file asks the server to send no requests for a while.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"nod/approve"
	"nod/approve/protocol"
)

// Pause asks for quiet for length from now; 0 or less lifts the pause.
func (n *driver) Pause(ctx context.Context, d approve.Device, length time.Duration) (approve.Pause, error) {
	body := func(now time.Time) ([]byte, error) {
		until := now.Add(length)
		if length <= 0 {
			// The clocks may differ by the window of a signature: this has come on both.
			until = now.Add(-2 * protocol.MaxSignatureAge)
		}
		return json.Marshal(protocol.PauseRequest{Until: until.UTC()})
	}
	var answer protocol.PauseAnswer
	err := n.signed(ctx, d, call{method: http.MethodPost, path: protocol.PathPause, body: body, pausing: true},
		&answer, func() time.Time { return answer.Time })
	if err != nil {
		return approve.Pause{}, fmt.Errorf("pause requests: %w", err)
	}
	return pauseOf(d, answer.Until, answer.Why), nil
}

// pauseOf is a pause in this machine's time.
func pauseOf(d approve.Device, until *time.Time, why string) approve.Pause {
	p := approve.Pause{Until: local(d, until)}
	if !p.Until.IsZero() {
		p.Why = approve.PauseReason(approve.Text(why))
	}
	return p
}
