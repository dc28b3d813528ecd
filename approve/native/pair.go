package native

// This file pairs, and asks and tells the server about a pairing.

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"nod/approve"
	"nod/approve/protocol"
	"nod/vault"
)

// Preview reads a pairing link without any network.
func (*driver) Preview(link string) (approve.Preview, error) {
	link = strings.TrimSpace(link)
	if !protocol.IsLink(link) {
		return approve.Preview{}, approve.ErrNotMine
	}
	l, err := protocol.ParseLink(link)
	if err != nil {
		return approve.Preview{}, insecure(err)
	}
	p := approve.Preview{Driver: Name, Server: l.Server, AtSite: true}
	if strings.HasPrefix(l.Server, "http:") {
		p.Risks = []string{"The connection is not encrypted; the server is on this machine."}
	}
	return p, nil
}

// insecure names protocol's refusal of an address as callers know it.
func insecure(err error) error {
	if errors.Is(err, protocol.ErrInsecure) {
		return approve.ErrInsecure
	}
	return err
}

// typedOrigin reads an address that a person typed.
func typedOrigin(typed string) (string, error) {
	server, err := protocol.Origin(typed)
	if err != nil && !errors.Is(err, protocol.ErrInsecure) {
		return "", fmt.Errorf("%w: %w", approve.ErrAddress, err)
	}
	return server, insecure(err)
}

// target is where to pair, and with what.
type target struct {
	server, token, code, fingerprint string
}

func (t target) secret() string { return t.token + t.code } // one of them is empty

// readOffer turns a link, or an address and a registration code, into a target.
func readOffer(o approve.Offer) (target, error) {
	if o.Link != "" {
		link := strings.TrimSpace(o.Link)
		if !protocol.IsLink(link) {
			return target{}, approve.ErrNotMine
		}
		l, err := protocol.ParseLink(link)
		if err != nil {
			return target{}, insecure(err)
		}
		return target{server: l.Server, token: l.Token, fingerprint: l.Fingerprint}, nil
	}
	server, err := typedOrigin(o.Server)
	if err != nil {
		return target{}, err
	}
	code := strings.NewReplacer(" ", "", "-", "").Replace(o.Code)
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return target{}, fmt.Errorf("pair: %w: a registration code has 6 digits", approve.ErrBadCode)
	}
	return target{server: server, code: code}, nil
}

// Pair registers fresh keys with the server. The device that it returns is
// pending until the person confirms it at the site.
func (n *driver) Pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	t, err := readOffer(o)
	if err != nil {
		return approve.Paired{}, err
	}
	name := approve.Text(o.DeviceName)
	body := func(now time.Time) ([]byte, error) { return pairRequest(o, name, t, k, now) }
	var answer protocol.PairAnswer
	err = n.twice(ctx, t.server, k.Transport(), &approve.Clock{}, call{method: http.MethodPost, path: protocol.PathPair, body: body},
		&answer, func() time.Time { return answer.Time })
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	serverKey, words, err := checkPairing(t, answer, k)
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	return approve.Paired{
		Device: vault.Device{
			Driver: Name, Server: t.server, App: approve.Text(answer.App), Account: approve.Text(answer.Account),
			Name: name, RemoteID: answer.DeviceID, ServerKey: serverKey, Words: words, State: vault.DevicePending,
		},
		Fallback: answer.FallbackURI,
	}, nil
}

// pairRequest builds the body of a pairing: both public keys, and the proof
// that the approval key is held by whoever holds the token or code.
func pairRequest(o approve.Offer, name string, t target, k *vault.Keys, now time.Time) ([]byte, error) {
	transport, approval := k.Transport().Public(), k.Approval().Public()
	proof, err := protocol.Proof{
		Audience:  t.server,
		Transport: protocol.Thumbprint(transport),
		Approval:  protocol.Thumbprint(approval),
		Secret:    protocol.Hash(t.secret()),
		IssuedAt:  now.Unix(),
		Expires:   now.Add(decisionLife).Unix(),
	}.Sign(k.Approval())
	if err != nil {
		return nil, err
	}
	return json.Marshal(protocol.PairRequest{
		Token: t.token, Code: t.code, Name: name, Platform: approve.Text(o.Platform),
		TransportKey: protocol.EncodeKey(transport), ApprovalKey: protocol.EncodeKey(approval),
		Proof: proof, Simulated: o.Simulated,
	})
}

// checkPairing makes sure that the server is the one of the link and that it
// saw the very keys that this device sent.
func checkPairing(t target, answer protocol.PairAnswer, k *vault.Keys) (serverKey []byte, words []string, err error) {
	pub, err := protocol.DecodeKey(answer.ServerKey)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: it names no key of its own", approve.ErrRefused)
	}
	if t.fingerprint != "" && subtle.ConstantTimeCompare([]byte(t.fingerprint), []byte(protocol.Thumbprint(pub))) != 1 {
		return nil, nil, fmt.Errorf("%w: its key is not the one of the pairing link", approve.ErrRefused)
	}
	if answer.DeviceID == "" || approve.Text(answer.DeviceID) != answer.DeviceID {
		return nil, nil, fmt.Errorf("%w: it gave this device no usable id", approve.ErrRefused)
	}
	words = protocol.Words(pub, k.Transport().Public(), k.Approval().Public(), answer.DeviceID)
	if !slices.Equal(words, answer.Words) {
		return nil, nil, fmt.Errorf("%w: its check words are not those of the keys", approve.ErrRefused)
	}
	return pub, words, nil
}

// Status asks what the server knows of this device and its account.
func (n *driver) Status(ctx context.Context, d approve.Device) (approve.Status, error) {
	var a protocol.DeviceAnswer
	err := n.signed(ctx, d, call{method: http.MethodGet, path: protocol.PathDevice}, &a, func() time.Time { return a.Time })
	if err != nil {
		return approve.Status{}, fmt.Errorf("ask for the device: %w", err)
	}
	s := approve.Status{
		State: vault.DevicePending, App: approve.Text(a.App), Account: approve.Text(a.Account),
		TwoStep: a.TwoStep, Required: a.Required, RecoveryLeft: a.RecoveryLeft, RecoveryMade: local(d, a.RecoveryMade),
		SecurityURL: safeURL(a.SecurityURL), Support: approve.LongText(a.Support),
		Pause: pauseOf(d, a.PausedUntil, a.PausedWhy),
	}
	if a.State == string(vault.DeviceActive) {
		s.State = vault.DeviceActive
	}
	for _, m := range a.Methods[:min(len(a.Methods), 32)] {
		s.Methods = append(s.Methods, approve.Text(m))
	}
	for _, r := range a.Devices[:min(len(a.Devices), 100)] {
		s.Devices = append(s.Devices, approve.RemoteDevice{
			ID: approve.Text(r.ID), Name: approve.Text(r.Name), Platform: approve.Text(r.Platform),
			This: r.This, Simulated: r.Simulated, Paired: local(d, &r.Paired), Used: local(d, r.Used),
		})
	}
	return s, nil
}

// local turns a time of the server into one of this machine; none stays zero.
func local(d approve.Device, t *time.Time) time.Time {
	if t == nil || t.IsZero() {
		return time.Time{}
	}
	return d.Clock.Local(*t)
}

// Rename gives this device another name at the server.
func (n *driver) Rename(ctx context.Context, d approve.Device, name string) error {
	body := func(time.Time) ([]byte, error) { return json.Marshal(protocol.DevicePatch{Name: name}) }
	err := n.signed(ctx, d, call{method: http.MethodPatch, path: protocol.PathDevice, body: body}, nil, nil)
	if err != nil {
		return fmt.Errorf("rename device: %w", err)
	}
	return nil
}

// Unpair removes this device at the server; *approve.LastMethodError unless force.
func (n *driver) Unpair(ctx context.Context, d approve.Device, force bool) error {
	path := protocol.PathDevice
	if force {
		path += "?force=true"
	}
	if err := n.signed(ctx, d, call{method: http.MethodDelete, path: path}, nil, nil); err != nil {
		return fmt.Errorf("unpair: %w", err)
	}
	return nil
}

// StartEmail has server send a 6-digit code to address.
func (n *driver) StartEmail(ctx context.Context, server, address string) error {
	return n.email(ctx, server, protocol.PathEmailStart, protocol.EmailStart{Email: address})
}

// ConfirmEmail proves with that code that address is the person's.
func (n *driver) ConfirmEmail(ctx context.Context, server, address, code string) error {
	return n.email(ctx, server, protocol.PathEmailConfirm, protocol.EmailConfirm{Email: address, Code: code})
}

// email sends one of the two unsigned messages of the first run.
func (n *driver) email(ctx context.Context, server, path string, message any) error {
	origin, err := typedOrigin(server)
	if err != nil {
		return err
	}
	body := func(time.Time) ([]byte, error) { return json.Marshal(message) }
	c := call{method: http.MethodPost, path: path, body: body, mail: true}
	if err := n.twice(ctx, origin, nil, &approve.Clock{}, c, nil, nil); err != nil {
		return fmt.Errorf("confirm e-mail: %w", err)
	}
	return nil
}
