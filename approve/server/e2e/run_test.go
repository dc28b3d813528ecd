package e2e

// Servers as people run them for real: made by nod server init, run by one process
// or several, over either database.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve/server/store/storetest"
)

// place is what nod server init has made.
type place struct {
	t      testing.TB
	data   string
	store  string // address of its PostgreSQL database, or path of its SQLite file
	origin string
}

// newPlace sets up a server for origin, over a PostgreSQL database when shared.
func newPlace(t testing.TB, origin string, shared bool) *place {
	t.Helper()
	p := &place{t: t, data: t.TempDir(), origin: origin}
	args := []string{"init", "--origin", origin, "--admin", "admin@demo.test", "--trusted-proxy", "127.0.0.1"}
	p.store = filepath.Join(p.data, "server.db")
	if shared {
		p.store = storetest.Postgres(t)
		args = append(args, "--store", p.store)
	}
	p.nod("", args...)
	return p
}

func (p *place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(program, append(append([]string{"server"}, args...), "--data", p.data)...)
	cmd.Env = append(os.Environ(), "HOME="+p.data)
	return cmd
}

// nod runs a command of nod server, and fails unless it ends well.
func (p *place) nod(stdin string, args ...string) string {
	p.t.Helper()
	cmd := p.command(args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		p.t.Fatalf("nod server %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// process is one nod server run.
type process struct {
	address string // what it listens at
	mu      sync.Mutex
	cmd     *exec.Cmd
	errors  *bytes.Buffer
}

// run starts a process that listens at an address, and waits until it answers.
// It ends with the test.
func (p *place) run(address string) *process {
	p.t.Helper()
	r := &process{}
	p.start(r, address)
	p.t.Cleanup(func() {
		r.end(os.Interrupt)
		if p.t.Failed() {
			p.t.Logf("the server at %s said:\n%s", r.address, r.errors)
		}
	})
	return r
}

// start starts r, anew when it has ended.
func (p *place) start(r *process, address string) {
	p.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cmd, r.errors = p.command("run", "--listen", address, "--json"), &bytes.Buffer{}
	r.cmd.Stderr = r.errors
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		p.t.Error(err)
		return
	}
	if err := r.cmd.Start(); err != nil {
		p.t.Error(err)
		return
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var said struct{ Listen string }
	if err := errorOf(err, json.Unmarshal(line, &said)); err != nil {
		r.cmd.Process.Kill()
		r.cmd.Wait()
		p.t.Errorf("the server said %q: %v\n%s", line, err, r.errors)
		return
	}
	go io.Copy(io.Discard, out)
	r.address = said.Listen
}

// errorOf is the first of two errors.
func errorOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// end ends the process by a signal, and waits for it.
func (r *process) end(signal os.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cmd.Process.Signal(signal)
	r.cmd.Wait()
}

// verified fails unless the server's audit log holds together.
func (p *place) verified() {
	p.t.Helper()
	var answer struct {
		OK      bool
		Entries int
	}
	out := p.nod("", "audit", "verify", "--json")
	if err := json.Unmarshal([]byte(out), &answer); err != nil || !answer.OK || answer.Entries == 0 {
		p.t.Errorf("the audit log: %s (%v)", out, err)
	}
}

// app makes an app that may ask for the people of a site, and returns what it
// signs in with.
func (p *place) app(name, site string) (credentials string) {
	p.t.Helper()
	var answer struct{ Token string }
	out := p.nod("", "app", "add", name, "--profile", site, "--json")
	if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.Token == "" {
		p.t.Fatalf("app add: %s (%v)", out, err)
	}
	return answer.Token
}

// world is the place as a browser and a companion see it.
func (p *place) world(t *testing.T) *world {
	return &world{t: t, origin: p.origin, http: &http.Client{Timeout: patience}}
}

// since is how long ago, in milliseconds.
func since(begin time.Time) float64 { return float64(time.Since(begin).Microseconds()) / 1000 }
