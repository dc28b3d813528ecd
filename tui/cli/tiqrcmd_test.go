package cli_test

// This file: the script command for a tiqr server in the test's process, on loopback,
// and for the pages that it shows to people.

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"nod/approve/tiqr/tiqrtest"
)

func init() { scriptCommands["tiqr"] = cmdTiqr }

// tiqrKey finds a script's *tiqrSite.
type tiqrKey struct{}

// tiqrSite is a script's tiqr server, and what it complains about.
type tiqrSite struct {
	server *tiqrtest.Server

	mu         sync.Mutex
	complaints []string
}

// Errorf keeps a complaint for the next command: it may come from any goroutine.
func (s *tiqrSite) Errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.complaints = append(s.complaints, fmt.Sprintf(format, args...))
}

const tiqrUsage = `tiqr start [json]     a new server at $ORIGIN
       tiqr enrol            $ENROL is a link to pair with, once
       tiqr ask [anybody]    $LINK is that of a sign-in of the account, or of anybody
       tiqr end              all sign-ins that wait are over
       tiqr secret           the account gets another secret there
       tiqr answers          print what was said to each answer, and the number of all calls`

// cmdTiqr plays a tiqr server's people and pages.
func cmdTiqr(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 1, tiqrUsage)
	s := ts.Value(tiqrKey{}).(*tiqrSite)
	switch strings.Join(args, " ") {
	case "start", "start json":
		s.server = tiqrtest.New(s)
		web := httptest.NewUnstartedServer(s.server)
		s.server.Origin, s.server.JSON = "http://"+web.Listener.Addr().String(), len(args) == 2
		web.Start()
		ts.Defer(web.Close)
		ts.Setenv("ORIGIN", web.URL)
	case "enrol":
		ts.Setenv("ENROL", s.server.Enrol())
	case "ask":
		ts.Setenv("LINK", s.server.Ask(tiqrtest.User))
	case "ask anybody":
		ts.Setenv("LINK", s.server.Ask(""))
	case "end":
		s.server.End()
	case "secret":
		s.server.SetSecret(tiqrtest.User, []byte(strings.Repeat("x", 32)))
	case "answers":
		for _, answer := range s.server.Answers() {
			fmt.Fprintf(ts.Stdout(), "%s %s\n", answer.User, answer.Reply)
		}
		fmt.Fprintf(ts.Stdout(), "calls %d\n", len(s.server.Calls()))
	default:
		usage(ts, false, false, tiqrUsage)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.complaints) > 0 {
		ts.Fatalf("the tiqr server complains: %s", strings.Join(s.complaints, "; "))
	}
}
