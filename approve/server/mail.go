package server

import "nod/approve/server/store"

// mail puts a message into the outbox.
func (s *Server) mail(tx *store.Tx, to, subject, body string) error {
	return tx.AddMail(store.Mail{To: to, Subject: subject, Body: body, At: s.millis(), Kind: store.KindMail, State: store.MailKept})
}

// text keeps a text message in the outbox; sendCode has handed it over.
func (s *Server) text(tx *store.Tx, to, body string) error {
	return tx.AddMail(store.Mail{To: to, Body: body, At: s.millis(), Kind: store.KindSMS, State: store.MailKept})
}
