package store

// What people change and look up of their own account.

// MoveAddress gives the e-mail methods of user with the address old the address
// now, at every profile.
func (tx *Tx) MoveAddress(user, old, now string) error {
	_, err := tx.exec(`UPDATE methods SET address = ? WHERE user_id = ? AND kind = 'email' AND address = ?`, now, user, old)
	return err
}

// Activity returns the line of user with that number; ErrNone when it is not
// theirs.
func (tx *Tx) Activity(user string, id int64) (Activity, error) {
	return one(tx, readActivity, `SELECT `+activityColumns+` FROM activity WHERE user_id = ? AND id = ?`, user, id)
}
