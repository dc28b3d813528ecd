package store

// Migrations: numbered SQL files, each run once and in order.

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// migrate runs the files that this database has not seen. A database of a
// newer program is refused rather than misread.
func (s *Store) migrate(ctx context.Context) error {
	return s.Update(ctx, func(tx *Tx) error {
		if _, err := tx.exec(`CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)`); err != nil {
			return err
		}
		done, err := tx.count(`SELECT COALESCE(MAX(version), 0) FROM migrations`)
		if err != nil {
			return err
		}
		files, err := fs.Glob(migrations, "migrations/*.sql") // sorted by name
		if err != nil {
			return fmt.Errorf("list migrations: %w", err)
		}
		for _, file := range files {
			number, _, _ := strings.Cut(path.Base(file), "_")
			version, err := strconv.Atoi(number)
			if err != nil {
				return fmt.Errorf("read migration number: %w", err)
			}
			if version <= done {
				continue
			}
			if err := tx.apply(file, version); err != nil {
				return err
			}
			done = version
		}
		if done > len(files) {
			return fmt.Errorf("migrate: the database is of a newer version (%d) than this program (%d)", done, len(files))
		}
		return nil
	})
}

func (tx *Tx) apply(file string, version int) error {
	text, err := fs.ReadFile(migrations, file)
	if err != nil {
		return fmt.Errorf("read migration: %w", err)
	}
	if _, err := tx.exec(string(text)); err != nil {
		return fmt.Errorf("apply migration %d: %w", version, err)
	}
	_, err = tx.exec(`INSERT INTO migrations (version) VALUES (?)`, version)
	return err
}
