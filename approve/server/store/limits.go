package store

// Counting for rate limits, single-use nonces, and what time removes.

// AddEvent counts one event of kind about subject.
func (tx *Tx) AddEvent(kind, subject string, now int64) error {
	_, err := tx.exec(`INSERT INTO events (kind, subject, at) VALUES (?, ?, ?)`, kind, subject, now)
	return err
}

// Events returns how many events happened after since, and when the oldest of
// them did (0 for none).
func (tx *Tx) Events(kind, subject string, since int64) (n int, oldest int64, err error) {
	err = tx.row(`SELECT COUNT(*), COALESCE(MIN(at), 0) FROM events WHERE kind = ? AND subject = ? AND at > ?`, []any{kind, subject, since}, &n, &oldest)
	return n, oldest, err
}

// DropEvents forgets the events of kind about subject.
func (tx *Tx) DropEvents(kind, subject string) error {
	_, err := tx.exec(`DELETE FROM events WHERE kind = ? AND subject = ?`, kind, subject)
	return err
}

// UseNonce takes a nonce: false when it was taken before.
func (tx *Tx) UseNonce(keyID, nonce string, now int64) (bool, error) {
	n, err := tx.exec(`INSERT INTO nonces (key_id, nonce, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, keyID, nonce, now)
	return n == 1, err
}

// NonceCount counts the nonces of a key taken after since.
func (tx *Tx) NonceCount(keyID string, since int64) (int, error) {
	return tx.count(`SELECT COUNT(*) FROM nonces WHERE key_id = ? AND at > ?`, keyID, since)
}

// PruneNonces forgets the nonces taken before cutoff.
func (tx *Tx) PruneNonces(cutoff int64) error {
	_, err := tx.exec(`DELETE FROM nonces WHERE at < ?`, cutoff)
	return err
}

const (
	hour = 3_600_000 // milliseconds
	day  = 24 * hour
)

// Prune removes what no rule asks for any more. sessionIdle and sessionMax are
// the lives of a session in milliseconds.
func (tx *Tx) Prune(now, sessionIdle, sessionMax int64) error {
	steps := []struct {
		query string
		args  []any
	}{
		{`DELETE FROM events WHERE at < ?`, []any{now - day}},
		{`DELETE FROM pairings WHERE expires_at < ?`, []any{now - hour}},
		{`DELETE FROM emails WHERE expires_at < ?`, []any{now - day}},
		{`DELETE FROM sessions WHERE seen_at < ? OR made_at < ?`, []any{now - sessionIdle, now - sessionMax}},
		{`DELETE FROM logins WHERE expires_at < ?`, []any{now - hour}},
		{`DELETE FROM setups WHERE expires_at < ?`, []any{now - day}},
		{`DELETE FROM codes WHERE expires_at < ?`, []any{now - hour}},
		{`DELETE FROM links WHERE expires_at < ?`, []any{now - 30*day}},
		{`DELETE FROM activity WHERE at < ?`, []any{now - 400*day}},
		{`DELETE FROM outbox WHERE at < ?`, []any{now - 7*day}},
		{`DELETE FROM deliveries WHERE request_id IN (SELECT id FROM requests WHERE created_at < ?)`, []any{now - 30*day}},
		{`DELETE FROM request_devices WHERE request_id IN (SELECT id FROM requests WHERE created_at < ?)`, []any{now - 30*day}},
		{`DELETE FROM requests WHERE created_at < ?`, []any{now - 30*day}},
	}
	for _, step := range steps {
		if _, err := tx.exec(step.query, step.args...); err != nil {
			return err
		}
	}
	return nil
}
