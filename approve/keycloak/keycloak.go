// Package keycloak speaks to Keycloak servers that have one of two extensions: the
// app authenticator of netzbegruenung ("keycloak-app") and the push MFA extension of
// ba-itsys ("keycloak-push-mfa"). Neither server signs its requests: what vouches for
// them is TLS, so everything is bound to the origin and realm that were paired.
package keycloak

// This file holds what both drivers share: their connections, what they remember of
// a pairing, and what the statuses of any call mean.

import (
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"nod/approve"
	"nod/vault"
)

// What vault.Device.Driver holds for the two drivers.
const (
	NameApp  = "keycloak-app"
	NamePush = "keycloak-push-mfa"
)

const (
	pollEvery  = 3 * time.Second
	answerTime = 10 * time.Second
	maxBody    = 128 << 10 // bytes of one answer
	maxLink    = 16 << 10  // bytes of a link, and of a token
	maxList    = 20        // requests of one answer that are looked at
	maxID      = 128       // bytes of an account's id
	maxAddress = 1 << 10   // bytes of a realm's address
	maxLife    = 24 * time.Hour
)

// What a pairing's memory holds beside its approve.Trust.
const (
	memoryBase       = "keycloak.base"       // URL of the realm
	memoryUser       = "keycloak.user"       // the realm's id of the account
	memoryLoopback   = "keycloak.loopback"   // plain http to this machine was allowed
	memoryKey        = "keycloak.key"        // app: the public key, base64
	memoryAsks       = "keycloak.asks"       // push: requests have asked for what the sign-in page shows
	memoryCredential = "keycloak.credential" // push: the credential id that this device gave itself
)

// uuid is the form of the ids that this package makes or signs.
var uuid = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
})

// pairing is what one device's memory says of its server.
type pairing struct {
	realm realm
	user  string
	trust approve.Trust
}

// pairingOf reads the memory of d, which must fit the server that the vault names.
func pairingOf(d vault.Device) (pairing, error) {
	r, err := parseRealm(d.Memory[memoryBase], d.Memory[memoryLoopback] != "")
	if err != nil || r.origin != d.Server {
		return pairing{}, fmt.Errorf("%w: pair this device again", approve.ErrAddress)
	}
	if !uuid().MatchString(d.RemoteID) {
		return pairing{}, fmt.Errorf("%w: this pairing has no usable id; pair this device again", approve.ErrRefused)
	}
	return pairing{realm: r, user: d.Memory[memoryUser], trust: approve.TrustOf(d)}, nil
}

// memory is the inverse of pairingOf.
func (p pairing) memory(loopback bool, more map[string]string) map[string]string {
	m := p.trust.Remember(more)
	m[memoryBase], m[memoryUser] = p.realm.base, p.user
	if loopback {
		m[memoryLoopback] = "yes"
	}
	return m
}

// guard limits what may be done with a request that anyone on the way can have made.
func (p pairing) guard(r approve.Request) approve.Request {
	if p.trust.Unchecked {
		r.Acts = []approve.Act{approve.Ignore}
		r.Warnings = append(r.Warnings, "The server's certificate is not checked: anyone on the way can have made this request. It can only be ignored.")
	}
	return r
}

// revoked says that the server no longer knows the device, which ends the pairing;
// a server whose certificate is not checked is not believed that.
func (p pairing) revoked() error {
	if p.trust.Unchecked {
		return fmt.Errorf("%w: it says that it no longer knows this device, and its certificate is not checked", approve.ErrRefused)
	}
	return approve.ErrRevoked
}

// refusal is the meaning of a status that the call has no meaning of its own for.
func refusal(a approve.Answer) error {
	switch a.Status {
	case http.StatusTooManyRequests:
		return approve.Limited(a.Header)
	case http.StatusNotFound:
		return fmt.Errorf("%w: it has no such extension, or no such realm", approve.ErrRefused)
	}
	return fmt.Errorf("%w: it answers with status %d", approve.ErrRefused, a.Status)
}

// notKeycloak is for an answer that is not of the expected form.
func notKeycloak() error {
	return fmt.Errorf("%w: what answers there is not this extension of Keycloak", approve.ErrUnreachable)
}

// status is what can be said of a pairing without asking: neither server tells more.
// That the server no longer knows the device is remembered from a poll.
func status(d approve.Device) (approve.Status, error) {
	p, err := pairingOf(d.Device)
	if err == nil && d.State == vault.DeviceRevoked {
		err = approve.ErrRevoked
	}
	if err != nil {
		return approve.Status{}, fmt.Errorf("ask for the device: %w", err)
	}
	return approve.Status{
		State: vault.DeviceActive, App: d.App, Account: d.Account, SecurityURL: p.realm.base + "/account",
		Support: "The server can not be told of a new name or of the end of this pairing: do that on its account page as well.",
	}, nil
}
