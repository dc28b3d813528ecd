package store

// Signed-in browsers, and browsers that wait for the second step.

// Session is a signed-in browser. FreshAt is when its password was last typed.
type Session struct {
	Hash                    []byte
	UserID                  string
	MadeAt, SeenAt, FreshAt int64
}

// Login is a browser that brought the right password and waits. RequestID is
// its request; Refusal says why it has none: "paused", "limited" or "none".
type Login struct {
	Hash                                []byte
	UserID, Profile, RequestID, Refusal string
	MadeAt, ExpiresAt                   int64
}

// AddSession stores a new session.
func (tx *Tx) AddSession(s Session) error {
	_, err := tx.exec(`INSERT INTO sessions (hash, user_id, made_at, seen_at, fresh_at) VALUES (?, ?, ?, ?, ?)`,
		s.Hash, s.UserID, s.MadeAt, s.SeenAt, s.FreshAt)
	return err
}

// Session returns the session with that hash.
func (tx *Tx) Session(hash []byte) (Session, error) {
	s := Session{Hash: hash}
	err := tx.row(`SELECT user_id, made_at, seen_at, fresh_at FROM sessions WHERE hash = ?`, []any{hash}, &s.UserID, &s.MadeAt, &s.SeenAt, &s.FreshAt)
	return s, err
}

// SeeSession stores when a session was last used and its password last typed.
func (tx *Tx) SeeSession(hash []byte, seen, fresh int64) error {
	_, err := tx.exec(`UPDATE sessions SET seen_at = ?, fresh_at = ? WHERE hash = ?`, seen, fresh, hash)
	return err
}

// DropSession ends a session.
func (tx *Tx) DropSession(hash []byte) error {
	_, err := tx.exec(`DELETE FROM sessions WHERE hash = ?`, hash)
	return err
}

// SessionCount counts the sessions of user.
func (tx *Tx) SessionCount(user string) (int, error) {
	return tx.count(`SELECT COUNT(*) FROM sessions WHERE user_id = ?`, user)
}

// AddLogin stores a waiting browser.
func (tx *Tx) AddLogin(l Login) error {
	_, err := tx.exec(`INSERT INTO logins (hash, user_id, profile, request_id, refusal, made_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		l.Hash, l.UserID, l.Profile, l.RequestID, l.Refusal, l.MadeAt, l.ExpiresAt)
	return err
}

// Login returns the waiting browser with that hash.
func (tx *Tx) Login(hash []byte) (Login, error) {
	l := Login{Hash: hash}
	err := tx.row(`SELECT user_id, profile, request_id, refusal, made_at, expires_at FROM logins WHERE hash = ?`, []any{hash},
		&l.UserID, &l.Profile, &l.RequestID, &l.Refusal, &l.MadeAt, &l.ExpiresAt)
	return l, err
}

// SetLoginRequest gives a waiting browser another request, or a reason for none.
func (tx *Tx) SetLoginRequest(hash []byte, request, refusal string) error {
	_, err := tx.exec(`UPDATE logins SET request_id = ?, refusal = ? WHERE hash = ?`, request, refusal, hash)
	return err
}

// DropLogin ends a waiting browser: false when it had ended already.
func (tx *Tx) DropLogin(hash []byte) (bool, error) {
	n, err := tx.exec(`DELETE FROM logins WHERE hash = ?`, hash)
	return n == 1, err
}
