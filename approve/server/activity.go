package server

// What people are shown of their own account.

import "nod/approve/server/store"

// The kinds of activity.
const (
	kindSignIn = "sign_in"
	kindAnswer = "answer"
	kindChange = "change"
)

// note appends a line to what user is shown of p: how says how it was done, or
// names the device that did it.
func (s *Server) note(tx *store.Tx, user string, p profile, from visit, kind, result, how string) error {
	return tx.AddActivity(store.Activity{
		UserID: user, Profile: p.Name, At: s.millis(), Kind: kind, Result: result, Device: how,
		IP: from.ip, Browser: from.browser, OS: from.os,
	})
}
