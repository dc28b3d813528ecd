// Package e2e walks every row of the five guides from the browser to the terminal
// and back: a real headless Chromium, the real nod program as server and as
// companion. It holds only tests.
//
// This file: building nod, the sample server, and the list of rows.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "nod/tui/cli" // the program under test: go test keeps results until it changes
)

// patience is how long a test waits for what must come: far longer than it takes,
// so that a busy machine ends no test.
const patience = 60 * time.Second

// program is the path of the nod program under test.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if testing.Short() {
		fmt.Println("left out: these tests start browsers and servers")
		return 0
	}
	dir, err := os.MkdirTemp("", "nod-e2e-")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "nod")
	build := exec.Command("go", "build", "-o", program, "nod")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("build nod: %v\n%s", err, out)
		return 1
	}
	defer stopBrowser()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		code = rowsDone()
	}
	return code
}

// rows counts the checks of each row of the guides.
var (
	rowsMu sync.Mutex
	rows   = map[string]int{}
)

// row runs the check of a row as a subtest of its name.
func row(t *testing.T, name string, check func(t *testing.T)) {
	t.Helper()
	rowsMu.Lock()
	rows[name]++
	rowsMu.Unlock()
	if !t.Run(name, check) {
		t.FailNow() // the rows after it stand on it
	}
}

// rowsDone tells whether every row had a check: 1 when one had none and a browser
// is there.
func rowsDone() int {
	if !haveBrowser() {
		return 0
	}
	var missing []string
	for letter, n := range map[string]int{"T": 20, "G": 11, "H": 12, "M": 20, "S": 24, "X": 7} {
		for i := 1; i <= n; i++ {
			if name := fmt.Sprintf("%s%d", letter, i); rows[name] == 0 {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) == 0 {
		return 0
	}
	slices.Sort(missing)
	fmt.Println("FAIL: rows without a check:", strings.Join(missing, " "))
	return 1
}

// need skips the test when what it needs is not there, or fails it where
// everything must be.
func need(t *testing.T, what string, there bool) {
	t.Helper()
	if there {
		return
	}
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatalf("%s is missing", what)
	}
	t.Skipf("%s is missing", what)
}

// world is a sample server with its data, and what people do with it.
type world struct {
	t      *testing.T
	origin string
	http   *http.Client
}

// newWorld starts `nod server demo` on a free port of this machine. The server
// ends with the test.
func newWorld(t *testing.T, args ...string) *world {
	t.Helper()
	w := &world{t: t, http: &http.Client{Timeout: patience}}
	cmd := exec.Command(program, append([]string{"server", "demo", "--json", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, args...)...)
	w.origin = startServer(t, cmd)
	return w
}

// startServer starts cmd and returns the address that it prints as "portal".
func startServer(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	var errors bytes.Buffer
	cmd.Stderr = &errors
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
		if t.Failed() {
			t.Logf("the server said:\n%s", errors.String())
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the server said nothing: %v\n%s", err, errors.String())
	}
	go io.Copy(io.Discard, out)
	var start struct{ Portal string }
	if err := json.Unmarshal(line, &start); err != nil || start.Portal == "" {
		t.Fatalf("the server said %s (%v)", line, err)
	}
	return start.Portal
}

// get reads a page or answer of the server into into, as JSON.
func (w *world) get(path string, into any) {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, w.origin+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	answer, err := w.http.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		w.t.Fatalf("GET %s: %v", path, err)
	}
}

// advance moves the server's clock.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.clock("advance", d.String())
}

// stand stops the server's clock, so that a code lives until on is called.
func (w *world) stand() (on func()) {
	w.t.Helper()
	w.clock("freeze", "true")
	return func() {
		w.t.Helper()
		w.clock("freeze", "false")
	}
}

func (w *world) clock(what, value string) {
	w.t.Helper()
	answer, err := w.http.PostForm(w.origin+"/dev/clock", url.Values{what: {value}})
	if err != nil {
		w.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		w.t.Fatalf("move the clock: %d", answer.StatusCode)
	}
}

// now is the server's time.
func (w *world) now() time.Time {
	w.t.Helper()
	var clock struct{ Now time.Time }
	w.get("/dev/clock", &clock)
	return clock.Now
}

// message is what the outbox holds.
type message struct{ Kind, To, Subject, Body string }

// outbox is what was sent, newest first.
func (w *world) outbox() (all []message) {
	w.t.Helper()
	w.get("/dev/outbox", &all)
	return all
}

// sent returns the newest message to someone, and fails without one.
func (w *world) sent(to string) message {
	w.t.Helper()
	for _, m := range w.outbox() {
		if m.To == to {
			return m
		}
	}
	w.t.Fatalf("nothing was sent to %s", to)
	return message{}
}

// sentCode is the six digits of the newest message to someone.
func (w *world) sentCode(to string) string {
	w.t.Helper()
	found := sixDigits.FindString(w.sent(to).Body)
	if found == "" {
		w.t.Fatalf("no code in %q", w.sent(to).Body)
	}
	return found
}

// countSent counts the messages to someone whose subject or body holds text.
func (w *world) countSent(to, text string) int {
	n := 0
	for _, m := range w.outbox() {
		if m.To == to && strings.Contains(m.Subject+"\n"+m.Body, text) {
			n++
		}
	}
	return n
}
