package store

// Counting for the metrics.

// Count is how many rows have a value.
type Count struct {
	Of string
	N  int
}

func readCount(row scanner) (c Count, err error) {
	err = row.Scan(&c.Of, &c.N)
	return c, err
}

// WaitingCounts counts the requests that wait at now, by profile.
func (tx *Tx) WaitingCounts(now int64) ([]Count, error) {
	return list(tx, readCount, `SELECT profile, COUNT(*) FROM requests WHERE state = ? AND expires_at > ? GROUP BY profile ORDER BY profile`, Waiting, now)
}

// OutboxCounts counts the messages of the outbox by state.
func (tx *Tx) OutboxCounts() ([]Count, error) {
	return list(tx, readCount, `SELECT state, COUNT(*) FROM outbox GROUP BY state ORDER BY state`)
}
