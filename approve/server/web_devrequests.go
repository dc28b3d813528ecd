package server

// GET /dev/requests: the requests that wait, with the numbers that their pages
// show, for phones that nobody holds.

import (
	"net/http"
	"time"

	"nod/approve/server/store"
)

// waitingRequest is a request that waits, as JSON.
type waitingRequest struct {
	ID      string    `json:"id"`
	App     string    `json:"app"` // "rms"
	Account string    `json:"account"`
	Number  string    `json:"number"`
	Expires time.Time `json:"expires_at"`
}

func (s *Server) waitingRequests(w http.ResponseWriter, r *http.Request) {
	all := []waitingRequest{}
	err := s.expireDue(r.Context())
	if err == nil {
		err = s.store.View(r.Context(), func(tx *store.Tx) error {
			users, err := tx.Users()
			if err != nil {
				return err
			}
			for _, u := range users {
				for _, p := range profiles {
					waiting, err := tx.WaitingOf(u.ID, p.Name)
					if err != nil {
						return err
					}
					for _, q := range waiting {
						all = append(all, waitingRequest{q.ID, q.Profile, u.Email, q.Number, fromMillis(q.ExpiresAt)})
					}
				}
			}
			return nil
		})
	}
	if err != nil {
		s.writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, all)
}
