package server

// POST /v1/pause: a device wants quiet for a while. Codes still work.

import (
	"net/http"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// pausedByDevice is the reason (TwoStep.PauseWhy) of a pause that a device asked for.
const pausedByDevice = "device"

const maxPause = 31 * 24 * time.Hour // of a device

func (s *Server) pauseRequests(r *http.Request, body []byte) (any, error) {
	d, err := s.activeDevice(r, body)
	if err != nil {
		return nil, err
	}
	var message protocol.PauseRequest
	if err := decode(body, &message); err != nil {
		return nil, err
	}
	if message.Until.IsZero() || message.Until.After(s.now().Add(maxPause)) {
		e := refuse(http.StatusBadRequest, protocol.CodeBadRequest, "name a time of the next 31 days, or one that has come to lift the pause")
		e.Field = "until"
		return nil, e
	}
	var answer protocol.PauseAnswer
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		two, err := s.changePause(tx, d, message.Until.UnixMilli(), remoteIP(r))
		answer = protocol.PauseAnswer{Time: s.now()}
		answer.Until, answer.Why = s.pausedTill(two)
		return err
	})
	s.hub.notify(d.UserID)
	return answer, err
}

// changePause moves the end of a pause. One that the server made after a report
// or too many requests is neither lifted nor made shorter by a device, because
// what it protects from may still go on; a longer one takes its place.
func (s *Server) changePause(tx *store.Tx, d store.Device, until int64, ip string) (store.TwoStep, error) {
	now := s.millis()
	two, err := tx.TwoStep(d.UserID, d.Profile)
	if err != nil {
		return two, err
	}
	paused := two.PauseTill > now
	switch {
	case until <= now && !paused, two.PauseWhy != pausedByDevice && paused && until <= two.PauseTill:
		return two, nil
	case until <= now:
		two.PauseTill, two.PauseWhy = 0, ""
	default:
		two.PauseTill, two.PauseWhy = until, pausedByDevice
	}
	kind, detail, result := auditPolicyPaused, "device until "+fromMillis(until).Format(time.RFC3339), "requests_paused"
	if two.PauseTill == 0 {
		kind, detail, result = auditPolicyResumed, "device", "requests_resumed"
	}
	user, err := tx.User(d.UserID)
	if err != nil {
		return two, err
	}
	if _, err := s.audit(tx, kind, d.ID, user.Email, ip, detail); err != nil {
		return two, err
	}
	p, _ := profileNamed(d.Profile)
	if err := s.note(tx, d.UserID, p, visit{ip: ip}, kindChange, result, d.Name); err != nil {
		return two, err
	}
	return two, tx.SetTwoStep(two)
}

// pausedTill is the pause as devices are told it: nothing when there is none.
func (s *Server) pausedTill(two store.TwoStep) (*time.Time, string) {
	if two.PauseTill <= s.millis() {
		return nil, ""
	}
	till := fromMillis(two.PauseTill)
	return &till, two.PauseWhy
}
