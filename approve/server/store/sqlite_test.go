package store_test

import (
	"database/sql"
	"errors"
	"testing"
)

// breakReference makes a device of no one in a file: over a connection that
// does not look.
func breakReference(t *testing.T, where string) {
	t.Helper()
	db, err := sql.Open("sqlite", where)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `UPDATE devices SET user_id = 'no one'`)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}
