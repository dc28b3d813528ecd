package store

// Telling the other stores on the same database that something has changed.

import "context"

// listener is whom Listen tells.
type listener struct {
	self  string
	heard func(subject string)
	state func(err error)
}

// Shared tells whether other processes may use the same database. A SQLite
// file is used by one.
func (s *Store) Shared() bool {
	_, one := s.kind.(sqlite)
	return !one
}

// Notify announces subject to the other stores on this database when the
// transaction commits; they hear of it if and only if it does. "" is everyone.
func (tx *Tx) Notify(subject string) {
	for _, s := range tx.subjects {
		if s == subject {
			return
		}
	}
	tx.subjects = append(tx.subjects, subject)
}

// Notify announces subjects to the other stores on this database now. On
// SQLite there are none.
func (s *Store) Notify(ctx context.Context, subjects ...string) error {
	if !s.Shared() || len(subjects) == 0 {
		return nil
	}
	a := s.record
	a.detached = false // it changes nothing that could be cut in half
	return s.run(ctx, a, func(tx *Tx) error {
		for _, subject := range subjects {
			tx.Notify(subject)
		}
		return nil
	})
}

// Listen calls heard with each subject that another store on this database
// announces, until ctx ends; "" is everyone, which it also says whenever the
// connection stands anew, since something may have been missed. state is told
// nil then, and the reason when the connection is lost or can not be made;
// Listen goes on trying. On SQLite there are no others, and Listen returns at
// once.
func (s *Store) Listen(ctx context.Context, heard func(subject string), state func(err error)) error {
	return s.listen(ctx, listener{s.id, heard, state})
}
