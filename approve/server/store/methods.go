package store

// Methods of the second factor other than devices, and the setup of one that is
// not finished.

// Method is a way to get a code: Kind is "totp", "sms" or "email". Secret is the
// sealed secret of a TOTP, Address a telephone number or an e-mail address.
// Period is in seconds; LastStep is the last time step that was used.
type Method struct {
	ID, UserID, Profile       string
	Kind, Name, Address       string
	Secret                    []byte
	Period, Digits            int
	LastStep, AddedAt, UsedAt int64
}

const methodColumns = `id, user_id, profile, kind, name, address, secret, period, digits, last_step, added_at, used_at`

func readMethod(row scanner) (Method, error) {
	var m Method
	err := row.Scan(&m.ID, &m.UserID, &m.Profile, &m.Kind, &m.Name, &m.Address, &m.Secret, &m.Period, &m.Digits, &m.LastStep, &m.AddedAt, &m.UsedAt)
	return m, err
}

// AddMethod stores a new method.
func (tx *Tx) AddMethod(m Method) error {
	_, err := tx.exec(`INSERT INTO methods (`+methodColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m.ID, m.UserID, m.Profile, m.Kind, m.Name, m.Address, blob(m.Secret), m.Period, m.Digits, m.LastStep, m.AddedAt, m.UsedAt)
	return err
}

// Methods returns the methods of user at profile, oldest first.
func (tx *Tx) Methods(user, profile string) ([]Method, error) {
	return list(tx, readMethod, `SELECT `+methodColumns+` FROM methods WHERE user_id = ? AND profile = ? ORDER BY added_at, id`, user, profile)
}

// DropMethod removes a method of user at profile: false when there was none.
func (tx *Tx) DropMethod(user, profile, id string) (bool, error) {
	n, err := tx.exec(`DELETE FROM methods WHERE user_id = ? AND profile = ? AND id = ?`, user, profile, id)
	return n == 1, err
}

// DropMethods removes all methods of user at profile.
func (tx *Tx) DropMethods(user, profile string) error {
	_, err := tx.exec(`DELETE FROM methods WHERE user_id = ? AND profile = ?`, user, profile)
	return err
}

// UseMethod notes that a method signed someone in.
func (tx *Tx) UseMethod(id string, now int64) error {
	_, err := tx.exec(`UPDATE methods SET used_at = ? WHERE id = ?`, now, id)
	return err
}

// UseMethodStep takes a time step of a method: false when that step or a later
// one was used before.
func (tx *Tx) UseMethodStep(id string, step int64) (bool, error) {
	n, err := tx.exec(`UPDATE methods SET last_step = ? WHERE id = ? AND last_step < ?`, step, id, step)
	return n == 1, err
}

// Setup is a method that is being set up: what is known of it so far. Step names
// the page that comes next; Replaces is the id of the method that it takes the
// place of, "" for none.
type Setup struct {
	UserID, Profile           string
	Kind, Step, Name, Address string
	Secret                    []byte
	Replaces                  string
	MadeAt, ExpiresAt         int64
}

// SetSetup stores s in place of the one before: a person sets up one at a time.
func (tx *Tx) SetSetup(s Setup) error {
	_, err := tx.exec(`INSERT INTO setups (user_id, profile, kind, step, name, address, secret, replaces, made_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (user_id, profile) DO UPDATE SET kind = excluded.kind, step = excluded.step, name = excluded.name,
		address = excluded.address, secret = excluded.secret, replaces = excluded.replaces, made_at = excluded.made_at, expires_at = excluded.expires_at`,
		s.UserID, s.Profile, s.Kind, s.Step, s.Name, s.Address, blob(s.Secret), s.Replaces, s.MadeAt, s.ExpiresAt)
	return err
}

// Setup returns the unfinished setup of user at profile, expired ones too.
func (tx *Tx) Setup(user, profile string) (Setup, error) {
	s := Setup{UserID: user, Profile: profile}
	err := tx.row(`SELECT kind, step, name, address, secret, replaces, made_at, expires_at FROM setups WHERE user_id = ? AND profile = ?`,
		[]any{user, profile}, &s.Kind, &s.Step, &s.Name, &s.Address, &s.Secret, &s.Replaces, &s.MadeAt, &s.ExpiresAt)
	return s, err
}

// DropSetup forgets the unfinished setup.
func (tx *Tx) DropSetup(user, profile string) error {
	_, err := tx.exec(`DELETE FROM setups WHERE user_id = ? AND profile = ?`, user, profile)
	return err
}

// blob is b for a column that takes no NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
