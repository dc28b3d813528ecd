package server

// GET /v1/activity: what the devices of an account have decided.

import (
	"cmp"
	"net/http"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const maxActivity = 100 // decisions in an answer

func (s *Server) activity(r *http.Request, body []byte) (any, error) {
	d, err := s.activeDevice(r, body)
	if err != nil {
		return nil, err
	}
	answer := protocol.ActivityAnswer{Decisions: []protocol.Past{}, Time: s.now()}
	p, _ := profileNamed(d.Profile)
	err = s.store.View(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Answered(d.UserID, d.Profile, maxActivity)
		for _, q := range all {
			answer.Decisions = append(answer.Decisions, protocol.Past{
				ID: q.ID, State: q.State, Device: q.Device, This: q.DeviceID == d.ID,
				Asked: fromMillis(q.CreatedAt), At: fromMillis(q.EndedAt),
				App: cmp.Or(q.App, p.App), Action: cmp.Or(q.Action, p.Action), Message: q.Message,
				IP: q.IP, Browser: q.Browser, OS: q.OS, Ticket: q.Ticket,
			})
		}
		return err
	})
	return answer, err
}
