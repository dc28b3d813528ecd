package store

// What administrators look up and end: people by page, what they have at every
// site, their waiting browsers, links and counted tries.

import "strings"

// FindUsers returns the people whose name, e-mail or user name holds text, in
// the order of their e-mail: limit of them after the first skip.
func (tx *Tx) FindUsers(text string, limit, skip int) ([]User, error) {
	like := contains(text)
	return list(tx, readUser, `SELECT `+userColumns+` FROM users WHERE `+userHolds+` ORDER BY email LIMIT ? OFFSET ?`, like, like, like, limit, skip)
}

// CountUsers counts the people that FindUsers would find.
func (tx *Tx) CountUsers(text string) (int, error) {
	like := contains(text)
	return tx.count(`SELECT COUNT(*) FROM users WHERE `+userHolds, like, like, like)
}

const userHolds = `(LOWER(name) LIKE ? ESCAPE '!' OR email LIKE ? ESCAPE '!' OR login LIKE ? ESCAPE '!')`

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// contains is the LIKE pattern of what holds text, in lower case.
func contains(text string) string { return "%" + likeEscape.Replace(strings.ToLower(text)) + "%" }

// beginsWith is the LIKE pattern of what begins with text, in lower case.
func beginsWith(text string) string { return likeEscape.Replace(strings.ToLower(text)) + "%" }

// FactorKind is a kind of second factor that a person has at a profile.
type FactorKind struct{ UserID, Profile, Kind string }

// FactorKinds returns what all people have everywhere. Paired devices are of the
// kind device.
func (tx *Tx) FactorKinds(device string) ([]FactorKind, error) {
	return list(tx, func(row scanner) (f FactorKind, err error) {
		err = row.Scan(&f.UserID, &f.Profile, &f.Kind)
		return f, err
	}, `SELECT user_id, profile, kind FROM methods
		UNION SELECT user_id, profile, CAST(? AS TEXT) FROM devices WHERE state = ? ORDER BY 1, 2, 3`, device, DeviceActive)
}

// DropLogins ends the browsers of user that wait for the second step.
func (tx *Tx) DropLogins(user string) error {
	_, err := tx.exec(`DELETE FROM logins WHERE user_id = ?`, user)
	return err
}

// DropLinks ends the unused links of user.
func (tx *Tx) DropLinks(user string) error {
	_, err := tx.exec(`DELETE FROM links WHERE user_id = ? AND used_at = 0`, user)
	return err
}

// LiveLink returns until when the unused link of user works, 0 for none.
func (tx *Tx) LiveLink(user string, now int64) (int64, error) {
	var end int64
	err := tx.row(`SELECT COALESCE(MAX(expires_at), 0) FROM links WHERE user_id = ? AND used_at = 0 AND expires_at > ?`, []any{user, now}, &end)
	return end, err
}

// Tries counts the events about subject and about what begins with it and a bar.
func (tx *Tx) Tries(subject string) (int, error) {
	return tx.count(`SELECT COUNT(*) FROM events WHERE `+aboutSubject, subject, len(subject)+1, subject+"|")
}

// DropTries forgets the events that Tries counts.
func (tx *Tx) DropTries(subject string) error {
	_, err := tx.exec(`DELETE FROM events WHERE `+aboutSubject, subject, len(subject)+1, subject+"|")
	return err
}

const aboutSubject = `(subject = ? OR SUBSTR(subject, 1, ?) = ?)`
