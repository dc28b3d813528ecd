package store

// What the company sets and sees: policies, the apps that may ask, one-time links.

// Policy returns the stored policy of profile as JSON; ErrNone when the company
// has changed nothing.
func (tx *Tx) Policy(profile string) (string, error) {
	var value string
	err := tx.row(`SELECT value FROM policies WHERE profile = ?`, []any{profile}, &value)
	return value, err
}

// SetPolicy stores the policy of profile.
func (tx *Tx) SetPolicy(profile, value string, now int64) error {
	_, err := tx.exec(`INSERT INTO policies (profile, value, changed_at) VALUES (?, ?, ?)
		ON CONFLICT (profile) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`, profile, value, now)
	return err
}

// App is a site of someone else that may ask for a second factor. Hash is the
// hash of its secret; until OldUntil OldHash counts as well. WebhookKey is the
// sealed key that signs what Webhook is told.
type App struct {
	ID, Name, Profile string
	Hash, OldHash     []byte
	OldUntil          int64
	Webhook           string
	WebhookKey        []byte
	MadeAt, ClosedAt  int64
}

const appColumns = `id, name, profile, hash, old_hash, old_until, webhook, webhook_key, made_at, closed_at`

func readApp(row scanner) (App, error) {
	var a App
	err := row.Scan(&a.ID, &a.Name, &a.Profile, &a.Hash, &a.OldHash, &a.OldUntil, &a.Webhook, &a.WebhookKey, &a.MadeAt, &a.ClosedAt)
	return a, err
}

// SetApp stores a, new or changed.
func (tx *Tx) SetApp(a App) error {
	_, err := tx.exec(`INSERT INTO apps (`+appColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, profile = excluded.profile, hash = excluded.hash, old_hash = excluded.old_hash,
		old_until = excluded.old_until, webhook = excluded.webhook, webhook_key = excluded.webhook_key, closed_at = excluded.closed_at`,
		a.ID, a.Name, a.Profile, a.Hash, blob(a.OldHash), a.OldUntil, a.Webhook, blob(a.WebhookKey), a.MadeAt, a.ClosedAt)
	return err
}

// App returns the app with that id.
func (tx *Tx) App(id string) (App, error) {
	return one(tx, readApp, `SELECT `+appColumns+` FROM apps WHERE id = ?`, id)
}

// Apps returns all apps, closed ones too.
func (tx *Tx) Apps() ([]App, error) {
	return list(tx, readApp, `SELECT `+appColumns+` FROM apps ORDER BY name, id`)
}

// Link is a one-time link that lets a person choose a password: Kind is "first"
// (the first administrator) or "invite".
type Link struct {
	Hash                      []byte
	UserID, Kind              string
	MadeAt, ExpiresAt, UsedAt int64
}

// AddLink stores a link; the unused ones of that person before it no longer work.
func (tx *Tx) AddLink(l Link) error {
	if _, err := tx.exec(`DELETE FROM links WHERE user_id = ? AND used_at = 0`, l.UserID); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO links (hash, user_id, kind, made_at, expires_at, used_at) VALUES (?, ?, ?, ?, ?, 0)`,
		l.Hash, l.UserID, l.Kind, l.MadeAt, l.ExpiresAt)
	return err
}

// Link returns the link with that hash, used and expired ones too.
func (tx *Tx) Link(hash []byte) (Link, error) {
	l := Link{Hash: hash}
	err := tx.row(`SELECT user_id, kind, made_at, expires_at, used_at FROM links WHERE hash = ?`, []any{hash}, &l.UserID, &l.Kind, &l.MadeAt, &l.ExpiresAt, &l.UsedAt)
	return l, err
}

// UseLink takes a link: false when it was taken before.
func (tx *Tx) UseLink(hash []byte, now int64) (bool, error) {
	n, err := tx.exec(`UPDATE links SET used_at = ? WHERE hash = ? AND used_at = 0`, now, hash)
	return n == 1, err
}
