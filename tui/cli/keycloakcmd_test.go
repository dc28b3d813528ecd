package cli_test

// This file: the script command that is a Keycloak with one of the two extensions.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"nod/approve/keycloak/keycloaktest"
)

func init() { scriptCommands["keycloak"] = cmdKeycloak }

// keycloakKey finds a script's Keycloak.
type keycloakKey struct{}

// keycloak is a script's slot for its Keycloak: app or push is there.
type keycloak struct {
	app  *keycloaktest.App
	push *keycloaktest.Push
	stop func()

	mu         sync.Mutex
	complaints []string
}

func (k *keycloak) complain(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.complaints = append(k.complaints, fmt.Sprintf(format, args...))
}

// cmdKeycloak does one thing with a script's Keycloak, which must have had no reason to
// complain of a call so far:
//
//	start app|push           serve on loopback; the realm's address is in $KEYCLOAK
//	link VARIABLE [fetch|expired]
//	ask                      begin a login
//	ask number SHOWN CHOICE...
//	ask pin SHOWN
//	answers [ANSWER...]      these came since the start, and no others
//	forget                   know no device any more
//	stop                     serve no longer
//	close                    close the page that waits (app)
func cmdKeycloak(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 1, "keycloak start|link|ask|answers|forget|close [ARG...]")
	k := ts.Value(keycloakKey{}).(*keycloak)
	if args[0] == "start" {
		k.start(ts, args[1])
		return
	}
	k.mu.Lock()
	complaints := strings.Join(k.complaints, "\n")
	k.mu.Unlock()
	if complaints != "" {
		ts.Fatalf("the server complains:\n%s", complaints)
	}
	if args[0] == "stop" {
		k.stop()
		return
	}
	if k.app != nil {
		k.doApp(ts, args)
		return
	}
	k.doPush(ts, args)
}

func (k *keycloak) start(ts *testscript.TestScript, kind string) {
	web := httptest.NewUnstartedServer(nil)
	base := "http://" + web.Listener.Addr().String() + "/realms/demo"
	handler := map[string]func() http.Handler{
		"app":  func() http.Handler { k.app = keycloaktest.NewApp(base, k.complain); return k.app },
		"push": func() http.Handler { k.push = keycloaktest.NewPush(base, k.complain); return k.push },
	}[kind]
	web.Config.Handler = handler()
	web.Start()
	k.stop = sync.OnceFunc(func() { keepPort(web.URL); web.CloseClientConnections(); web.Close() })
	ts.Defer(k.stop)
	ts.Setenv("KEYCLOAK", base)
}

// ended is a change that makes a link one that has run out.
func ended(args []string) keycloaktest.Fields {
	if len(args) > 2 && args[2] == "expired" {
		return keycloaktest.Fields{"exp": 1}
	}
	return nil
}

func (k *keycloak) doApp(ts *testscript.TestScript, args []string) {
	switch args[0] {
	case "link":
		ts.Setenv(args[1], k.app.Link(ended(args)))
	case "ask":
		k.app.Ask("Qw3rTy0Aa9Zz", nil, nil)
	case "answers":
		sameAnswers(ts, k.app.Answers(), args[1:])
	case "forget":
		k.app.Forget()
	case "close":
		k.app.Close()
	default:
		ts.Fatalf("keycloak %s: not with the app authenticator", args[0])
	}
}

func (k *keycloak) doPush(ts *testscript.TestScript, args []string) {
	switch {
	case args[0] == "link" && slices.Contains(args, "fetch"):
		ts.Setenv(args[1], k.push.FetchLink())
	case args[0] == "link":
		ts.Setenv(args[1], k.push.Link(ended(args)))
	case args[0] == "ask" && len(args) == 1:
		k.push.Ask(nil)
	case args[0] == "ask" && args[1] == "number":
		k.push.AskNumber(args[2], args[3:]...)
	case args[0] == "ask" && args[1] == "pin":
		k.push.AskPIN(args[2])
	case args[0] == "answers":
		sameAnswers(ts, k.push.Answers(), args[1:])
	case args[0] == "forget":
		k.push.Forget()
	default:
		ts.Fatalf("keycloak %s: not with the push MFA extension", args[0])
	}
}

func sameAnswers(ts *testscript.TestScript, got, want []string) {
	if !slices.Equal(got, want) {
		ts.Fatalf("answers %q, want %q", got, want)
	}
}
