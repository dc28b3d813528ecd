package store

// Paired devices.

// The states of a device. Refused and removed ones are kept, so that their
// next call can be told what happened.
const (
	DevicePending = "pending"
	DeviceActive  = "active"
	DeviceRefused = "refused"
	DeviceRemoved = "removed"
)

// Device is a paired device. KeyID is the thumbprint of Transport; Fallback is
// the sealed secret of its codes and LastStep the last time step used of it.
type Device struct {
	ID, UserID, Profile      string
	Name, Platform           string
	Simulated                bool
	KeyID                    string
	Transport, Approval      []byte
	State                    string
	Fallback                 []byte
	LastStep                 int64
	PairedAt, UsedAt, SeenAt int64
}

const deviceColumns = `id, user_id, profile, name, platform, simulated, key_id, transport, approval, state, fallback, last_step, paired_at, used_at, seen_at`

func readDevice(row scanner) (Device, error) {
	var d Device
	err := row.Scan(&d.ID, &d.UserID, &d.Profile, &d.Name, &d.Platform, &d.Simulated, &d.KeyID, &d.Transport, &d.Approval,
		&d.State, &d.Fallback, &d.LastStep, &d.PairedAt, &d.UsedAt, &d.SeenAt)
	return d, err
}

// AddDevice stores a new device.
func (tx *Tx) AddDevice(d Device) error {
	_, err := tx.exec(`INSERT INTO devices (`+deviceColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.UserID, d.Profile, d.Name, d.Platform, d.Simulated, d.KeyID, d.Transport, d.Approval,
		d.State, d.Fallback, d.LastStep, d.PairedAt, d.UsedAt, d.SeenAt)
	return err
}

// Device returns the device with that id.
func (tx *Tx) Device(id string) (Device, error) {
	return one(tx, readDevice, `SELECT `+deviceColumns+` FROM devices WHERE id = ?`, id)
}

// DeviceByKey returns the device with that transport key.
func (tx *Tx) DeviceByKey(keyID string) (Device, error) {
	return one(tx, readDevice, `SELECT `+deviceColumns+` FROM devices WHERE key_id = ?`, keyID)
}

// Devices returns the devices of user at profile in state, oldest first.
func (tx *Tx) Devices(user, profile, state string) ([]Device, error) {
	return list(tx, readDevice, `SELECT `+deviceColumns+` FROM devices WHERE user_id = ? AND profile = ? AND state = ? ORDER BY paired_at, id`, user, profile, state)
}

// MoveDevice changes the state of a device, if it still is in state from.
func (tx *Tx) MoveDevice(id, from, to string) (bool, error) {
	n, err := tx.exec(`UPDATE devices SET state = ? WHERE id = ? AND state = ?`, to, id, from)
	return n == 1, err
}

// RefuseStale refuses the pending devices that were paired before cutoff and
// those of user at profile with that name.
func (tx *Tx) RefuseStale(user, profile, name string, cutoff int64) error {
	_, err := tx.exec(`UPDATE devices SET state = ? WHERE state = ? AND (paired_at < ? OR (user_id = ? AND profile = ? AND name = ?))`,
		DeviceRefused, DevicePending, cutoff, user, profile, name)
	return err
}

// RenameDevice gives a device another name.
func (tx *Tx) RenameDevice(id, name string) error {
	_, err := tx.exec(`UPDATE devices SET name = ? WHERE id = ?`, name, id)
	return err
}

// SeeDevice notes that the device with that key has called, if there is one.
func (tx *Tx) SeeDevice(keyID string, now int64) error {
	_, err := tx.exec(`UPDATE devices SET seen_at = ? WHERE key_id = ?`, now, keyID)
	return err
}

// UseDevice notes that a device has answered.
func (tx *Tx) UseDevice(id string, now int64) error {
	_, err := tx.exec(`UPDATE devices SET used_at = ? WHERE id = ?`, now, id)
	return err
}

// UseStep takes a time step of a device's codes: false when that step or a
// later one was used before.
func (tx *Tx) UseStep(id string, step int64) (bool, error) {
	n, err := tx.exec(`UPDATE devices SET last_step = ? WHERE id = ? AND last_step < ?`, step, id, step)
	return n == 1, err
}
