package store

// The second factor of a person at a profile: whether it is on, and what stands
// in its way.

import "errors"

// TwoStep is the second factor of one person at one profile. On says that
// signing in asks for it; Method is the kind that is asked first. Setup is the
// kind that is being set up, "" for none. While PauseTill lies ahead no request
// is sent; PauseWhy is "report" or "limit". ResetAt is when it was reset, until
// it is set up again, and ResetBy who did: "administrator" or "recovery".
type TwoStep struct {
	UserID, Profile string
	On              bool
	Method, Setup   string
	PauseTill       int64
	PauseWhy        string
	ResetAt         int64
	ResetBy         string
}

const twoStepColumns = `user_id, profile, enabled, method, setup, pause_till, pause_why, reset_at, reset_by`

// TwoStep returns the second factor of user at profile; the zero state for one
// who never had any.
func (tx *Tx) TwoStep(user, profile string) (TwoStep, error) {
	t, err := one(tx, readTwoStep, `SELECT `+twoStepColumns+` FROM two_step WHERE user_id = ? AND profile = ?`, user, profile)
	if errors.Is(err, ErrNone) {
		return TwoStep{UserID: user, Profile: profile}, nil
	}
	return t, err
}

func readTwoStep(row scanner) (TwoStep, error) {
	var t TwoStep
	err := row.Scan(&t.UserID, &t.Profile, &t.On, &t.Method, &t.Setup, &t.PauseTill, &t.PauseWhy, &t.ResetAt, &t.ResetBy)
	return t, err
}

// TwoSteps returns those of all people at profile who ever had any.
func (tx *Tx) TwoSteps(profile string) ([]TwoStep, error) {
	return list(tx, readTwoStep, `SELECT `+twoStepColumns+` FROM two_step WHERE profile = ?`, profile)
}

// SetTwoStep stores t.
func (tx *Tx) SetTwoStep(t TwoStep) error {
	_, err := tx.exec(`INSERT INTO two_step (`+twoStepColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (user_id, profile) DO UPDATE SET enabled = excluded.enabled, method = excluded.method, setup = excluded.setup,
		pause_till = excluded.pause_till, pause_why = excluded.pause_why, reset_at = excluded.reset_at, reset_by = excluded.reset_by`,
		t.UserID, t.Profile, t.On, t.Method, t.Setup, t.PauseTill, t.PauseWhy, t.ResetAt, t.ResetBy)
	return err
}
