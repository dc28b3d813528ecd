package cli

// This file: what `nod server doctor` looks at in the server's store.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"nod/approve/server"
)

// checkKept looks at the key and the store.
func (d *serverDoctor) checkKept(ctx context.Context) {
	settings, err := d.config.storeSettings(d.app, d.at.data)
	if err != nil {
		fix := asServer + "; the key is for its owner alone"
		if errors.Is(err, fs.ErrNotExist) {
			fix = "put the server's key back from where you keep it: nothing opens the store's secrets without it"
		}
		d.add(levelFail, fix, "%s", err)
		return
	}
	kept, err := server.OpenData(ctx, settings)
	if err != nil {
		d.add(levelFail, storeHint(settings, err), "%s: %s", settings.ShownStore(), err)
		return
	}
	d.add(levelOK, "", "the server's key; is there a copy of it, apart from the backups of the store?")
	is, known, err := kept.Version(ctx)
	if err == nil {
		d.checkStore(ctx, kept, is == known)
		d.checkShared(ctx, kept)
	}
	if err := errors.Join(err, kept.Close()); err != nil {
		d.add(levelFail, "try again", "%s", err)
	}
}

// storeFixes says what to do about a finding.
var storeFixes = map[string]string{
	"database":   "stop the server, keep the file as it is, and go back to a backup: nod server backup --help",
	"references": "go back to a backup, or report it: nod does not write such rows",
	"clock":      "set the clocks of both machines, for example with timedatectl set-ntp true",
	"tables":     "nod server migrate brings older tables up to date; for newer ones, update nod",
	"audit":      "is the key that of this store? Then keep the store as it is, and look into a backup",
	"requests":   "start the server: nod server run",
	"nonces":     "start the server: nod server run",
}

var levels = map[server.Level]level{server.Fine: levelOK, server.Warning: levelWarn, server.Broken: levelFail}

// checkStore looks at the store itself; at what stands in it only where the
// tables are those that this program knows.
func (d *serverDoctor) checkStore(ctx context.Context, kept *server.Data, known bool) {
	for _, f := range kept.Check(ctx, d.env.Now()) {
		if !known && slices.Contains([]string{"audit", "requests", "nonces", "waiting"}, f.Name) {
			continue
		}
		fix := ""
		if f.Level != server.Fine {
			fix = firstOf(storeFixes[f.Name], "nod server migrate, or go back to a backup")
		} else if f.Name == "database" && !kept.Shared() {
			f.Text += ", sound"
		}
		d.add(levels[f.Level], fix, "%s: %s", f.Name, f.Text)
	}
}

// checkShared looks at what servers over one database need. Its encoding was
// looked at with the first connection.
func (d *serverDoctor) checkShared(ctx context.Context, kept *server.Data) {
	if !kept.Shared() {
		return
	}
	d.add(levelOK, "", "encoding: UTF8")
	if err := kept.Hears(ctx); err != nil {
		d.add(levelFail, "connect to PostgreSQL itself, or set pool_mode = session in PgBouncer", "announcements (LISTEN, NOTIFY): %s", err)
		return
	}
	d.add(levelOK, "", "announcements (LISTEN, NOTIFY) arrive")
}

// roomForServer is free disk space, in bytes, under which a server may soon
// have none.
const roomForServer = 256 << 20

// checkRoom sees that the store can grow, and be copied.
func (d *serverDoctor) checkRoom() {
	if d.config.Store != "" {
		return // it grows elsewhere
	}
	free, err := freeSpace(d.at.data)
	if err != nil {
		return // the directory is not there, or the system does not tell
	}
	size := int64(0)
	if info, err := os.Stat(filepath.Join(d.at.data, "server.db")); err == nil {
		size = info.Size()
	}
	switch {
	case free < roomWanted:
		d.add(levelFail, "delete something", "the disk of %s is full: nobody can sign in when the store can not grow", d.at.data)
	case free < roomForServer || free < uint64(2*size):
		d.add(levelWarn, "delete something, or write backups to another disk", "the disk of %s has only %d MiB left", d.at.data, free>>20)
	default:
		d.add(levelOK, "", "there is room on the disk")
	}
}
