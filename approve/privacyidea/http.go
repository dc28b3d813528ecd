package privacyidea

// This file sends one call.

import (
	"context"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
)

const (
	answerTime = 15 * time.Second
	pairTime   = 45 * time.Second // the server makes a key, too
	maxBody    = 1 << 20
)

// Error codes of the servers.
const (
	codeValidate  = 10  // a signature or a timestamp is not taken
	codePolicy    = 303 // a policy forbids it
	codeNotFound  = 601
	codeParameter = 905 // a wrong credential, too
)

// send sends body (nil for none) and reads the answer. Errors are those of
// approve.Call.
func (p *driver) send(ctx context.Context, trust approve.Trust, method, address string, body any, limit time.Duration) (envelope.Reply, error) {
	client, err := p.connections.Client(trust)
	if err != nil {
		return envelope.Reply{}, err
	}
	return envelope.Send(ctx, client, method, address, body, limit, maxBody)
}
