package cli

// This file: `nod server doctor` looks at a server and says what to do: its
// configuration, its directory and its key. Its store is looked at in
// serverdoctorstore.go, what reaches it and what it sends in serverdoctornet.go.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) serverDoctorCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "check a server and its store, and say what to do",
		Long: `Check a server, also while it runs: who may read its files, its key, its store with
every entry of the audit log, the room on the disk, its certificate, mail and text
messages; of a PostgreSQL database also the clock, and whether the servers over it
hear of each other. A line is ok, warn (could be better) or FAIL (do something now),
and then says what to do. Nothing is changed. The page holds no secrets and no
passwords: it may be shown to others. The exit status is 1 when a check has failed.`,
		Example: `  nod server doctor
  sudo nod server doctor --data /var/lib/nod-server
  nod server doctor --json | jq '.checks[] | select(.level != "ok")'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServerDoctor(cmd.Context(), p) },
	}
	p.register(cmd)
	return cmd
}

// serverDoctor looks at one server.
type serverDoctor struct {
	*doctor
	at     serverPlace
	config serverConfig
	owner  int // of the data directory; -1: not known
}

func (a *app) runServerDoctor(ctx context.Context, p serverPlace) error {
	p, err := p.find(a)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx, 0)
	defer cancel()
	d := &serverDoctor{doctor: &doctor{app: a}, at: p, owner: -1}
	readable := d.checkConfig()
	d.checkDirectory()
	if readable {
		d.checkFiles()
		d.checkKept(ctx)
		d.checkRoom()
		d.checkListen(ctx)
		d.checkTLS()
		d.checkMessages()
	}
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return err
	}
	return d.report()
}

// asServer is what helps where this user may not read.
const asServer = "run this as the server's user or root"

func (d *serverDoctor) checkConfig() (readable bool) {
	var err error
	if d.config, err = readServerConfig(d.at.config); err != nil {
		fix := firstOf(classify(err, d.env.Now()).Hint, "put it right; nod server init --data DIR writes one with all settings, elsewhere")
		if errors.Is(err, fs.ErrPermission) {
			fix = asServer
		}
		d.add(levelFail, fix, "%s", err)
		return false
	}
	d.add(levelOK, "", "configuration %s, for people at %s", d.at.config, d.config.Origin)
	return true
}

func (d *serverDoctor) checkDirectory() {
	info, err := os.Stat(d.at.data)
	if err != nil {
		fix := asServer
		if errors.Is(err, fs.ErrNotExist) {
			fix = "name the server's directory with --data"
		}
		d.add(levelFail, fix, "data directory: %s", err)
		return
	}
	d.owner = ownerOf(info)
	read, write, _ := others(info)
	switch {
	case write:
		d.add(levelFail, "chmod 700 "+d.shellPath(d.at.data), "others may write in %s", d.at.data)
	case read:
		d.add(levelWarn, "chmod 700 "+d.shellPath(d.at.data), "others may look into %s", d.at.data)
	default:
		d.add(levelOK, "", "data directory %s, closed to others", d.at.data)
	}
}

// checkFiles sees that the server's user alone can read and write what the
// server has.
func (d *serverDoctor) checkFiles() {
	before := len(d.findings)
	store, _ := filepath.Glob(filepath.Join(escapeGlob(d.at.data), "server.db*"))
	for _, name := range store {
		d.checkFile(name, true)
		d.checkOwner(name, !strings.Contains(filepath.Base(name), ".before-"))
		if strings.HasSuffix(name, ".part") {
			d.add(levelWarn, "rm "+d.shellPath(name)+", unless a copy is being made now", "a copy that was cut off left %s", name)
		}
	}
	private := []string{d.config.keyFile()}
	if m := d.config.Mail; m != nil && m.PasswordFile != "" {
		private = append(private, d.config.path(m.PasswordFile))
	}
	for _, name := range private {
		d.checkFile(name, true)
		d.checkOwner(name, false)
	}
	d.checkFile(d.at.config, d.config.secret())
	d.checkOwner(d.at.config, false)
	if len(d.findings) == before {
		d.add(levelOK, "", "configuration, key and store are closed to others")
	}
}

// escapeGlob lets a path stand for itself in a pattern.
func escapeGlob(path string) string {
	if os.PathSeparator == '\\' {
		return path // there it separates
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// secret tells whether the configuration holds what others must not read.
func (c serverConfig) secret() bool {
	return c.SMS != nil || withoutPassword("store", c.Store) != nil
}

// checkFile looks at who may use a file. A configuration may be a group's to
// read, such as that of the server's user. One that is not there is fine.
func (d *serverDoctor) checkFile(name string, secret bool) {
	info, err := os.Stat(name)
	if err != nil {
		return
	}
	read, write, _ := others(info)
	if name == d.at.config {
		read = read && info.Mode().Perm()&0o004 != 0
	}
	if !read && !write {
		return
	}
	l := levelWarn
	if write || secret {
		l = levelFail
	}
	d.add(l, "chmod 600 "+d.shellPath(name), "others may %s %s", may(read, write), name)
}

// checkOwner sees that a file belongs to the owner of the directory, or to root
// unless the server writes it.
func (d *serverDoctor) checkOwner(name string, writes bool) {
	info, err := os.Stat(name)
	if err != nil || d.owner < 0 {
		return
	}
	if owner := ownerOf(info); owner != d.owner && (owner != 0 || writes) {
		d.add(levelFail, "chown --reference="+shellWord(d.at.data)+" "+d.shellPath(name), "%s belongs to another user than %s", name, d.at.data)
	}
}
