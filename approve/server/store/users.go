package store

// People who sign in. Their second factor is in twostep.go.

import "strings"

// User is a person. ClosedAt is when the account was closed, 0 for an open one;
// ConfirmedAt is when the e-mail address was proven. Language is a BCP 47 tag
// and Zone a name of the IANA database; both may be empty.
type User struct {
	ID, Email, Login, Name string
	Password               string // encoded hash; "" when none was chosen yet
	Admin                  bool
	ClosedAt, ConfirmedAt  int64
	SignedInAt             int64
	Language, Zone         string
}

const userColumns = `id, email, login, name, password, admin, closed_at, confirmed_at, signed_in_at, language, zone`

func readUser(row scanner) (User, error) {
	var u User
	err := row.Scan(&u.ID, &u.Email, &u.Login, &u.Name, &u.Password, &u.Admin, &u.ClosedAt, &u.ConfirmedAt, &u.SignedInAt, &u.Language, &u.Zone)
	return u, err
}

// AddUser stores a new person: false when the e-mail or user name is taken, and
// then nothing changed.
func (tx *Tx) AddUser(u User) (bool, error) {
	n, err := tx.exec(`INSERT INTO users (`+userColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		u.ID, strings.ToLower(u.Email), strings.ToLower(u.Login), u.Name, u.Password, u.Admin, u.ClosedAt, u.ConfirmedAt, u.SignedInAt, u.Language, u.Zone)
	return n == 1, err
}

// SetUser stores all of u but its id.
func (tx *Tx) SetUser(u User) error {
	_, err := tx.exec(`UPDATE users SET email = ?, login = ?, name = ?, password = ?, admin = ?, closed_at = ?, confirmed_at = ?, signed_in_at = ?, language = ?, zone = ? WHERE id = ?`,
		strings.ToLower(u.Email), strings.ToLower(u.Login), u.Name, u.Password, u.Admin, u.ClosedAt, u.ConfirmedAt, u.SignedInAt, u.Language, u.Zone, u.ID)
	return err
}

// SeeUser notes when a person signed in.
func (tx *Tx) SeeUser(id string, now int64) error {
	_, err := tx.exec(`UPDATE users SET signed_in_at = ? WHERE id = ?`, now, id)
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

// Admins returns the administrators whose account is open.
func (tx *Tx) Admins() ([]User, error) {
	return list(tx, readUser, `SELECT `+userColumns+` FROM users WHERE admin = 1 AND closed_at = 0 ORDER BY email`)
}

// Users returns all people.
func (tx *Tx) Users() ([]User, error) {
	return list(tx, readUser, `SELECT `+userColumns+` FROM users ORDER BY email`)
}
