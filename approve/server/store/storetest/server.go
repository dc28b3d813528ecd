package storetest

// Starting a PostgreSQL server that ends with this process.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a running PostgreSQL server.
type server struct {
	dir  string         // its data, its socket and its log
	life io.WriteCloser // the server ends when this closes, as it does with the process
}

// address is a database of the server. No network: the socket is in its folder.
func (s *server) address(database string) string {
	return "postgres:///" + database + "?user=postgres&host=" + url.QueryEscape(s.dir)
}

// script runs the server until its input ends, and leaves nothing behind. It is
// a process group of its own: what ends the test by a signal must not end it
// before it has ended the server.
const script = `"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"`

// environment keeps the PG... variables of whoever runs the tests out.
var environment = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}

func start() (*server, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	who, err := account()
	if err != nil {
		return nil, err
	}
	dir, err := newFolder(who)
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir}
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.Env = dir, environment
	who.become(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(dir))
	}
	run := exec.Command("/bin/sh", "-c", script, "sh", programs, dir)
	run.Dir, run.Env = dir, environment
	who.become(run)
	if s.life, err = run.StdinPipe(); err != nil {
		return nil, err
	}
	if err := run.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	return s, s.ready(ended)
}

// ready waits until the server answers.
func (s *server) ready(ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.address("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return errors.Join(fmt.Errorf("PostgreSQL does not answer: %w\n%s", err, log), s.life.Close())
		case err := <-ended:
			return fmt.Errorf("PostgreSQL ended: %w", err)
		}
	}
}

// findPrograms returns the folder of initdb and postgres: the newest that
// Debian has installed, or where PATH has them.
func findPrograms() (string, error) {
	if runtime.GOOS == "windows" {
		return "", errMissing // the server runs under sh here
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int { return major(a) - major(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errMissing
	}
	if path, err = filepath.EvalSymlinks(path); err != nil { // a server looks for its files beside it
		return "", err
	}
	return filepath.Dir(path), nil
}

// major is the version in /usr/lib/postgresql/VERSION/bin/initdb.
func major(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// newFolder makes a folder that who owns and may enter, with a name short
// enough for a socket in it.
func newFolder(who user) (string, error) {
	place := os.TempDir()
	if who.other() || len(place) > 60 {
		place = "/tmp" // another account may enter it
	}
	dir, err := os.MkdirTemp(place, "nod-postgres-")
	if err != nil {
		return "", err
	}
	if err := who.own(dir); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// user is the account that the server runs under. PostgreSQL does not run as
// root.
type user struct {
	uid, gid int // -1: the one of this process
}

func (u user) other() bool { return u.uid >= 0 }

func (u user) own(dir string) error {
	if !u.other() {
		return nil
	}
	return os.Chown(dir, u.uid, u.gid)
}

// account returns the account postgres or nobody for root, and else this one.
func account() (user, error) {
	if os.Geteuid() != 0 {
		return user{-1, -1}, nil
	}
	list, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return user{}, err
	}
	for _, name := range []string{"postgres", "nobody"} {
		for line := range strings.Lines(string(list)) {
			fields := strings.Split(strings.TrimSpace(line), ":")
			if len(fields) < 4 || fields[0] != name {
				continue
			}
			uid, err := strconv.Atoi(fields[2])
			gid, err2 := strconv.Atoi(fields[3])
			return user{uid, gid}, errors.Join(err, err2)
		}
	}
	return user{}, errors.New("PostgreSQL does not run as root, and there is no account postgres or nobody")
}
