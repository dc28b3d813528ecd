package store

// People who sign in.

// User is a person. TwoStep is "" (off) or the method that is on; Setup is the
// method that is being set up. While PauseTill lies ahead no request is sent;
// PauseWhy is "report" or "limit". ResetAt is when an administrator reset the
// second step, until the person has set it up again.
type User struct {
	ID, Email, Login, Name string
	Password               string // encoded hash
	Admin                  bool
	TwoStep, Setup         string
	PauseTill              int64
	PauseWhy               string
	ResetAt                int64
}

const userColumns = `id, email, login, name, password, admin, two_step, setup, pause_till, pause_why, reset_at`

func readUser(row scanner) (User, error) {
	var u User
	err := row.Scan(&u.ID, &u.Email, &u.Login, &u.Name, &u.Password, &u.Admin, &u.TwoStep, &u.Setup, &u.PauseTill, &u.PauseWhy, &u.ResetAt)
	return u, err
}

// AddUser stores a new person, and leaves one with the same e-mail as they are.
func (tx *Tx) AddUser(u User) error {
	_, err := tx.exec(`INSERT INTO users (`+userColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		u.ID, u.Email, u.Login, u.Name, u.Password, u.Admin, u.TwoStep, u.Setup, u.PauseTill, u.PauseWhy, u.ResetAt)
	return err
}

// User returns the person with that id.
func (tx *Tx) User(id string) (User, error) {
	return one(tx, readUser, `SELECT `+userColumns+` FROM users WHERE id = ?`, id)
}

// UserByName returns the person with that e-mail or user name, in lower case.
func (tx *Tx) UserByName(name string) (User, error) {
	return one(tx, readUser, `SELECT `+userColumns+` FROM users WHERE email = ? OR login = ?`, name, name)
}

// Admins returns the administrators.
func (tx *Tx) Admins() ([]User, error) {
	return list(tx, readUser, `SELECT `+userColumns+` FROM users WHERE admin = 1 ORDER BY email`)
}

// Users returns all people.
func (tx *Tx) Users() ([]User, error) {
	return list(tx, readUser, `SELECT `+userColumns+` FROM users ORDER BY email`)
}

// ResetTwoStep switches the second step off and notes when.
func (tx *Tx) ResetTwoStep(user string, now int64) error {
	_, err := tx.exec(`UPDATE users SET two_step = '', setup = '', reset_at = ? WHERE id = ?`, now, user)
	return err
}

// SetTwoStep stores which method is on and which one is being set up. One that
// is on ends the note of a reset.
func (tx *Tx) SetTwoStep(user, on, setup string) error {
	if on != "" {
		if _, err := tx.exec(`UPDATE users SET reset_at = 0 WHERE id = ?`, user); err != nil {
			return err
		}
	}
	_, err := tx.exec(`UPDATE users SET two_step = ?, setup = ? WHERE id = ?`, on, setup, user)
	return err
}

// PausePush stops requests to user until till.
func (tx *Tx) PausePush(user string, till int64, why string) error {
	_, err := tx.exec(`UPDATE users SET pause_till = ?, pause_why = ? WHERE id = ?`, till, why, user)
	return err
}
