package server

// What people are shown of their own account.

import "nod/approve/server/store"

// The kinds of activity.
const (
	kindSignIn = "sign_in"
	kindAnswer = "answer"
	kindChange = "change"
)

// noteAnswer shows a person what one of their devices has answered, and to whom.
// What an app was told is noted where it is told.
func (s *Server) noteAnswer(tx *store.Tx, d store.Device, r store.Request, state string) error {
	p, known := profileNamed(r.Profile)
	if !known || r.AppID != "" && state == store.Accepted {
		return nil
	}
	return s.note(tx, r.UserID, p, visit{r.IP, r.Browser, r.OS}, kindAnswer, state, d.Name)
}

// note appends a line to what user is shown of p: how says how it was done, or
// names the device that did it.
func (s *Server) note(tx *store.Tx, user string, p profile, from visit, kind, result, how string) error {
	return tx.AddActivity(store.Activity{
		UserID: user, Profile: p.Name, At: s.millis(), Kind: kind, Result: result, Device: how,
		IP: from.ip, Browser: from.browser, OS: from.os,
	})
}
