package store

// Signed-in browsers, and browsers that wait for the second step.

// Session is a browser that is signed in at a profile. FreshAt is when its
// password was last typed, FactorAt when a second factor was last shown, 0 for
// never. A limited session opens nothing but the setup of a second factor.
type Session struct {
	Hash                    []byte
	UserID, Profile         string
	Limited                 bool
	MadeAt, SeenAt, FreshAt int64
	FactorAt                int64
}

// Login is a browser that brought the right password and waits. Method is the
// kind of second factor that it waits for now. RequestID is its request to the
// devices; Refusal says why it has none: "paused", "limited" or "none".
type Login struct {
	Hash                                        []byte
	UserID, Profile, Method, RequestID, Refusal string
	MadeAt, ExpiresAt                           int64
}

// AddSession stores a new session.
func (tx *Tx) AddSession(s Session) error {
	_, err := tx.exec(`INSERT INTO sessions (hash, user_id, profile, limited, made_at, seen_at, fresh_at, factor_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		s.Hash, s.UserID, s.Profile, s.Limited, s.MadeAt, s.SeenAt, s.FreshAt, s.FactorAt)
	return err
}

// Session returns the session with that hash.
func (tx *Tx) Session(hash []byte) (Session, error) {
	s := Session{Hash: hash}
	err := tx.row(`SELECT user_id, profile, limited, made_at, seen_at, fresh_at, factor_at FROM sessions WHERE hash = ?`, []any{hash},
		&s.UserID, &s.Profile, &s.Limited, &s.MadeAt, &s.SeenAt, &s.FreshAt, &s.FactorAt)
	return s, err
}

// SetFactorAt notes that a session has shown a second factor.
func (tx *Tx) SetFactorAt(hash []byte, now int64) error {
	_, err := tx.exec(`UPDATE sessions SET factor_at = ? WHERE hash = ?`, now, hash)
	return err
}

// DropSessions ends all sessions of user but the one with hash keep.
func (tx *Tx) DropSessions(user string, keep []byte) error {
	_, err := tx.exec(`DELETE FROM sessions WHERE user_id = ? AND hash <> ?`, user, blob(keep))
	return err
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
	_, err := tx.exec(`INSERT INTO logins (hash, user_id, profile, method, request_id, refusal, made_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		l.Hash, l.UserID, l.Profile, l.Method, l.RequestID, l.Refusal, l.MadeAt, l.ExpiresAt)
	return err
}

// Login returns the waiting browser with that hash.
func (tx *Tx) Login(hash []byte) (Login, error) {
	l := Login{Hash: hash}
	err := tx.row(`SELECT user_id, profile, method, request_id, refusal, made_at, expires_at FROM logins WHERE hash = ?`, []any{hash},
		&l.UserID, &l.Profile, &l.Method, &l.RequestID, &l.Refusal, &l.MadeAt, &l.ExpiresAt)
	return l, err
}

// SetLogin gives a waiting browser another method, and another request or a
// reason for none.
func (tx *Tx) SetLogin(hash []byte, method, request, refusal string) error {
	_, err := tx.exec(`UPDATE logins SET method = ?, request_id = ?, refusal = ? WHERE hash = ?`, method, request, refusal, hash)
	return err
}

// DropLogin ends a waiting browser: false when it had ended already.
func (tx *Tx) DropLogin(hash []byte) (bool, error) {
	n, err := tx.exec(`DELETE FROM logins WHERE hash = ?`, hash)
	return n == 1, err
}
