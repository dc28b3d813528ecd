package container

// This file ends a registration, and renews its key.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nod/approve"
)

const (
	rolloverPath  = "rollover"
	terminatePath = "register/terminate/client"
)

type signedBody struct {
	Serial    string `json:"container_serial"`
	Signature string `json:"signature"`
}

// errUntold says that the server still counts on the device.
var errUntold = errors.New("the server was not told")

// Unpair unregisters at the server. With force it leaves the server alone and says
// so, for a server that does not answer or does not allow it.
func (d *driver) Unpair(ctx context.Context, dev approve.Device, force bool) error {
	if force {
		return fmt.Errorf("unregister: %w", errUntold)
	}
	r, err := d.callSigned(ctx, dev, terminatePath)
	if err == nil && r.Code == codePolicy {
		err = fmt.Errorf("%w: its policy disable_client_container_unregister leaves that to the administrator; --force removes the pairing here only",
			approve.ErrRefused)
	}
	if err == nil {
		err = r.success()
	}
	if err != nil {
		return fmt.Errorf("unregister: %w", err)
	}
	return nil
}

// callSigned makes a call of which only the challenge is signed.
func (d *driver) callSigned(ctx context.Context, dev approve.Device, path string) (reply, error) {
	t, err := d.challenge(ctx, dev, path)
	if err != nil {
		return reply{}, err
	}
	signature, err := sign(dev.Secret, t.parts()...)
	if err != nil {
		return reply{}, err
	}
	return d.send(ctx, approve.TrustOf(dev.Device), t.address, signedBody{t.serial, signature}, callTime)
}

// Rollover has the server make a new registration link and registers a new key with
// it. The old key is forgotten only when the server has taken the new one.
func (d *driver) Rollover(ctx context.Context, dev approve.Device) error {
	l, err := d.newLink(ctx, dev)
	if err != nil {
		return fmt.Errorf("roll over: %w", err)
	}
	key, private, public, err := makeKey()
	if err != nil {
		return fmt.Errorf("roll over: make a key: %w", err)
	}
	defer clear(private)
	err = d.finalize(ctx, l, approve.TrustOf(dev.Device), key, public, deviceName(dev.Name), "")
	if errors.Is(err, approve.ErrUnreachable) {
		return fmt.Errorf("roll over: %w; it may have taken the new key: if the pairing does not work any more, register again", err)
	}
	if err != nil {
		return fmt.Errorf("roll over: %w", err)
	}
	if err := dev.Secret.Set(private); err != nil {
		return fmt.Errorf("roll over: the server has taken a new key, which could not be kept: %w; register again", err)
	}
	return nil
}

// newLink asks for another registration link of the same container at the same place.
func (d *driver) newLink(ctx context.Context, dev approve.Device) (link, error) {
	r, err := d.callSigned(ctx, dev, rolloverPath)
	if err != nil {
		return link{}, err
	}
	if r.Code == codePolicy {
		return link{}, fmt.Errorf("%w: its policy container_client_rollover does not let a device renew its key", approve.ErrRefused)
	}
	var value struct {
		URL struct {
			Value string `json:"value"`
		} `json:"container_url"`
	}
	if err := r.read(&value); err != nil {
		return link{}, err
	}
	l, err := readLink(value.URL.Value, true)
	if err != nil {
		return link{}, fmt.Errorf("%w: its new link can not be used", approve.ErrRefused)
	}
	b, err := baseOf(dev)
	switch {
	case err != nil:
		return link{}, err
	case l.serial != dev.RemoteID || l.base.text != b.text:
		return link{}, fmt.Errorf("%w: its new link is for another container or server", approve.ErrRefused)
	case l.secret:
		return link{}, fmt.Errorf("%w: its new link asks for a passphrase; register again with a link of the site", approve.ErrRefused)
	}
	return l, l.check(time.Now())
}
