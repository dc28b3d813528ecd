package server

// What goes into the outbox. It leaves by delivery.go.

import "nod/approve/server/store"

// mail puts a message into the outbox: to be sent when there is a mail server,
// else to be read there.
func (s *Server) mail(tx *store.Tx, to, subject, body string) error {
	m := store.Mail{To: to, Subject: subject, Body: body, At: s.millis(), Kind: store.KindMail, State: store.MailKept}
	if s.config.Mail != nil {
		m.State, m.NextAt = store.MailQueued, m.At
	}
	return tx.AddMail(m)
}

// text notes a text message that sendCode has handed over, without what it said;
// without a gateway the message is kept to be read.
func (s *Server) text(tx *store.Tx, to, body string) error {
	m := store.Mail{To: to, Body: body, At: s.millis(), Kind: store.KindSMS, State: store.MailKept}
	if s.config.SMS != nil {
		m.State, m.Body = store.MailSent, ""
	}
	return tx.AddMail(m)
}
