package store

// What people see of their own account: sign-ins, answers, changes.

// Activity is one line. Kind says what happened ("sign_in", "answer", "change"),
// Result how it ended or what was changed.
type Activity struct {
	ID                   int64
	UserID, Profile      string
	At                   int64
	Kind, Result, Device string
	IP, Browser, OS      string
}

const activityColumns = `id, user_id, profile, at, kind, result, device, ip, browser, os`

func readActivity(row scanner) (a Activity, err error) {
	err = row.Scan(&a.ID, &a.UserID, &a.Profile, &a.At, &a.Kind, &a.Result, &a.Device, &a.IP, &a.Browser, &a.OS)
	return a, err
}

// AddActivity appends a.
func (tx *Tx) AddActivity(a Activity) error {
	_, err := tx.exec(`INSERT INTO activity (user_id, profile, at, kind, result, device, ip, browser, os) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.UserID, a.Profile, a.At, a.Kind, a.Result, a.Device, a.IP, a.Browser, a.OS)
	return err
}

// Activities returns the newest lines of user at profile, at most limit; kind ""
// means every kind.
func (tx *Tx) Activities(user, profile, kind string, limit int) ([]Activity, error) {
	return list(tx, readActivity, `SELECT `+activityColumns+` FROM activity
		WHERE user_id = ? AND profile = ? AND (? = '' OR kind = ?) ORDER BY id DESC LIMIT ?`, user, profile, kind, kind, limit)
}

// KnownPlace tells whether user has signed in from ip before.
func (tx *Tx) KnownPlace(user, ip string) (bool, error) {
	n, err := tx.count(`SELECT COUNT(*) FROM activity WHERE user_id = ? AND kind = 'sign_in' AND result = 'signed_in' AND ip = ?`, user, ip)
	return n > 0, err
}
