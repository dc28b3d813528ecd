package cli_test

// This file: a push service of privacyIDEA or eduMFA in the test's process, on
// loopback, and the script command that plays its administrator and sign-in page.

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"nod/approve/privacyidea/privacyideatest"
)

func init() { scriptCommands["push"] = cmdPush }

// pushKey finds a script's push service.
type pushKey struct{}

// pushes is a script's slot for it, and what the service complains about.
type pushes struct {
	server *privacyideatest.Server

	mu         sync.Mutex
	complaints []string
}

// Errorf keeps a complaint for the next command: it may come from any goroutine.
func (p *pushes) Errorf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, fmt.Sprintf(format, args...))
}

const pushUsage = `push start [edumfa]     a new service; $LINK is its pairing link
       push link NAME=VALUE...  $LINK with other parameters
       push ask [NAME=VALUE]... somebody signs in: $ID; question, title, choices, capabilities, url
       push set NAME=VALUE...   polling=deny|allow, code=TEXT, clock=DURATION, token=new|gone
       push answers             print what it was told, and how often it was told something`

// cmdPush plays the people around a push service.
func cmdPush(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 1, pushUsage)
	p := ts.Value(pushKey{}).(*pushes)
	switch verb, rest := args[0], args[1:]; verb {
	case "start":
		p.start(ts, slices.Contains(rest, "edumfa"))
	case "link":
		ts.Setenv("LINK", p.server.Link(func(q url.Values) {
			pairs(ts, rest, func(name, value string) { q.Set(name, value) })
		}))
	case "ask":
		a := p.server.Ask(func(a *privacyideatest.Ask) {
			pairs(ts, rest, func(name, value string) { setAsk(ts, a, name, value) })
		})
		ts.Setenv("ID", a.Nonce)
	case "set":
		p.server.Change(func() {
			pairs(ts, rest, func(name, value string) { p.set(ts, name, value) })
		})
	case "answers":
		p.answers(ts)
	default:
		usage(ts, false, false, pushUsage)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.complaints) > 0 {
		ts.Fatalf("the push service complains: %s", strings.Join(p.complaints, "; "))
	}
}

// pairs gives each NAME=VALUE to set.
func pairs(ts *testscript.TestScript, args []string, set func(name, value string)) {
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		usage(ts, false, ok, pushUsage)
		set(name, value)
	}
}

func (p *pushes) start(ts *testscript.TestScript, edumfa bool) {
	s := privacyideatest.New(p)
	web := httptest.NewUnstartedServer(s)
	s.URL, s.EduMFA = "http://"+web.Listener.Addr().String()+"/ttype/push", edumfa
	web.Start()
	ts.Defer(func() { web.CloseClientConnections(); web.Close() })
	p.server = s
	ts.Setenv("LINK", s.Link(nil))
	ts.Setenv("ORIGIN", web.URL)
}

func setAsk(ts *testscript.TestScript, a *privacyideatest.Ask, name, value string) {
	field, ok := map[string]*string{
		"question": &a.Question, "title": &a.Title, "choices": &a.Choices, "capabilities": &a.Capabilities, "url": &a.URL,
	}[name]
	usage(ts, false, ok, pushUsage)
	*field = value
}

// set changes the service, for which no call is answered meanwhile.
func (p *pushes) set(ts *testscript.TestScript, name, value string) {
	switch {
	case name == "polling":
		p.server.Denied = value == "deny"
	case name == "code":
		p.server.Code = value
	case name == "clock":
		offset, err := time.ParseDuration(value)
		ts.Check(err)
		p.server.Offset = offset
	case name == "token" && value == "new":
		p.server.Device, p.server.Asked = nil, nil
	case name == "token" && value == "gone":
		p.server.Device, p.server.Asked = &p.server.Key.PublicKey, nil
	default:
		usage(ts, false, false, pushUsage)
	}
}

// answers prints a line for each answer that was taken, without what differs each
// time, and one with the number of all that were sent, pairing included.
func (p *pushes) answers(ts *testscript.TestScript) {
	for _, answer := range p.server.Answers() {
		line := "answer"
		for _, name := range slices.Sorted(maps.Keys(answer)) {
			if name != "signature" {
				line += " " + name + "=" + answer[name]
			}
		}
		_, err := fmt.Fprintln(ts.Stdout(), line)
		ts.Check(err)
	}
	_, err := fmt.Fprintln(ts.Stdout(), "sent "+strconv.Itoa(p.server.Called("POST")))
	ts.Check(err)
}
