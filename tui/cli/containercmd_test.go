package cli_test

// This file: the script commands of a privacyIDEA server with a smartphone container.

import (
	"net/http/httptest"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"nod/approve/privacyidea/container/containertest"
)

func init() { scriptCommands["container"] = cmdContainer }

type containerKey struct{}

type stopKey struct{}

// containerStop is a script's slot for what stops its server.
type containerStop struct{ stop func() }

// cmdContainer starts such a server on this machine with "start", ends it with "stop", puts a new
// registration link into a variable with "link", adds and drops tokens, puts the setup
// link of one into a variable with "url", and turns a policy on.
func cmdContainer(ts *testscript.TestScript, neg bool, args []string) {
	const text = "container start | stop | link VARIABLE [PASSPHRASE] | add SERIAL KIND | drop SERIAL | url SERIAL VARIABLE | policy NAME on|off"
	usage(ts, neg, len(args) >= 1, text)
	held := ts.Value(containerKey{}).(*containertest.Server)
	switch {
	case args[0] == "start":
		listener := httptest.NewUnstartedServer(held)
		held.Base = "http://" + listener.Listener.Addr().String()
		listener.Start()
		stop := sync.OnceFunc(func() { keepPort(listener.URL); listener.Close() })
		ts.Defer(stop)
		ts.Value(stopKey{}).(*containerStop).stop = stop
		ts.Setenv("PI", listener.URL)
	case args[0] == "stop":
		ts.Value(stopKey{}).(*containerStop).stop()
	case args[0] == "link" && len(args) == 2:
		ts.Setenv(args[1], held.Link("", "", false))
	case args[0] == "link" && len(args) == 3:
		ts.Setenv(args[1], held.Link("Your pet?", args[2], false))
	case args[0] == "add" && len(args) == 3:
		held.Add(args[1], args[2])
	case args[0] == "drop" && len(args) == 2:
		held.Drop(args[1])
	case args[0] == "url" && len(args) == 3:
		ts.Setenv(args[2], held.URL(args[1]))
	case args[0] == "policy" && len(args) == 3:
		held.Policy(args[1], args[2] == "on")
	default:
		ts.Fatalf("usage: %s", text)
	}
}
