package store

// Codes that were sent by SMS or e-mail, and recovery codes.

// SentCode is a code that was sent to Address for Owner, which names the login
// or the setup that asked for it.
type SentCode struct {
	ID                int64
	Owner, Address    string
	Hash              []byte
	MadeAt, ExpiresAt int64
	Tries             int
}

// AddSentCode stores c; the codes of that owner before it no longer count.
func (tx *Tx) AddSentCode(c SentCode) error {
	_, err := tx.exec(`INSERT INTO codes (owner, address, hash, made_at, expires_at, tries) VALUES (?, ?, ?, ?, ?, 0)`,
		c.Owner, c.Address, c.Hash, c.MadeAt, c.ExpiresAt)
	return err
}

// SentCodes returns the codes of owner, newest first.
func (tx *Tx) SentCodes(owner string) ([]SentCode, error) {
	return list(tx, func(row scanner) (c SentCode, err error) {
		err = row.Scan(&c.ID, &c.Owner, &c.Address, &c.Hash, &c.MadeAt, &c.ExpiresAt, &c.Tries)
		return c, err
	}, `SELECT id, owner, address, hash, made_at, expires_at, tries FROM codes WHERE owner = ? ORDER BY id DESC`, owner)
}

// CountSentTry counts one wrong try of a code.
func (tx *Tx) CountSentTry(id int64) error {
	_, err := tx.exec(`UPDATE codes SET tries = tries + 1 WHERE id = ?`, id)
	return err
}

// DropSentCodes forgets the codes of owner.
func (tx *Tx) DropSentCodes(owner string) error {
	_, err := tx.exec(`DELETE FROM codes WHERE owner = ?`, owner)
	return err
}

// SetRecovery stores hashes as the recovery codes of user at profile, in place
// of those before.
func (tx *Tx) SetRecovery(user, profile string, hashes [][]byte, now int64) error {
	if err := tx.DropRecovery(user, profile); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := tx.exec(`INSERT INTO recovery (hash, user_id, profile, made_at, used_at) VALUES (?, ?, ?, ?, 0)`, hash, user, profile, now); err != nil {
			return err
		}
	}
	return nil
}

// UseRecovery takes a recovery code: false when there is no such unused one.
func (tx *Tx) UseRecovery(user, profile string, hash []byte, now int64) (bool, error) {
	n, err := tx.exec(`UPDATE recovery SET used_at = ? WHERE hash = ? AND user_id = ? AND profile = ? AND used_at = 0`, now, hash, user, profile)
	return n == 1, err
}

// RecoveryLeft counts the unused recovery codes and all of them.
func (tx *Tx) RecoveryLeft(user, profile string) (left, all int, err error) {
	err = tx.row(`SELECT COALESCE(SUM(CASE WHEN used_at = 0 THEN 1 ELSE 0 END), 0), COUNT(*) FROM recovery WHERE user_id = ? AND profile = ?`,
		[]any{user, profile}, &left, &all)
	return left, all, err
}

// DropRecovery removes the recovery codes of user at profile.
func (tx *Tx) DropRecovery(user, profile string) error {
	_, err := tx.exec(`DELETE FROM recovery WHERE user_id = ? AND profile = ?`, user, profile)
	return err
}
