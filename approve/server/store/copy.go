package store

// Copying a whole store into another one, of whichever kind.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// table is a table as the database's catalogue has it.
type table struct {
	name    string
	columns []column // by name
	parents []string // the tables that its rows refer to
}

type column struct {
	name     string
	kind     rune // 't'ext, 'b'ytes, 'i'nteger
	numbered bool // the database numbers the rows by it
}

// kindOf is the kind of a column of a database's type; 0 for one that
// migrations do not use.
func kindOf(databaseType string) rune {
	switch strings.ToUpper(databaseType) {
	case "TEXT":
		return 't'
	case "BLOB", "BYTEA":
		return 'b'
	case "INTEGER", "BIGINT":
		return 'i'
	}
	return 0
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Copy writes all that from holds into to, which must hold nothing yet: all of
// it or nothing. Both must have tables of the same version and the same audit
// key. Whoever writes to from meanwhile writes to what is left behind.
func Copy(ctx context.Context, from, to *Store) error {
	err := from.View(ctx, func(source *Tx) error {
		return to.run(ctx, to.alone, func(target *Tx) error { return copyAll(source, target) })
	})
	if err != nil {
		return fmt.Errorf("copy store: %w", err)
	}
	return nil
}

func copyAll(source, target *Tx) error {
	tables, err := sameTables(source, target)
	if err != nil {
		return err
	}
	for _, t := range tables {
		n, err := target.count(`SELECT COUNT(*) FROM ` + quote(t.name))
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: table %s has %d rows", ErrNotEmpty, t.name, n)
		}
	}
	for _, t := range tables {
		if err := copyTable(source, target, t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return target.VerifyAudit()
}

// sameTables returns the tables to copy, parents first, when both sides have
// the same ones.
func sameTables(source, target *Tx) ([]table, error) {
	ours, err := source.kind.tables(source)
	if err != nil {
		return nil, err
	}
	theirs, err := target.kind.tables(target)
	if err != nil {
		return nil, err
	}
	for _, side := range []struct {
		here, there []table
		where       string
	}{{ours, theirs, "target"}, {theirs, ours, "source"}} {
		for _, t := range side.here {
			if err := t.sameIn(side.there); err != nil {
				return nil, fmt.Errorf("the %s does not fit: %w", side.where, err)
			}
		}
	}
	from, err := source.version()
	if err != nil {
		return nil, err
	}
	to, err := target.version()
	if err != nil {
		return nil, err
	}
	if from != to {
		return nil, fmt.Errorf("the source is of version %d, the target of %d", from, to)
	}
	ours = slices.DeleteFunc(ours, func(t table) bool { return t.name == "migrations" })
	return parentsFirst(ours)
}

func (t table) sameIn(others []table) error {
	at := slices.IndexFunc(others, func(o table) bool { return o.name == t.name })
	if at < 0 {
		return fmt.Errorf("it has no table %s", t.name)
	}
	for i, c := range t.columns {
		if c.kind == 0 {
			return fmt.Errorf("column %s of table %s is of a type that is not known", c.name, t.name)
		}
		if i >= len(others[at].columns) || others[at].columns[i].name != c.name || others[at].columns[i].kind != c.kind {
			return fmt.Errorf("its table %s has no such column %s", t.name, c.name)
		}
	}
	return nil
}

// parentsFirst puts each table behind those that its rows refer to.
func parentsFirst(tables []table) ([]table, error) {
	var sorted []table
	done := map[string]bool{}
	for len(sorted) < len(tables) {
		before := len(sorted)
		for _, t := range tables {
			waits := slices.ContainsFunc(t.parents, func(p string) bool { return p != t.name && !done[p] })
			if !done[t.name] && !waits {
				sorted, done[t.name] = append(sorted, t), true
			}
		}
		if len(sorted) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return sorted, nil
}

// copyTable copies the rows of one table, several in a statement.
func copyTable(source, target *Tx, t table) error {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = quote(c.name)
	}
	columns := strings.Join(names, ", ")
	batch := max(1, 1000/len(names)) // both databases take more than 30000 arguments
	var args []any
	copied := 0
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")"
		rows := strings.TrimSuffix(strings.Repeat(row+", ", len(args)/len(names)), ", ")
		n, err := target.exec(`INSERT INTO `+quote(t.name)+` (`+columns+`) VALUES `+rows, args...)
		copied, args = copied+int(n), args[:0]
		return err
	}
	read := 0
	err := each(source, func(row scanner) error {
		values, err := t.read(row)
		if err != nil {
			return err
		}
		read++
		args = append(args, values...)
		if read%batch == 0 {
			return flush()
		}
		return nil
	}, `SELECT `+columns+` FROM `+quote(t.name))
	if err := errors.Join(err, flush()); err != nil {
		return err
	}
	if n, err := target.count(`SELECT COUNT(*) FROM ` + quote(t.name)); err != nil || n != read || copied != read {
		return errors.Join(err, fmt.Errorf("%d rows were read, %d written, %d are there", read, copied, n))
	}
	return resumeAll(target, t)
}

// read reads one row, each value as its column wants it: SQLite keeps a text
// in a column of bytes as a text.
func (t table) read(row scanner) ([]any, error) {
	values := make([]any, len(t.columns))
	dest := make([]any, len(t.columns))
	for i := range values {
		dest[i] = &values[i]
	}
	if err := row.Scan(dest...); err != nil {
		return nil, err
	}
	for i, c := range t.columns {
		switch v := values[i].(type) {
		case []byte:
			if c.kind == 't' {
				values[i] = string(v)
			}
		case string:
			if c.kind == 'b' {
				values[i] = []byte(v)
			}
		}
		if text, ok := values[i].(string); ok && clean(text) != text {
			return nil, fmt.Errorf("column %s holds a text that is not UTF-8", c.name)
		}
	}
	return values, nil
}

func resumeAll(target *Tx, t table) error {
	for _, c := range t.columns {
		if c.numbered {
			if err := target.kind.resume(target, t.name, c.name); err != nil {
				return err
			}
		}
	}
	return nil
}
