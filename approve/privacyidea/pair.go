package privacyidea

// This file pairs: the device makes a key, and proves with the link's credential
// that it may. No earlier key of the server exists, so its TLS certificate is all
// that says whose key it gives.

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"

	"nod/approve"
	"nod/vault"
)

// What a pairing's memory holds, beside its approve.Trust.
const (
	memoryURL          = "url"          // of the push service
	memoryLock         = "lock"         // the app lock that the administrator asked for
	memoryPresence     = "presence"     // "yes": a challenge once had choices
	memoryCapabilities = "capabilities" // "yes": a challenge once had them
)

// noPush is what an app without push messages registers.
const noPush = "no_firebase_token"

type rollout struct {
	Credential string `json:"enrollment_credential"`
	Serial     string `json:"serial"`
	Push       string `json:"fbtoken"`
	Key        string `json:"pubkey"` // SubjectPublicKeyInfo
}

// Pair registers a fresh key with the server of a link. The device is active then.
func (p *driver) Pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	l, err := p.readLink(o.Link, o.Loopback)
	if err != nil {
		return approve.Paired{}, err
	}
	if err := p.links.check(l); err != nil {
		return approve.Paired{}, err
	}
	if o.Progress != nil {
		o.Progress(fmt.Sprintf("making a key of %d bits", p.bits))
	}
	key, err := makeKey(ctx, p.bits)
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: make a key: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	defer clear(private)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	if o.Progress != nil {
		o.Progress("registering with the server")
	}
	serverKey, err := p.register(ctx, l, o.Trust, public)
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	k.SetSecret(private)
	facts := map[string]string{memoryURL: l.url.String()}
	if l.lock != "" {
		facts[memoryLock] = l.lock
	}
	return approve.Paired{Device: vault.Device{
		Driver: p.name, Server: approve.Origin(l.url), App: l.issuer, Account: l.label,
		Name: approve.Text(o.DeviceName), RemoteID: l.serial, ServerKey: serverKey,
		State: vault.DeviceActive, Memory: o.Trust.Remember(facts),
	}}, nil
}

// register sends the public key and returns the server's.
func (p *driver) register(ctx context.Context, l link, trust approve.Trust, public []byte) ([]byte, error) {
	body := rollout{l.credential, l.serial, noPush, base64.StdEncoding.EncodeToString(public)}
	r, err := p.send(ctx, trust, http.MethodPost, l.url.String(), body, pairTime)
	switch {
	case err != nil:
		return nil, err
	case r.Status == http.StatusNotFound && r.Code == codeNotFound:
		return nil, fmt.Errorf("%w: the link was used before, or its token is gone; ask for a new one", approve.ErrRefused)
	case r.Status == http.StatusBadRequest && r.Code == codeParameter:
		return nil, fmt.Errorf("%w: the credential of the link is not right; ask for a new one", approve.ErrRefused)
	case !r.Succeeded():
		return nil, r.Refusal(p.server)
	case !r.IsTrue():
		return nil, fmt.Errorf("%w: it did not take the key", approve.ErrRefused)
	}
	if serial := r.Text("serial"); serial != "" && serial != l.serial {
		return nil, fmt.Errorf("%w: it registered another token than that of the link", approve.ErrRefused)
	}
	if state := r.Text("rollout_state"); state != "" && state != "enrolled" {
		return nil, fmt.Errorf("%w: it did not finish the pairing", approve.ErrRefused)
	}
	key, err := readServerKey(r.Text("public_key"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", approve.ErrRefused, err)
	}
	return key, nil
}
