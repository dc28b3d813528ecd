package server

// POST /v1/pair: a device brings a token or registration code and its keys.

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func (s *Server) pair(r *http.Request, body []byte) (any, error) {
	var p protocol.PairRequest
	if err := decode(body, &p); err != nil {
		return nil, err
	}
	transport, approval := publicKey(p.TransportKey), publicKey(p.ApprovalKey)
	p.Name, p.Platform = cleanName(p.Name), cleanName(p.Platform)
	switch {
	case (p.Token == "") == (p.Code == ""):
		return nil, refuse(http.StatusBadRequest, protocol.CodeBadRequest, "bring a token or a code")
	case transport == nil || approval == nil || transport.Equal(approval):
		return nil, refuse(http.StatusBadRequest, protocol.CodeBadRequest, "two Ed25519 keys are needed")
	case p.Name == "":
		e := refuse(http.StatusBadRequest, protocol.CodeBadRequest, "the device needs a name")
		e.Field = "name"
		return nil, e
	}
	keyID := protocol.Thumbprint(transport)
	if err := s.verify(r, body, func(id string) (ed25519.PublicKey, error) {
		if id != keyID {
			return nil, store.ErrNone
		}
		return transport, nil
	}); err != nil {
		return nil, err
	}
	d := store.Device{Name: p.Name, Platform: p.Platform, Simulated: p.Simulated, KeyID: keyID, Transport: transport, Approval: approval}
	return s.register(r, p, d)
}

// register checks token or code and stores the device as pending.
func (s *Server) register(r *http.Request, p protocol.PairRequest, d store.Device) (any, error) {
	var answer protocol.PairAnswer
	var refused error // told to the device, but what it wrote stays
	ip := remoteIP(r)
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		pairing, err := s.findPairing(tx, p, ip)
		if e := (*apiError)(nil); errors.As(err, &e) {
			refused = err
			return nil
		}
		if err != nil {
			return err
		}
		user, err := tx.User(pairing.UserID)
		if err != nil {
			return err
		}
		d.Profile = pairing.Profile
		if err := s.acceptable(tx, p, d, user); err != nil {
			return err
		}
		if _, err := tx.UsePairing(pairing.Hash, s.millis()); err != nil {
			return err
		}
		answer, err = s.addDevice(tx, d, user, ip)
		return err
	})
	if err = errors.Join(err, refused); err != nil {
		return nil, err
	}
	return answer, nil
}

// findPairing returns the pairing of p's token or code. Wrong codes are counted.
func (s *Server) findPairing(tx *store.Tx, p protocol.PairRequest, ip string) (store.Pairing, error) {
	now := s.millis()
	kind, text := store.PairToken, p.Token
	if p.Code != "" {
		kind, text = store.PairCode, p.Code
		tries, oldest, err := tx.Events(eventPair, ip, now-pairWindow.Milliseconds())
		if err != nil {
			return store.Pairing{}, err
		}
		if tries >= pairTries {
			wait := time.Duration(oldest+pairWindow.Milliseconds()-now) * time.Millisecond
			return store.Pairing{}, tooMany(protocol.CodeTooMany, "too many tries; wait or scan the QR code instead", wait)
		}
	}
	pairing, err := tx.Pairing(s.keys.hash("pairing", text))
	if errors.Is(err, store.ErrNone) || (err == nil && pairing.Kind != kind) {
		return pairing, s.wrongPairing(tx, kind, ip)
	}
	switch {
	case err != nil:
		return pairing, err
	case pairing.UsedAt != 0:
		return pairing, refuse(http.StatusConflict, protocol.CodeUsed, "that code was already used")
	case pairing.ExpiresAt <= now:
		return pairing, refuse(http.StatusGone, protocol.CodeExpired, "that code has expired")
	}
	return pairing, nil
}

// wrongPairing counts a wrong code of an address and says how many are left.
func (s *Server) wrongPairing(tx *store.Tx, kind, ip string) error {
	e := refuse(http.StatusUnauthorized, protocol.CodeBadCode, "that registration code is not right")
	if kind == store.PairToken {
		e.Message = "that link is not right"
		return e
	}
	now := s.millis()
	if err := tx.AddEvent(eventPair, ip, now); err != nil {
		return err
	}
	tries, _, err := tx.Events(eventPair, ip, now-pairWindow.Milliseconds())
	if err != nil {
		return err
	}
	left := max(0, pairTries-tries)
	e.Left = &left
	if _, err := s.audit(tx, auditCodeWrong, "", "registration code", ip, ""); err != nil {
		return err
	}
	return e
}

// acceptable checks the proof and the name, before the code is used up.
func (s *Server) acceptable(tx *store.Tx, p protocol.PairRequest, d store.Device, user store.User) error {
	secret := p.Token + p.Code // one of them is empty
	if err := protocol.VerifyProof(p.Proof, s.config.Origin, d.Transport, d.Approval, secret, s.now()); err != nil {
		return refuse(http.StatusUnprocessableEntity, protocol.CodeBadProof, "the device did not prove its approval key")
	}
	if err := s.realEnough(tx, d); err != nil {
		return err
	}
	if _, err := tx.DeviceByKey(d.KeyID); !errors.Is(err, store.ErrNone) {
		if err != nil {
			return err
		}
		return refuse(http.StatusConflict, protocol.CodeUsed, "that key is paired already; make a new one")
	}
	d.UserID = user.ID
	if err := nameFree(tx, d, d.Name); err != nil {
		return err
	}
	devices, err := tx.Devices(user.ID, d.Profile, store.DeviceActive)
	if err == nil && len(devices) >= maxDevices {
		err = tooMany(protocol.CodeTooMany, "this account has 10 devices; remove one first", pairingLife)
	}
	return err
}

// realEnough refuses a simulated device where people are real, unless the company
// allows them.
func (s *Server) realEnough(tx *store.Tx, d store.Device) error {
	if !d.Simulated || s.config.Demo {
		return nil
	}
	p, _ := profileNamed(d.Profile)
	policy, err := s.policy(tx, p)
	if err == nil && !policy.AllowSim {
		err = refuse(http.StatusForbidden, protocol.CodePairingRefused, "this site takes no simulated devices")
	}
	return err
}

// nameFree refuses a name that another active device of d's person has.
func nameFree(tx *store.Tx, self store.Device, name string) error {
	devices, err := tx.Devices(self.UserID, self.Profile, store.DeviceActive)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if d.ID != self.ID && strings.EqualFold(d.Name, name) {
			e := refuse(http.StatusUnprocessableEntity, protocol.CodeNameTaken, "another device of this account has that name")
			e.Field = "name"
			return e
		}
	}
	return nil
}

func (s *Server) addDevice(tx *store.Tx, d store.Device, user store.User, ip string) (protocol.PairAnswer, error) {
	now := s.millis()
	site, _ := profileNamed(d.Profile)
	d.ID, d.UserID, d.State, d.PairedAt, d.SeenAt = randomID("d-", 10), user.ID, store.DevicePending, now, now
	var uri string
	d.Fallback, uri = s.newFallback(d.ID, site, user.Email)
	// A second try with the same name takes the place of the first.
	if err := tx.RefuseStale(user.ID, d.Profile, d.Name, now-pairingLife.Milliseconds()); err != nil {
		return protocol.PairAnswer{}, err
	}
	if err := tx.AddDevice(d); err != nil {
		return protocol.PairAnswer{}, err
	}
	_, err := s.audit(tx, auditDevicePending, user.Email, d.ID, ip, d.Name)
	return protocol.PairAnswer{
		DeviceID: d.ID, ServerKey: base64.RawURLEncoding.EncodeToString(s.public()), Words: s.words(d),
		App: site.App, Account: user.Email, FallbackURI: uri, Time: s.now(),
	}, err
}

// publicKey reads a base64url Ed25519 key, nil when it is none.
func publicKey(text string) ed25519.PublicKey {
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil
	}
	return key
}

// cleanName makes a device's text safe to show in pages and terminals: no
// control, format or bidi characters, single spaces, at most 64 runes.
func cleanName(text string) string {
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(visible), " "))
	return strings.TrimSpace(string(runes[:min(len(runes), 64)]))
}
