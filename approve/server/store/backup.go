package store

// Backups: a SQLite file, whatever the store is. It opens as a store by itself,
// and Copy brings it into another one. It does not hold the server's key.

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Backup writes all that the store holds, as of one moment, into a new SQLite
// file. It refuses a file that exists. When it returns nil the file is whole
// and on the disk.
func (s *Store) Backup(ctx context.Context, file string) error {
	if err := s.backUp(ctx, file); err != nil {
		return fmt.Errorf("back up store: %w", err)
	}
	return nil
}

func (s *Store) backUp(ctx context.Context, file string) error {
	if err := claim(file); err != nil {
		return err
	}
	part := file + ".part"
	if err := claim(part); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	err := s.backup(ctx, s, part)
	if err == nil {
		err = settle(part, file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part), os.Remove(file))
	}
	return nil
}
