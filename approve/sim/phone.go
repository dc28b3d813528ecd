package sim

// A phone that nobody holds: its keys, and how it becomes a device of an account.
// What it does with requests is in phone_run.go.

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"nod/approve/protocol"
)

// Phone is a device that answers by itself, for tests. It speaks nod's protocol on
// its own, so that it can break the rules for clients. Its keys are in memory
// only, unless Save writes them. Set the fields before Run; the methods are safe
// for concurrent use once the phone has been paired.
type Phone struct {
	// Client makes the calls; nil is http.DefaultClient.
	Client *http.Client
	// Do says what to do with a request: the first behaviour that fits. A request
	// that none fits is noted and left alone.
	Do []Behaviour
	// Number is where the number to type comes from. It may be nil for a phone that
	// accepts nothing.
	Number NumberFunc
	// Notify is called with each event, one at a time; may be nil.
	Notify func(Event)

	pairing             pairing
	transport, approval signer
	clock               serverClock
	book                book
}

// pairing is what a phone knows of its account.
type pairing struct {
	server, device string
	name           string
	app, account   string
	key            ed25519.PublicKey // of the server
}

// signer is a key in memory.
type signer struct{ ed25519.PrivateKey }

func newSigner() (signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return signer{key}, err
}

// Public returns the public half.
func (s signer) Public() ed25519.PublicKey { return s.PrivateKey.Public().(ed25519.PublicKey) }

// Sign signs message.
func (s signer) Sign(message []byte) ([]byte, error) {
	return ed25519.Sign(s.PrivateKey, message), nil
}

// ID is the device's id at the server.
func (p *Phone) ID() string { return p.pairing.device }

// Name is the device's name.
func (p *Phone) Name() string { return p.pairing.name }

// Server is the server's origin.
func (p *Phone) Server() string { return p.pairing.server }

// App is the site's name for people.
func (p *Phone) App() string { return p.pairing.app }

// Account is the address of the account.
func (p *Phone) Account() string { return p.pairing.account }

// errUnpaired says that a phone has no keys and no account yet.
var errUnpaired = errors.New("the phone is not paired")

// Words are the four check words, with spaces; "" before Pair.
func (p *Phone) Words() string {
	if p.pairing.device == "" {
		return ""
	}
	return strings.Join(protocol.Words(p.pairing.key, p.transport.Public(), p.approval.Public(), p.pairing.device), " ")
}

// Pair registers the phone with a registration code or a pairing link, in place
// of any pairing before. With a link server may be empty. The person has then to
// say yes at the site; Confirmed waits for that.
func (p *Phone) Pair(ctx context.Context, server, secret, name string) error {
	if err := p.pair(ctx, server, secret, name); err != nil {
		return fmt.Errorf("pair %s: %w", name, err)
	}
	return nil
}

func (p *Phone) pair(ctx context.Context, server, secret, name string) error {
	request := protocol.PairRequest{Code: secret, Name: name, Platform: runtime.GOOS + " simulated", Simulated: true}
	fingerprint := ""
	if protocol.IsLink(secret) {
		link, err := protocol.ParseLink(secret)
		if err != nil {
			return err
		}
		server, fingerprint = link.Server, link.Fingerprint
		request.Code, request.Token = "", link.Token
	}
	origin, err := protocol.Origin(server)
	if err != nil {
		return err
	}
	transport, err := newSigner()
	if err != nil {
		return err
	}
	approval, err := newSigner()
	if err != nil {
		return err
	}
	p.pairing, p.transport, p.approval = pairing{server: origin, name: name}, transport, approval
	var answer protocol.PairAnswer
	if err := p.call(ctx, http.MethodPost, protocol.PathPair, 0, p.proven(request), &answer); err != nil {
		return err
	}
	p.clock.set(answer.Time)
	return p.keep(answer, fingerprint)
}

// proven adds to a pairing request the keys and the proof that the phone holds them.
func (p *Phone) proven(request protocol.PairRequest) messageFunc {
	return func(now time.Time) (any, error) {
		proof, err := protocol.Proof{
			Audience: p.pairing.server, Transport: protocol.Thumbprint(p.transport.Public()), Approval: protocol.Thumbprint(p.approval.Public()),
			Secret: protocol.Hash(request.Token + request.Code), IssuedAt: now.Unix(), Expires: now.Add(decisionLife).Unix(),
		}.Sign(p.approval)
		request.TransportKey, request.ApprovalKey = protocol.EncodeKey(p.transport.Public()), protocol.EncodeKey(p.approval.Public())
		request.Proof = proof
		return request, err
	}
}

// keep checks and keeps the answer to a pairing.
func (p *Phone) keep(answer protocol.PairAnswer, fingerprint string) error {
	key, err := protocol.DecodeKey(answer.ServerKey)
	if err != nil {
		return err
	}
	if fingerprint != "" && protocol.Thumbprint(key) != fingerprint {
		return errors.New("the server's key is not the one of the link")
	}
	p.pairing.key, p.pairing.device = key, answer.DeviceID
	p.pairing.app, p.pairing.account = answer.App, answer.Account
	if words := strings.Fields(p.Words()); !slices.Equal(words, answer.Words) {
		return errors.New("the server's check words are not those of the keys")
	}
	return nil
}

// askAgain is how often a phone asks whether it was confirmed.
const askAgain = time.Second

// Confirmed waits until the person has said yes to the phone at the site. Errors:
// approve.ErrPairingRefused and others.
func (p *Phone) Confirmed(ctx context.Context) error {
	for {
		var device protocol.DeviceAnswer
		if err := p.call(ctx, http.MethodGet, protocol.PathDevice, 0, nil, &device); err != nil {
			return fmt.Errorf("confirm %s: %w", p.Name(), err)
		}
		p.clock.set(device.Time)
		if device.State == "active" {
			return nil
		}
		if err := sleep(ctx, askAgain); err != nil {
			return fmt.Errorf("confirm %s: %w", p.Name(), err)
		}
	}
}

// Unpair removes the phone at the server, even if it is the last device.
func (p *Phone) Unpair(ctx context.Context) error {
	if err := p.call(ctx, http.MethodDelete, protocol.PathDevice+"?force=true", 0, nil, nil); err != nil {
		return fmt.Errorf("unpair %s: %w", p.Name(), err)
	}
	return nil
}

// sleep waits for d, or for the end of ctx, whose error it then returns.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
