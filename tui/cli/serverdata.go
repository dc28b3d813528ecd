package cli

// This file: opening what a server keeps as it is, for the commands that look
// after it, and what is common to them.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"nod/approve/server"
)

// kept is what a server keeps, opened as it is.
type kept struct {
	*server.Data
	place    serverPlace
	config   serverConfig
	settings server.Config
}

// storeSettings is what the server's store needs of c. What else is wrong in the
// configuration keeps nobody from a backup.
func (c serverConfig) storeSettings(a *app, data string) (server.Config, error) {
	key, err := server.ReadKey(a.env.Getenv("CREDENTIALS_DIRECTORY"), c.keyFile())
	return server.Config{Data: data, Origin: c.Origin, Store: c.Store, Key: key}, err
}

// withData runs do with the store open as it is, while the server runs or not.
func (a *app) withData(ctx context.Context, p serverPlace, do func(context.Context, kept) error) error {
	p, err := p.find(a)
	if err != nil {
		return err
	}
	c, err := readServerConfig(p.config)
	if err != nil {
		return err
	}
	settings, err := c.storeSettings(a, p.data)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx, 0)
	defer cancel()
	d, err := server.OpenData(ctx, settings)
	if err != nil {
		return noStore(settings, err)
	}
	return errors.Join(do(ctx, kept{d, p, c, settings}), d.Close())
}

// noStore is the error for a store that does not open.
func noStore(settings server.Config, err error) error {
	hint := storeHint(settings, err)
	if settings.Store == "" && errors.Is(err, fs.ErrNotExist) {
		return &statusError{exit: exitNotFound, name: "no_store", text: settings.ShownStore() + " is missing", hint: hint}
	}
	return &hinted{err, hint + "; nod server doctor looks further"}
}

// storeHint says what to do about a store that does not open.
func storeHint(settings server.Config, err error) string {
	switch {
	case settings.Store != "":
		return "see that " + settings.ShownStore() + " can be reached from here, and the password in " + configName + " or $PGPASSFILE"
	case errors.Is(err, fs.ErrNotExist):
		return "put a backup there; without one, nod server run begins with an empty store"
	}
	return "run it as the server's user; if the file is damaged, go back to a backup"
}

// newerStore is the error for tables of a later version than this program's.
func newerStore(is, known int) error {
	return &statusError{
		exit: exitOther, name: "newer", text: fmt.Sprintf("the store is of version %d, and this nod knows %d", is, known),
		hint: "update nod",
	}
}

// dumpCommand makes a copy of a PostgreSQL store.
func dumpCommand(settings server.Config) string {
	return "pg_dump --format=custom --file=nod.dump " + shellWord(settings.ShownStore())
}
