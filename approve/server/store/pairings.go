package store

// One-time tokens and registration codes that a device pairs with.

// The kinds of pairings.
const (
	PairToken = "token"
	PairCode  = "code"
)

// Pairing is a token or code: Hash finds it, Sealed lets its page show it again.
type Pairing struct {
	Hash                      []byte
	UserID, Profile, Kind     string
	Sealed                    []byte
	MadeAt, ExpiresAt, UsedAt int64
}

const pairingColumns = `hash, user_id, profile, kind, sealed, made_at, expires_at, used_at`

func readPairing(row scanner) (Pairing, error) {
	var p Pairing
	err := row.Scan(&p.Hash, &p.UserID, &p.Profile, &p.Kind, &p.Sealed, &p.MadeAt, &p.ExpiresAt, &p.UsedAt)
	return p, err
}

// AddPairing stores p in place of the unused one of that user, profile and kind. It
// returns false when another pairing has the same hash.
func (tx *Tx) AddPairing(p Pairing) (bool, error) {
	if err := tx.DropPairings(p.UserID, p.Profile, p.Kind); err != nil {
		return false, err
	}
	n, err := tx.exec(`INSERT INTO pairings (`+pairingColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		p.Hash, p.UserID, p.Profile, p.Kind, p.Sealed, p.MadeAt, p.ExpiresAt, p.UsedAt)
	return n == 1, err
}

// Pairing returns the pairing with that hash, used and expired ones too.
func (tx *Tx) Pairing(hash []byte) (Pairing, error) {
	return one(tx, readPairing, `SELECT `+pairingColumns+` FROM pairings WHERE hash = ?`, hash)
}

// LivePairing returns the newest pairing of user, profile and kind that can still be used.
func (tx *Tx) LivePairing(user, profile, kind string, now int64) (Pairing, error) {
	return one(tx, readPairing, `SELECT `+pairingColumns+` FROM pairings
		WHERE user_id = ? AND profile = ? AND kind = ? AND used_at = 0 AND expires_at > ? ORDER BY made_at DESC LIMIT 1`, user, profile, kind, now)
}

// UsePairing takes a pairing: false when it was taken before.
func (tx *Tx) UsePairing(hash []byte, now int64) (bool, error) {
	n, err := tx.exec(`UPDATE pairings SET used_at = ? WHERE hash = ? AND used_at = 0`, now, hash)
	return n == 1, err
}

// DropPairings removes the unused pairings of user, profile and kind.
func (tx *Tx) DropPairings(user, profile, kind string) error {
	_, err := tx.exec(`DELETE FROM pairings WHERE user_id = ? AND profile = ? AND kind = ? AND used_at = 0`, user, profile, kind)
	return err
}
