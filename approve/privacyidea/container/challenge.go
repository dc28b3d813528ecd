package container

// This file asks for the challenge that every call after the registration answers.

import (
	"context"
	"fmt"
	"time"

	"nod/approve"
)

// fresh is how far the time of a challenge may be from this machine's. The server
// keeps a challenge for 2 minutes; one that is older was kept back by somebody.
const fresh = 10 * time.Minute

// ticket is a challenge for one call.
type ticket struct {
	Nonce      string `json:"nonce"`
	Stamp      string `json:"time_stamp"`
	Encryption string `json:"enc_key_algorithm"`

	serial, address, scope string
}

// parts is what is signed, in its order.
func (t ticket) parts(more ...string) []string {
	return append([]string{t.Nonce, t.Stamp, t.serial, t.scope}, more...)
}

type challengeBody struct {
	Scope  string `json:"scope"`
	Serial string `json:"container_serial"`
}

// challenge asks for leave to make one call at path. What it returns is fit to be
// signed: it is of the right form, of now, and was not there before.
func (d *driver) challenge(ctx context.Context, dev approve.Device, path string) (ticket, error) {
	b, err := baseOf(dev)
	if err != nil {
		return ticket{}, err
	}
	address, scope := b.endpoint(path)
	ask, _ := b.endpoint("challenge")
	r, err := d.send(ctx, approve.TrustOf(dev.Device), ask, challengeBody{scope, dev.RemoteID}, callTime)
	if err != nil {
		return ticket{}, err
	}
	var t ticket
	if err := r.read(&t); err != nil {
		return ticket{}, err
	}
	t.serial, t.address, t.scope = dev.RemoteID, address, scope
	at, err := readStamp(t.Stamp)
	if err != nil || !nonces().MatchString(t.Nonce) {
		return ticket{}, fmt.Errorf("%w: its challenge is not of the kind that is signed", approve.ErrRefused)
	}
	if off := time.Since(at); off.Abs() > fresh {
		return ticket{}, fmt.Errorf("%w: the challenge is %s off", approve.ErrClock, off.Abs().Round(time.Minute))
	}
	if !d.first(t.Nonce) {
		return ticket{}, fmt.Errorf("%w: it gives a challenge again that was signed before", approve.ErrRefused)
	}
	return t, nil
}

// first tells whether a nonce is new, and keeps it for as long as its challenge can
// look fresh.
func (d *driver) first(nonce string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for known, since := range d.signed {
		if time.Since(since) > 2*fresh {
			delete(d.signed, known)
		}
	}
	if _, known := d.signed[nonce]; known {
		return false
	}
	d.signed[nonce] = time.Now()
	return true
}

// baseOf is the server's address of a pairing, which must be at the origin that the
// person agreed to.
func baseOf(d approve.Device) (base, error) {
	b, err := readBase(d.Memory[memoryURL], true)
	if err != nil || approve.Origin(b.url) != d.Server || !serials().MatchString(d.RemoteID) {
		return base{}, fmt.Errorf("the pairing is damaged; register again: %w", approve.ErrAddress)
	}
	return b, nil
}
