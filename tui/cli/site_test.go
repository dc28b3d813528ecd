package cli_test

// This file: a demo server in the test's process, and the script commands that
// use it: paired, enrol, audit, devclock, skewed.

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"nod/approve/server"
	"nod/approve/sim"
)

// siteKey finds a script's server.
type siteKey struct{}

// sites is a script's slot for its server.
type sites struct {
	demo   *server.Server
	stop   func()
	outage *outage // stands before it
	origin string
}

// spacing is the time between two requests to a person. Scripts let it pass with
// devclock; it is long enough for two that come one after the other on a slow machine.
const spacing = 30 * time.Second

// startDemo serves the demo's sample people on loopback.
func startDemo(ctx context.Context, data string) (demo *server.Server, gate *outage, origin string, stop func(), err error) {
	web := httptest.NewUnstartedServer(nil)
	origin = "http://" + web.Listener.Addr().String()
	demo, err = server.New(ctx, server.Config{Data: data, Origin: origin, Demo: true, PushSpacing: spacing})
	if err != nil {
		web.Listener.Close()
		return nil, nil, "", nil, err
	}
	gate = &outage{web: web, handler: demo}
	web.Config.Handler = gate
	web.Start()
	return demo, gate, origin, func() {
		keepPort(origin)
		_ = demo.Close()
		web.CloseClientConnections()
		web.Close()
	}, nil
}

// keepPort has nobody get the port of a server that is about to stop, for a minute: a
// connection that the server's side closes first holds it so long (TIME-WAIT of TCP).
// Else another test could listen there when a script wants to find nobody.
func keepPort(url string) {
	held, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return
	}
	fmt.Fprint(held, "OPTIONS * HTTP/1.1\r\nHost: demo.test\r\n\r\n") // no handler is asked
	_, _ = held.Read(make([]byte, 1))                                 // it was taken
	go func() {
		_, _ = io.Copy(io.Discard, held) // until the server closes
		_ = held.Close()
	}()
}

// cmdPaired starts a demo server, named by $NOD_SERVER, and pairs a new vault
// with ana's account for each name: the first one the default vault, the others
// profiles of their names. Their ids are in $NAME.
func cmdPaired(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 1, "paired NAME...")
	data, err := os.MkdirTemp(ts.MkAbs("."), "server-")
	ts.Check(err)
	demo, gate, origin, stop, err := startDemo(context.Background(), data)
	ts.Check(err)
	stop = sync.OnceFunc(stop)
	ts.Defer(stop)
	*ts.Value(siteKey{}).(*sites) = sites{demo, stop, gate, origin}
	ts.Setenv("NOD_SERVER", origin)
	person := server.People()[0]
	portal := &sim.Portal{Server: origin, App: "rms", User: person.Email, Password: person.Password}
	ts.Check(portal.SignIn(context.Background()))
	ask := portal.EnableCompanion
	for i, name := range args {
		profile := name
		if i == 0 {
			profile = "default"
		}
		_, code, err := ask(context.Background())
		ts.Check(err)
		pairOne(ts, portal, name, profile, code)
		ask = portal.AddDevice
	}
}

func pairOne(ts *testscript.TestScript, portal *sim.Portal, name, profile, code string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	confirmed := make(chan error, 1)
	go func() {
		_, err := portal.ConfirmDevice(ctx, name)
		confirmed <- err
	}()
	ts.Check(ts.Exec("nod", "init", "--quiet", "--profile", profile))
	ts.Check(ts.Exec("nod", "pair", code, "--name", name, "--profile", profile))
	ts.Setenv(name, strings.TrimSpace(ts.ReadFile("stdout")))
	ts.Check(<-confirmed)
}

// cmdEnrol gives ben a way to sign in at a site of the script's server, as $LINK
// and $RECOVERY, and moves nothing else.
func cmdEnrol(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2 || len(args) == 3, "enrol SITE totp|sms|email [ADDRESS]")
	link, recovery, err := ts.Value(siteKey{}).(*sites).demo.Enrol(context.Background(), "ben@demo.test", args[0], args[1], strings.Join(args[2:], ""))
	ts.Check(err)
	if link != "" {
		ts.Setenv("LINK", link)
	}
	if len(recovery) > 0 {
		ts.Setenv("RECOVERY", recovery[0])
	}
}

// cmdAudit checks that a line "TYPE ACTOR SUBJECT DETAIL" of the server's audit matches.
func cmdAudit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, false, len(args) == 1, "[!] audit REGEXP")
	entries, err := ts.Value(siteKey{}).(*sites).demo.Audit(context.Background())
	ts.Check(err)
	var lines strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&lines, "%s %s %s %s\n", e.Type, e.Actor, e.Subject, e.Detail)
	}
	if regexp.MustCompile("(?m)"+args[0]).MatchString(lines.String()) == neg {
		ts.Fatalf("audit:\n%s", lines.String())
	}
}

// cmdDevClock moves the demo server's clock forward.
func cmdDevClock(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "devclock URL DURATION")
	answer, err := http.PostForm(args[0]+"/dev/clock", map[string][]string{"advance": {args[1]}})
	ts.Check(err)
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		ts.Fatalf("/dev/clock: %s", answer.Status)
	}
}

// cmdSiteDown stops the script's server.
func cmdSiteDown(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 0, "sitedown")
	ts.Value(siteKey{}).(*sites).stop()
}

// cmdBroken starts a server that gives every call the same answer, named by a
// variable: an error of the protocol, or with "hang" none at all.
func cmdBroken(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 3, "broken VARIABLE STATUS CODE | broken VARIABLE hang -")
	web := httptest.NewUnstartedServer(nil)
	breakServer(ts, web, args[1], args[2])
	ts.Setenv(args[0], web.URL)
}

// cmdSpoil puts a broken server in the place of that of paired, at its address.
func cmdSpoil(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "spoil STATUS CODE | spoil hang -")
	site := ts.Value(siteKey{}).(*sites)
	site.stop()
	listener, err := net.Listen("tcp", strings.TrimPrefix(site.origin, "http://"))
	ts.Check(err)
	site.stop = breakServer(ts, &httptest.Server{Listener: listener, Config: &http.Server{}}, args[0], args[1])
}

// breakServer starts web, which gives every call the same answer.
func breakServer(ts *testscript.TestScript, web *httptest.Server, answer, code string) (stop func()) {
	status, err := strconv.Atoi(answer)
	if answer != "hang" {
		ts.Check(err)
	}
	gone := make(chan struct{})
	web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer == "hang" {
			select {
			case <-gone:
			case <-r.Context().Done():
			}
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":%q,"message":"As the test wants.","retry_after":30,"server_time":%q}}`,
			code, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	})
	web.Start()
	stop = sync.OnceFunc(func() { close(gone); web.CloseClientConnections(); web.Close() })
	ts.Defer(stop)
	return stop
}
