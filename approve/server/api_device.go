package server

// /v1/device: what a device may know and do about itself.

import (
	"encoding/base64"
	"net/http"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const version = "1.0.0" // of the server, told by /v1/meta

func (s *Server) meta(*http.Request, []byte) (any, error) {
	return protocol.Meta{
		Name: "nod server", Version: version, Time: s.now(),
		Capabilities: []string{"number", "report", "ignore", "fallback", "email"},
		Support:      firstProfile().Policy.SupportText,
		ServerKey:    base64.RawURLEncoding.EncodeToString(s.public()),
		MaxWait:      int(maxWait.Seconds()),
	}, nil
}

func (s *Server) securityURL() string { return s.config.Origin + "/account/security" }

func (s *Server) deviceInfo(r *http.Request, body []byte) (any, error) {
	d, err := s.device(r, body)
	if err != nil {
		return nil, err
	}
	if err := s.allowed(d, store.DeviceActive, store.DevicePending); err != nil {
		return nil, err
	}
	site, _ := profileNamed(d.Profile)
	answer := protocol.DeviceAnswer{
		State: d.State, App: site.App, Name: d.Name, Devices: []protocol.DeviceInfo{}, Methods: []string{},
		SecurityURL: s.securityURL(), Support: site.Policy.SupportText, Time: s.now(),
	}
	err = s.store.View(r.Context(), func(tx *store.Tx) error {
		user, err := tx.User(d.UserID)
		if err != nil {
			return err
		}
		f, err := s.factors(tx, user.ID, site)
		if err != nil {
			return err
		}
		policy, err := s.policy(tx, site)
		if err != nil {
			return err
		}
		answer.Account, answer.TwoStep, answer.Support = user.Email, f.On, policy.SupportText
		answer.PausedUntil, answer.PausedWhy = s.pausedTill(f.TwoStep)
		if d.State == store.DevicePending {
			return nil // the account's devices are shown to confirmed ones only
		}
		for _, each := range f.Devices {
			answer.Devices = append(answer.Devices, info(each, d))
		}
		for _, way := range f.ways() {
			answer.Methods = append(answer.Methods, way.Kind)
		}
		return nil
	})
	return answer, err
}

func info(d, self store.Device) protocol.DeviceInfo {
	i := protocol.DeviceInfo{
		ID: d.ID, Name: d.Name, Platform: d.Platform, Simulated: d.Simulated, This: d.ID == self.ID, Paired: fromMillis(d.PairedAt),
	}
	if d.UsedAt != 0 {
		used := fromMillis(d.UsedAt)
		i.Used = &used
	}
	return i
}

func (s *Server) renameDevice(r *http.Request, body []byte) (any, error) {
	d, err := s.activeDevice(r, body)
	if err != nil {
		return nil, err
	}
	var patch protocol.DevicePatch
	if err := decode(body, &patch); err != nil {
		return nil, err
	}
	name := cleanName(patch.Name)
	if name == "" {
		e := refuse(http.StatusBadRequest, protocol.CodeBadRequest, "the device needs a name")
		e.Field = "name"
		return nil, e
	}
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		if err := nameFree(tx, d, name); err != nil {
			return err
		}
		if err := tx.RenameDevice(d.ID, name); err != nil {
			return err
		}
		_, err := s.audit(tx, auditDeviceRenamed, d.ID, d.ID, remoteIP(r), name)
		return err
	})
	return nil, err
}

func (s *Server) unpair(r *http.Request, body []byte) (any, error) {
	d, err := s.device(r, body)
	if err != nil {
		return nil, err
	}
	if err := s.allowed(d, store.DeviceActive, store.DevicePending); err != nil {
		return nil, err
	}
	force := r.URL.Query().Get("force") == "true"
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		user, err := tx.User(d.UserID)
		if err != nil {
			return err
		}
		last, f, err := s.isLastWay(tx, d)
		if err != nil {
			return err
		}
		if !force && last {
			e := refuse(http.StatusConflict, protocol.CodeLastMethod, "2-step verification is on and this is the last device")
			e.Devices, e.SecurityURL = len(f.Devices), s.securityURL()
			return e
		}
		return s.removeDevice(tx, user, d, d.ID, remoteIP(r))
	})
	s.hub.notify(d.UserID)
	return nil, err
}

// isLastWay tells whether removing d leaves its person without a way to sign in.
func (s *Server) isLastWay(tx *store.Tx, d store.Device) (bool, factors, error) {
	p, _ := profileNamed(d.Profile)
	f, err := s.factors(tx, d.UserID, p)
	if err != nil {
		return false, f, err
	}
	policy, err := s.policy(tx, p)
	return d.State == store.DeviceActive && f.lastWay(policy, d.ID, s.millis()), f, err
}
