package store

// Login requests, and what each device was asked.

// The states of a request.
const (
	Waiting   = "waiting"
	Accepted  = "accepted"
	Denied    = "denied"
	Reported  = "reported"
	Mismatch  = "number_mismatch"
	Expired   = "expired"
	Cancelled = "cancelled"
)

// Request is one question to all devices of a person. DeviceID and Device are
// id and name of the device that answered. A silent one went to no device: it
// waits for a code. CodeAt is when a code was accepted in place of an answer,
// and CodeBy whose code it was.
type Request struct {
	ID, UserID, Profile           string
	Number                        string // two digits, only for the page
	State                         string
	CreatedAt, ExpiresAt, EndedAt int64
	DeviceID, Device, Ticket      string
	IP, Browser, OS               string
	AppID, App, Action, Message   string // of an app that asked; empty for the site's own sign-in
	Silent                        bool
	CodeAt                        int64
	CodeBy                        string
	PolledAt                      int64 // when its app last asked how it stands
}

// Asked is a request as one device got it.
type Asked struct {
	Request
	Challenge string // JWS
	IgnoredAt int64
}

const requestColumns = `r.id, r.user_id, r.profile, r.number, r.state, r.created_at, r.expires_at, r.ended_at, r.device_id, r.device, r.ticket, r.ip, r.browser, r.os, r.app_id, r.app, r.action, r.message, r.silent, r.code_at, r.code_by, r.polled_at`

func (r *Request) fields() []any {
	return []any{
		&r.ID, &r.UserID, &r.Profile, &r.Number, &r.State, &r.CreatedAt, &r.ExpiresAt, &r.EndedAt,
		&r.DeviceID, &r.Device, &r.Ticket, &r.IP, &r.Browser, &r.OS, &r.AppID, &r.App, &r.Action, &r.Message, &r.Silent, &r.CodeAt, &r.CodeBy, &r.PolledAt,
	}
}

func readRequest(row scanner) (Request, error) {
	var r Request
	err := row.Scan(r.fields()...)
	return r, err
}

func readAsked(row scanner) (Asked, error) {
	var a Asked
	err := row.Scan(append(a.fields(), &a.Challenge, &a.IgnoredAt)...)
	return a, err
}

// AddRequest stores a waiting request: false when its id is taken.
func (tx *Tx) AddRequest(r Request) (bool, error) {
	n, err := tx.exec(`INSERT INTO requests (id, user_id, profile, number, state, created_at, expires_at, ended_at, device_id, device, ticket, ip, browser, os, app_id, app, action, message, silent)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', '', '', ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.ID, r.UserID, r.Profile, r.Number, Waiting, r.CreatedAt, r.ExpiresAt, r.IP, r.Browser, r.OS, r.AppID, r.App, r.Action, r.Message, r.Silent)
	return n == 1, err
}

// Ask stores the challenge of a request for one device.
func (tx *Tx) Ask(request, device, challenge string) error {
	_, err := tx.exec(`INSERT INTO request_devices (request_id, device_id, challenge, ignored_at) VALUES (?, ?, ?, 0)`, request, device, challenge)
	return err
}

// Request returns the request with that id.
func (tx *Tx) Request(id string) (Request, error) {
	return one(tx, readRequest, `SELECT `+requestColumns+` FROM requests r WHERE r.id = ?`, id)
}

// Asked returns a request as device got it.
func (tx *Tx) Asked(request, device string) (Asked, error) {
	return one(tx, readAsked, `SELECT `+requestColumns+`, d.challenge, d.ignored_at FROM requests r
		JOIN request_devices d ON d.request_id = r.id WHERE r.id = ? AND d.device_id = ?`, request, device)
}

// AskedOf returns what device was asked and still waits or ended after since,
// oldest first.
func (tx *Tx) AskedOf(device string, since int64) ([]Asked, error) {
	return list(tx, readAsked, `SELECT `+requestColumns+`, d.challenge, d.ignored_at FROM requests r
		JOIN request_devices d ON d.request_id = r.id
		WHERE d.device_id = ? AND (r.state = ? OR r.ended_at > ?) ORDER BY r.created_at, r.id`, device, Waiting, since)
}

// AskedNames returns the names of the devices that a request went to.
func (tx *Tx) AskedNames(request string) ([]string, error) {
	return list(tx, func(row scanner) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	}, `SELECT d.name FROM devices d JOIN request_devices q ON q.device_id = d.id
		WHERE q.request_id = ? ORDER BY d.paired_at, d.id`, request)
}

// Ignore notes that device ignores request.
func (tx *Tx) Ignore(request, device string, now int64) error {
	_, err := tx.exec(`UPDATE request_devices SET ignored_at = ? WHERE request_id = ? AND device_id = ?`, now, request, device)
	return err
}

// Verdict is how a request ended.
type Verdict struct {
	State            string
	At               int64
	DeviceID, Device string // empty for expiry and cancellation
}

// EndRequest ends a waiting request: false when it has ended already, and then
// nothing changed. So the first verdict wins.
func (tx *Tx) EndRequest(id string, v Verdict) (bool, error) {
	n, err := tx.exec(`UPDATE requests SET state = ?, ended_at = ?, device_id = ?, device = ? WHERE id = ? AND state = ?`,
		v.State, v.At, v.DeviceID, v.Device, id, Waiting)
	return n == 1, err
}

// SetTicket stores the ticket of a reported request.
func (tx *Tx) SetTicket(request, ticket string) error {
	_, err := tx.exec(`UPDATE requests SET ticket = ? WHERE id = ?`, ticket, request)
	return err
}

// Overdue returns the waiting requests whose time is over.
func (tx *Tx) Overdue(now int64) ([]Request, error) {
	return list(tx, readRequest, `SELECT `+requestColumns+` FROM requests r WHERE r.state = ? AND r.expires_at <= ?`, Waiting, now)
}

// WaitingOf returns the requests of user at profile that wait on devices.
func (tx *Tx) WaitingOf(user, profile string) ([]Request, error) {
	return list(tx, readRequest, `SELECT `+requestColumns+` FROM requests r WHERE r.user_id = ? AND r.profile = ? AND r.state = ? AND r.silent = 0 ORDER BY r.created_at, r.id`, user, profile, Waiting)
}

// LastRequest returns when the newest request of user, profile and app was sent
// to devices, 0 for none. App is "" for the site's own sign-in.
func (tx *Tx) LastRequest(user, profile, app string) (int64, error) {
	var at int64
	err := tx.row(`SELECT COALESCE(MAX(created_at), 0) FROM requests WHERE user_id = ? AND profile = ? AND app_id = ? AND silent = 0`, []any{user, profile, app}, &at)
	return at, err
}

// Unwelcome counts the requests of user at profile that ended after since
// without being accepted, by a device or a code.
func (tx *Tx) Unwelcome(user, profile string, since int64) (int, error) {
	return tx.count(`SELECT COUNT(*) FROM requests WHERE user_id = ? AND profile = ? AND state NOT IN (?, ?) AND silent = 0 AND code_at = 0 AND ended_at > ?`, user, profile, Waiting, Accepted, since)
}

// AcceptCode notes that a code was accepted in place of an answer: false when one
// was before.
func (tx *Tx) AcceptCode(request, by string, now int64) (bool, error) {
	n, err := tx.exec(`UPDATE requests SET code_at = ?, code_by = ? WHERE id = ? AND code_at = 0`, now, by, request)
	return n == 1, err
}

// PollRequest notes that an app has asked how a request stands: false when it did
// so after since, and then nothing changed.
func (tx *Tx) PollRequest(request string, since, now int64) (bool, error) {
	n, err := tx.exec(`UPDATE requests SET polled_at = ? WHERE id = ? AND polled_at <= ?`, now, request, since)
	return n == 1, err
}

// NextAppExpiry returns when the next waiting request of any app runs out, 0 for
// none.
func (tx *Tx) NextAppExpiry() (int64, error) {
	var at int64
	err := tx.row(`SELECT COALESCE(MIN(expires_at), 0) FROM requests WHERE state = ? AND app_id <> ''`, []any{Waiting}, &at)
	return at, err
}

// Answered returns the newest requests of user at profile that a device or a code
// has answered, at most limit.
func (tx *Tx) Answered(user, profile string, limit int) ([]Request, error) {
	return list(tx, readRequest, `SELECT `+requestColumns+` FROM requests r
		WHERE r.user_id = ? AND r.profile = ? AND r.state IN (?, ?, ?, ?) ORDER BY r.ended_at DESC, r.id LIMIT ?`,
		user, profile, Accepted, Denied, Reported, Mismatch, limit)
}
