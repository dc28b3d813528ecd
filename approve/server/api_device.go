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
		Support:      accountProfile().Support,
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
	site := accountProfile()
	answer := protocol.DeviceAnswer{
		State: d.State, App: site.App, Name: d.Name, Devices: []protocol.DeviceInfo{}, Methods: []string{},
		SecurityURL: s.securityURL(), Support: site.Support, Time: s.now(),
	}
	err = s.store.View(r.Context(), func(tx *store.Tx) error {
		user, err := tx.User(d.UserID)
		if err != nil {
			return err
		}
		answer.Account, answer.TwoStep = user.Email, user.TwoStep != ""
		if d.State == store.DevicePending {
			return nil // the account's devices are shown to confirmed ones only
		}
		devices, err := tx.Devices(d.UserID, store.DeviceActive)
		for _, each := range devices {
			answer.Devices = append(answer.Devices, info(each, d))
		}
		if len(devices) > 0 {
			answer.Methods = append(answer.Methods, methodCompanion)
		}
		return err
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
		if err := nameFree(tx, d.UserID, d.ID, name); err != nil {
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
		devices, err := tx.Devices(d.UserID, store.DeviceActive)
		if err != nil {
			return err
		}
		if !force && lastMethod(user, devices, d.ID) {
			e := refuse(http.StatusConflict, protocol.CodeLastMethod, "2-step verification is on and this is the last device")
			e.Devices, e.SecurityURL = len(devices), s.securityURL()
			return e
		}
		return s.removeDevice(tx, user, d, d.ID, remoteIP(r))
	})
	s.hub.notify(d.UserID)
	return nil, err
}

// lastMethod tells whether removing device would leave the person without a way to sign in.
func lastMethod(user store.User, active []store.Device, device string) bool {
	return user.TwoStep != "" && len(active) == 1 && active[0].ID == device
}
