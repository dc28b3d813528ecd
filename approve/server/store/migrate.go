package store

// Migrations: numbered SQL files, each run once and in order.

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Migration tells what Open did to the tables.
type Migration struct {
	From, To int    // versions; From is 0 for a new database
	Copy     string // the file that holds the database as it was; "" for none
}

// String is a line for the log; "" when there is nothing to tell.
func (m Migration) String() string {
	switch {
	case m.From == m.To || m.From == 0:
		return ""
	case m.Copy != "":
		return fmt.Sprintf("store: tables brought from version %d to %d; as they were: %s", m.From, m.To, m.Copy)
	default:
		return fmt.Sprintf("store: tables brought from version %d to %d in one transaction; a copy as they were would be pg_dump's, made before", m.From, m.To)
	}
}

// Migration tells what Open did to the tables.
func (s *Store) Migration() Migration { return s.moved }

// migration is one file.
type migration struct {
	version int
	text    string
}

// migrate runs the files that this database has not seen, all or none of them.
// A database of a newer program is refused rather than misread.
func (s *Store) migrate(ctx context.Context) error {
	all, err := readMigrations(migrations)
	if err != nil {
		return err
	}
	return s.migrateTo(ctx, all)
}

func (s *Store) migrateTo(ctx context.Context, all []migration) error {
	newest := all[len(all)-1].version
	return s.run(ctx, s.alone, func(tx *Tx) error {
		done, err := tx.version()
		if err != nil {
			return err
		}
		if done > newest {
			return fmt.Errorf("migrate: the database is of a newer version (%d) than this program (%d)", done, newest)
		}
		moved := Migration{From: done, To: newest}
		if 0 < done && done < newest {
			if moved.Copy, err = s.keep(ctx, newest); err != nil {
				return fmt.Errorf("migrate: keep a copy: %w", err)
			}
		}
		for _, m := range all {
			if m.version <= done {
				continue
			}
			if err := tx.apply(m); err != nil {
				return fmt.Errorf("migrate: nothing was changed: version %d: %w", m.version, err)
			}
		}
		s.moved = moved
		return nil
	})
}

// version returns the number of the last migration, 0 for a new database.
func (tx *Tx) version() (int, error) {
	tables, err := tx.kind.tables(tx)
	if err != nil {
		return 0, err
	}
	if !slices.ContainsFunc(tables, func(t table) bool { return t.name == "migrations" }) {
		return 0, nil
	}
	return tx.count(`SELECT COALESCE(MAX(version), 0) FROM migrations`)
}

func (tx *Tx) apply(m migration) error {
	if _, err := tx.exec(tx.kind.schema(`CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)`)); err != nil {
		return err
	}
	if _, err := tx.exec(tx.kind.schema(m.text)); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO migrations (version) VALUES (?)`, m.version)
	return err
}

// readMigrations returns the files of a folder migrations, in order.
func readMigrations(folder fs.FS) ([]migration, error) {
	files, err := fs.Glob(folder, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var all []migration
	for _, file := range files {
		number, _, _ := strings.Cut(path.Base(file), "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("read migration number: %w", err)
		}
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		all = append(all, migration{version, string(text)})
	}
	return all, nil
}
