package store

// What has to be told to apps: webhooks and Keycloak's callbacks. A row stays
// until it is told, so that a stop of the program loses none.

// The kinds of deliveries, and where they stand. Held ones wait for the end of
// their request.
const (
	DeliverWebhook = "webhook"
	DeliverCIBA    = "ciba"

	DeliveryHeld   = "held"
	DeliveryQueued = "queued"
	DeliverySent   = "sent"
	DeliveryFailed = "failed"
)

// Delivery is one message to an app. Event is unique: what was told once is not
// told again. Token is the sealed bearer token of a callback. A queued one is
// to be sent after NextAt, and given up after EndsAt.
type Delivery struct {
	ID                      int64
	Event, AppID, RequestID string
	Kind                    string
	Token                   []byte
	Body                    string
	State                   string
	Tries                   int
	MadeAt, NextAt, EndsAt  int64
	Problem                 string
}

const deliveryColumns = `id, event, app_id, request_id, kind, token, body, state, tries, made_at, next_at, ends_at, problem`

func readDelivery(row scanner) (d Delivery, err error) {
	err = row.Scan(&d.ID, &d.Event, &d.AppID, &d.RequestID, &d.Kind, &d.Token, &d.Body, &d.State, &d.Tries, &d.MadeAt, &d.NextAt, &d.EndsAt, &d.Problem)
	return d, err
}

// AddDelivery stores d: false when its event is there already.
func (tx *Tx) AddDelivery(d Delivery) (bool, error) {
	n, err := tx.exec(`INSERT INTO deliveries (event, app_id, request_id, kind, token, body, state, tries, made_at, next_at, ends_at, problem)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		d.Event, d.AppID, d.RequestID, d.Kind, blob(d.Token), d.Body, d.State, d.Tries, d.MadeAt, d.NextAt, d.EndsAt, d.Problem)
	return n == 1, err
}

// Deliveries returns those of a request, oldest first.
func (tx *Tx) Deliveries(request string) ([]Delivery, error) {
	return list(tx, readDelivery, `SELECT `+deliveryColumns+` FROM deliveries WHERE request_id = ? ORDER BY id`, request)
}

// DueDeliveries returns the queued ones whose time has come, oldest first.
func (tx *Tx) DueDeliveries(now int64, limit int) ([]Delivery, error) {
	return list(tx, readDelivery, `SELECT `+deliveryColumns+` FROM deliveries WHERE state = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?`, DeliveryQueued, now, limit)
}

// NextDelivery returns when the next queued one is to be sent, 0 for none.
func (tx *Tx) NextDelivery() (int64, error) {
	var at int64
	err := tx.row(`SELECT COALESCE(MIN(next_at), 0) FROM deliveries WHERE state = ?`, []any{DeliveryQueued}, &at)
	return at, err
}

// MoveDelivery changes where a delivery stands, if it still is as old was: false
// when another process was faster.
func (tx *Tx) MoveDelivery(old, now Delivery) (bool, error) {
	n, err := tx.exec(`UPDATE deliveries SET body = ?, state = ?, tries = ?, next_at = ?, problem = ? WHERE id = ? AND state = ? AND tries = ? AND next_at = ?`,
		now.Body, now.State, now.Tries, now.NextAt, now.Problem, old.ID, old.State, old.Tries, old.NextAt)
	return n == 1, err
}

// Delivery returns the one of that event.
func (tx *Tx) Delivery(event string) (Delivery, error) {
	return one(tx, readDelivery, `SELECT `+deliveryColumns+` FROM deliveries WHERE event = ?`, event)
}
