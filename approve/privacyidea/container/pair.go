package container

// This file registers: the device makes a key, and shows with the link's nonce that
// it may.

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"nod/approve"
	"nod/vault"
)

// memoryURL is the server's address, as the link writes it.
const memoryURL = "url"

// brand is what the server shows of the device beside its name.
const brand = "nod"

const finalizePath = "register/finalize"

type finalizeBody struct {
	Serial     string `json:"container_serial"`
	Key        string `json:"public_client_key"` // PEM
	Signature  string `json:"signature"`
	Brand      string `json:"device_brand,omitempty"`
	Model      string `json:"device_model,omitempty"`
	Passphrase string `json:"passphrase,omitempty"`
}

// Pair registers a fresh key for the container of a link. The device is active then.
// Errors: approve.ErrContainer unless the offer wants a container.
func (d *driver) Pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	l, err := readLink(o.Link, o.Loopback)
	if err != nil {
		return approve.Paired{}, err
	}
	switch {
	case !o.Container:
		return approve.Paired{}, fmt.Errorf("pair: %w", approve.ErrContainer)
	case o.Trust.Unchecked:
		return approve.Paired{}, fmt.Errorf("pair: %w", errUnchecked)
	case l.secret && o.Passphrase == "":
		return approve.Paired{}, errors.New("pair: the link asks for a passphrase")
	}
	if err := l.check(time.Now()); err != nil {
		return approve.Paired{}, err
	}
	if o.Progress != nil {
		o.Progress("registering with the server")
	}
	key, private, public, err := makeKey()
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: make a key: %w", err)
	}
	defer clear(private)
	model := deviceName(o.DeviceName)
	if err := d.finalize(ctx, l, o.Trust, key, public, model, o.Passphrase); err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	k.SetSecret(private)
	return approve.Paired{Device: vault.Device{
		Driver: Name, Server: approve.Origin(l.base.url), App: l.issuer, Account: l.serial, Name: model,
		RemoteID: l.serial, State: vault.DeviceActive, Memory: o.Trust.Remember(map[string]string{memoryURL: l.base.text}),
	}}, nil
}

// deviceName is the name of this device, fit to be signed.
func deviceName(name string) string { return strings.ReplaceAll(approve.Text(name), separator, "/") }

// finalize sends the public key. The passphrase is in the signed text when the link
// asks for one, and sent only when it says so. The public key is in no signed text.
func (d *driver) finalize(ctx context.Context, l link, trust approve.Trust, key *ecdsa.PrivateKey, public, model, passphrase string) error {
	address, scope := l.base.endpoint(finalizePath)
	parts := []string{l.nonce, l.stamp, l.serial, scope, brand}
	if model != "" {
		parts = append(parts, model)
	}
	body := finalizeBody{Serial: l.serial, Key: public, Brand: brand, Model: model}
	if l.secret {
		parts = append(parts, passphrase)
	}
	if l.send {
		body.Passphrase = passphrase
	}
	var err error
	if body.Signature, err = signWith(key, parts...); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	r, err := d.send(ctx, trust, address, body, callTime)
	switch {
	case err != nil:
		return err
	case r.Code == codeChallenge && l.secret:
		return fmt.Errorf("%w: the passphrase is not right, or the link was used before", approve.ErrRefused)
	case r.Code == codeChallenge, r.Code == codeNotThere:
		return fmt.Errorf("%w: the link was used before, or is not its newest; ask for a new one", approve.ErrRefused)
	case r.Code == codeNotFound:
		return fmt.Errorf("%w: the container of the link is gone; ask for a new one", approve.ErrRefused)
	}
	return r.success()
}
