package store

// Looking at a SQLite file.

import (
	"fmt"
	"strings"
	"time"
)

func (k sqlite) health(tx *Tx, _ time.Time) ([]Finding, error) {
	var version string
	if err := tx.row(`SELECT sqlite_version()`, nil, &version); err != nil {
		return nil, err
	}
	var bytes int64
	if err := tx.row(`SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`, nil, &bytes); err != nil {
		return nil, err
	}
	problems, err := list(tx, readText, `SELECT * FROM pragma_integrity_check LIMIT 10`)
	if err != nil {
		return nil, err
	}
	found := []Finding{{"database", Fine, fmt.Sprintf("SQLite %s, %s, %s", version, k.path, size(bytes))}}
	if text := strings.Join(problems, "; "); text != "ok" {
		found[0] = Finding{"database", Broken, "SQLite finds the file damaged: " + text}
	}
	lost, err := list(tx, readText, `SELECT DISTINCT "table" FROM pragma_foreign_key_check`)
	if err != nil {
		return nil, err
	}
	return append(found, references(lost, "rows that refer to nothing in")), nil
}

// references is the finding about tables whose references do not hold.
func references(tables []string, what string) Finding {
	if len(tables) > 0 {
		return Finding{"references", Broken, what + " " + strings.Join(tables, ", ")}
	}
	return Finding{"references", Fine, "all hold"}
}
