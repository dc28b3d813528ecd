package store

// Mails that wait to be read or sent, and the codes that confirm an address.

// Mail is one message of the outbox.
type Mail struct {
	ID                int64
	To, Subject, Body string
	At                int64
}

// AddMail puts a message into the outbox.
func (tx *Tx) AddMail(m Mail) error {
	_, err := tx.exec(`INSERT INTO outbox (recipient, subject, body, at) VALUES (?, ?, ?, ?)`, m.To, m.Subject, m.Body, m.At)
	return err
}

// Mails returns the outbox, newest first, at most limit of them.
func (tx *Tx) Mails(limit int) ([]Mail, error) {
	return list(tx, func(row scanner) (m Mail, err error) {
		err = row.Scan(&m.ID, &m.To, &m.Subject, &m.Body, &m.At)
		return m, err
	}, `SELECT id, recipient, subject, body, at FROM outbox ORDER BY id DESC LIMIT ?`, limit)
}

// EmailCode is a code that was mailed to confirm an address.
type EmailCode struct {
	Email             string
	Hash              []byte
	MadeAt, ExpiresAt int64
	Tries             int
}

// SetEmailCode stores c in place of the one that the address had.
func (tx *Tx) SetEmailCode(c EmailCode) error {
	if err := tx.DropEmailCode(c.Email); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO emails (email, hash, made_at, expires_at, tries) VALUES (?, ?, ?, ?, ?)`, c.Email, c.Hash, c.MadeAt, c.ExpiresAt, c.Tries)
	return err
}

// EmailCode returns the code of an address.
func (tx *Tx) EmailCode(email string) (EmailCode, error) {
	c := EmailCode{Email: email}
	err := tx.row(`SELECT hash, made_at, expires_at, tries FROM emails WHERE email = ?`, []any{email}, &c.Hash, &c.MadeAt, &c.ExpiresAt, &c.Tries)
	return c, err
}

// CountEmailTry counts one wrong try.
func (tx *Tx) CountEmailTry(email string) error {
	_, err := tx.exec(`UPDATE emails SET tries = tries + 1 WHERE email = ?`, email)
	return err
}

// DropEmailCode forgets the code of an address.
func (tx *Tx) DropEmailCode(email string) error {
	_, err := tx.exec(`DELETE FROM emails WHERE email = ?`, email)
	return err
}
