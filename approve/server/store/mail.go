package store

// Mails that wait to be read or sent, and the codes that confirm an address.

// The kinds of messages, and where they stand. Kept ones are only read here: no
// gateway is set up, or the message was handed over at once.
const (
	KindMail = "mail"
	KindSMS  = "sms"

	MailKept   = "kept"
	MailQueued = "queued"
	MailSent   = "sent"
	MailFailed = "failed"
)

// Mail is one message of the outbox. A queued one is to be sent after NextAt;
// Problem says why the last of Tries failed.
type Mail struct {
	ID                int64
	To, Subject, Body string
	At                int64
	Kind, State       string
	Tries             int
	NextAt            int64
	Problem           string
}

const mailColumns = `id, recipient, subject, body, at, kind, state, tries, next_at, problem`

func readMail(row scanner) (m Mail, err error) {
	err = row.Scan(&m.ID, &m.To, &m.Subject, &m.Body, &m.At, &m.Kind, &m.State, &m.Tries, &m.NextAt, &m.Problem)
	return m, err
}

// AddMail puts a message into the outbox.
func (tx *Tx) AddMail(m Mail) error {
	_, err := tx.exec(`INSERT INTO outbox (recipient, subject, body, at, kind, state, tries, next_at, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m.To, m.Subject, m.Body, m.At, m.Kind, m.State, m.Tries, m.NextAt, m.Problem)
	return err
}

// Mails returns the outbox, newest first, at most limit of them.
func (tx *Tx) Mails(limit int) ([]Mail, error) {
	return list(tx, readMail, `SELECT `+mailColumns+` FROM outbox ORDER BY id DESC LIMIT ?`, limit)
}

// Mail returns the message with that id.
func (tx *Tx) Mail(id int64) (Mail, error) {
	return one(tx, readMail, `SELECT `+mailColumns+` FROM outbox WHERE id = ?`, id)
}

// DueMails returns the queued messages of kind whose time has come, oldest first.
func (tx *Tx) DueMails(kind string, now int64, limit int) ([]Mail, error) {
	return list(tx, readMail, `SELECT `+mailColumns+` FROM outbox WHERE state = ? AND kind = ? AND next_at <= ? ORDER BY id LIMIT ?`, MailQueued, kind, now, limit)
}

// MoveMail changes where a message stands and its body, if it still is as old
// was: false when another process was faster.
func (tx *Tx) MoveMail(old, now Mail) (bool, error) {
	n, err := tx.exec(`UPDATE outbox SET state = ?, tries = ?, next_at = ?, problem = ?, body = ? WHERE id = ? AND state = ? AND tries = ? AND next_at = ?`,
		now.State, now.Tries, now.NextAt, now.Problem, now.Body, old.ID, old.State, old.Tries, old.NextAt)
	return n == 1, err
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
