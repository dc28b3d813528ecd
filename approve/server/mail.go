package server

import "nod/approve/server/store"

// mail puts a message into the outbox.
func (s *Server) mail(tx *store.Tx, to, subject, body string) error {
	return tx.AddMail(store.Mail{To: to, Subject: subject, Body: body, At: s.millis()})
}
