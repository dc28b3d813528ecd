package server

// The rules of pairing: one-time tokens and codes, and the person's yes or no
// to the device that used one.

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const (
	pairingLife = 10 * time.Minute // of a token or code, and then again of a pending device
	maxDevices  = 10               // active ones of one person

	pairTries  = 5 // wrong codes from one address ...
	pairWindow = 10 * time.Minute
	eventPair  = "pair"
)

// newPairing makes a token or registration code for user at p, in place of the one
// before, and returns its text.
func (s *Server) newPairing(tx *store.Tx, user string, p profile, kind string) (string, error) {
	now := s.millis()
	for range 100 { // a code may be taken: there are a million of them
		text := randomDigits(6)
		if kind == store.PairToken {
			text = base64.RawURLEncoding.EncodeToString(randomBytes(16))
		}
		made, err := tx.AddPairing(store.Pairing{
			Hash: s.keys.hash("pairing", text), UserID: user, Profile: p.Name, Kind: kind,
			Sealed: s.keys.seal([]byte(text), "pairing "+user),
			MadeAt: now, ExpiresAt: now + pairingLife.Milliseconds(),
		})
		if err != nil || made {
			return text, err
		}
	}
	return "", errors.New("make pairing: no free code")
}

// shownPairing returns the text and end of the live pairing of user at p and
// kind; store.ErrNone when there is none.
func (s *Server) shownPairing(tx *store.Tx, user string, p profile, kind string) (string, time.Time, error) {
	pairing, err := tx.LivePairing(user, p.Name, kind, s.millis())
	if err != nil {
		return "", time.Time{}, err
	}
	text, err := s.keys.open(pairing.Sealed, "pairing "+user)
	return string(text), fromMillis(pairing.ExpiresAt), err
}

// link is what the QR image of a token holds.
func (s *Server) link(token string) string {
	return protocol.Link{Server: s.config.Origin, Token: token, Fingerprint: protocol.Thumbprint(s.public())}.String()
}

// words are the check words of a device.
func (s *Server) words(d store.Device) []string {
	return protocol.Words(s.public(), d.Transport, d.Approval, d.ID)
}

// deviceState is the state of d at this moment: nobody said yes in time is a no.
func (s *Server) deviceState(d store.Device) string {
	if d.State == store.DevicePending && s.millis() >= d.PairedAt+pairingLife.Milliseconds() {
		return store.DeviceRefused
	}
	return d.State
}

// pendingDevices returns the devices of user at p that wait for a yes.
func (s *Server) pendingDevices(tx *store.Tx, user string, p profile) ([]store.Device, error) {
	all, err := tx.Devices(user, p.Name, store.DevicePending)
	var waiting []store.Device
	for _, d := range all {
		if s.deviceState(d) == store.DevicePending {
			waiting = append(waiting, d)
		}
	}
	return waiting, err
}

// confirmDevice is the person's yes to a pending device. It ends the pairing
// and, when it was being set up, switches the second factor on. added is false
// when the device does not wait any more.
func (s *Server) confirmDevice(tx *store.Tx, user store.User, p profile, id, ip string) (added, on bool, err error) {
	d, err := tx.Device(id)
	if errors.Is(err, store.ErrNone) || (err == nil && (d.UserID != user.ID || d.Profile != p.Name || s.deviceState(d) != store.DevicePending)) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	if moved, err := tx.MoveDevice(id, store.DevicePending, store.DeviceActive); err != nil || !moved {
		return false, false, err
	}
	if err := s.dropPairings(tx, user.ID, p); err != nil {
		return false, false, err
	}
	if _, err := s.audit(tx, auditDevicePaired, user.Email, d.ID, ip, d.Name); err != nil {
		return false, false, err
	}
	if err := s.note(tx, user.ID, p, visit{ip: ip}, kindChange, "device added", d.Name); err != nil {
		return false, false, err
	}
	if err := s.mail(tx, user.Email, "A device was added", fmt.Sprintf("%s can now approve sign-ins for %s at %s.\nIf this was not you, remove it under %s > %s and change your password.",
		d.Name, user.Email, p.App, p.Words.Account, p.Words.Security)); err != nil {
		return false, false, err
	}
	two, err := tx.TwoStep(user.ID, p.Name)
	if err != nil || two.Setup != methodCompanion {
		return true, false, err
	}
	return true, !two.On, s.setTwoStep(tx, user, p, methodCompanion, ip)
}

// refuseDevice is the person's no.
func (s *Server) refuseDevice(tx *store.Tx, user store.User, id, ip string) error {
	d, err := tx.Device(id)
	if errors.Is(err, store.ErrNone) || (err == nil && d.UserID != user.ID) {
		return nil
	}
	if err != nil {
		return err
	}
	if moved, err := tx.MoveDevice(id, store.DevicePending, store.DeviceRefused); err != nil || !moved {
		return err
	}
	_, err = s.audit(tx, auditPairingRefused, user.Email, d.ID, ip, d.Name)
	return err
}

// removeDevice takes the right to answer from a device.
func (s *Server) removeDevice(tx *store.Tx, user store.User, d store.Device, actor, ip string) error {
	if moved, err := tx.MoveDevice(d.ID, d.State, store.DeviceRemoved); err != nil || !moved {
		return err
	}
	if _, err := s.audit(tx, auditDeviceRemoved, actor, d.ID, ip, d.Name); err != nil {
		return err
	}
	if d.State != store.DeviceActive {
		return nil
	}
	if p, ok := profileNamed(d.Profile); ok {
		if err := s.note(tx, user.ID, p, visit{ip: ip}, kindChange, "device removed", d.Name); err != nil {
			return err
		}
	}
	return s.mail(tx, user.Email, "A device was removed", fmt.Sprintf("%s can no longer approve sign-ins for %s.", d.Name, user.Email))
}

func (s *Server) dropPairings(tx *store.Tx, user string, p profile) error {
	return errors.Join(tx.DropPairings(user, p.Name, store.PairToken), tx.DropPairings(user, p.Name, store.PairCode))
}

// setTwoStep switches the second factor of user at p on, asking for kind first,
// or off with "". Switching it off keeps the methods (S21).
func (s *Server) setTwoStep(tx *store.Tx, user store.User, p profile, kind, ip string) error {
	two, err := tx.TwoStep(user.ID, p.Name)
	if err != nil {
		return err
	}
	two.On, two.Setup = kind != "", ""
	detail := p.Name + " off"
	if two.On {
		two.Method, two.ResetAt, two.ResetBy = kind, 0, ""
		detail = p.Name + " " + kind
	}
	if err := tx.SetTwoStep(two); err != nil {
		return err
	}
	_, err = s.audit(tx, auditPolicyTwoStep, user.Email, user.Email, ip, detail)
	return err
}
