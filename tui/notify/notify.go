// Package notify tells a person of a login request while they look elsewhere: by
// the terminal's bell and its notifications, by the desktop over D-Bus, and by a
// command of the person's own. A notification only tells: none of them can answer
// a request, and none holds a code, a number or a PIN.
//
// It writes nothing to a terminal; who owns that writes what Sequence returns.
package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Way is a way to tell.
type Way string

// The ways. Each but Bell and DBus is a sequence that some terminals know.
const (
	Bell   Way = "bell"
	OSC9   Way = "osc9"   // iTerm2, Windows Terminal
	OSC777 Way = "osc777" // urxvt, foot, ghostty, WezTerm
	OSC99  Way = "osc99"  // kitty
	DBus   Way = "dbus"   // the desktop's org.freedesktop.Notifications
)

// Ways are all of them.
var Ways = []Way{Bell, OSC9, OSC777, OSC99, DBus}

// Event is what a notification tells of, and the JSON that the person's command gets.
type Event struct {
	Schema      int    `json:"schema"`  // 1
	Event       string `json:"event"`   // "request"; "test" of nod doctor notify
	Request     string `json:"request"` // its id
	App         string `json:"app"`
	Account     string `json:"account"`
	Server      string `json:"server"`
	IP          string `json:"ip"`
	Place       string `json:"place"`
	SecondsLeft int    `json:"seconds_left"`
}

// Of is the event of a request that waits for left.
func Of(id, app, account, server, ip, place string, left time.Duration) Event {
	return Event{
		Schema: 1, Event: "request", Request: id, App: app, Account: account, Server: server,
		IP: ip, Place: place, SecondsLeft: max(0, int(left.Seconds())),
	}
}

// title and body are what a person reads.
func (e Event) title() string {
	if e.Event == "test" {
		return "nod: a test"
	}
	return "nod: " + firstOf(e.App, e.Server, "a site") + " asks"
}

func (e Event) body() string {
	if e.Event == "test" {
		return "Login requests will show like this."
	}
	return strings.Join(slices.DeleteFunc([]string{e.Account, e.IP, e.Place}, func(s string) bool { return s == "" }), ", ")
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// Notifier tells in the ways that it was made with. Its methods may be called from
// several goroutines.
type Notifier struct {
	Ways    []Way    // none: tell nobody
	Command []string // program and arguments; nil: none
	Forced  bool     // the person has named the ways, nod has not chosen them

	getenv func(string) string
	mu     sync.Mutex
	desk   *desktop
}

// New reads $NOD_NOTIFY, a list of ways with commas, "none" or "auto", and
// $NOD_NOTIFY_CMD. Without a list it chooses what the terminal is known to show. The
// error names the variable that is wrong.
func New(ctx context.Context, getenv func(string) string) (*Notifier, error) {
	n := &Notifier{getenv: getenv}
	var err error
	if n.Command, err = parseCommand(getenv("NOD_NOTIFY_CMD")); err != nil {
		return nil, err
	}
	list := strings.TrimSpace(getenv("NOD_NOTIFY"))
	if list == "" || list == "auto" {
		n.Ways = choose(ctx, getenv)
		return n, nil
	}
	n.Forced = true
	for name := range strings.SplitSeq(list, ",") {
		switch way := Way(strings.TrimSpace(name)); {
		case way == "none" && list == "none":
		case !slices.Contains(Ways, way):
			return nil, fmt.Errorf("NOD_NOTIFY: there is no way %q to notify", name)
		case !slices.Contains(n.Ways, way):
			n.Ways = append(n.Ways, way)
		}
	}
	return n, nil
}

// Sequence is what the terminal gets for e; "" when nothing.
func (n *Notifier) Sequence(e Event) string {
	var b strings.Builder
	for _, w := range n.Ways {
		b.WriteString(sequence(n.getenv, w, e))
	}
	return b.String()
}

// EndSequence takes back what Sequence showed for e; "" where that can not be.
func (n *Notifier) EndSequence(e Event) string {
	if slices.Contains(n.Ways, OSC99) {
		return closeOSC99(n.getenv, e)
	}
	return ""
}

// Send tells in the ways that are no sequences. It tries both; an error says which
// did not work, and is no reason to stop.
func (n *Notifier) Send(ctx context.Context, e Event) error {
	return errors.Join(n.Desktop(ctx, e), n.Run(ctx, e))
}

// Desktop tells over D-Bus, if that is one of the ways.
func (n *Notifier) Desktop(ctx context.Context, e Event) error {
	if !slices.Contains(n.Ways, DBus) {
		return nil
	}
	if err := n.desktop().show(ctx, e); err != nil {
		return fmt.Errorf("notify by D-Bus: %w", err)
	}
	return nil
}

// Run runs the person's command, if there is one, for at most CommandLimit.
func (n *Notifier) Run(ctx context.Context, e Event) error { return runCommand(ctx, n.Command, e) }

// End takes the desktop's notification of e away.
func (n *Notifier) End(ctx context.Context, e Event) error {
	if !slices.Contains(n.Ways, DBus) {
		return nil
	}
	return n.desktop().end(ctx, e)
}

// Close leaves the bus. Some desktops then take away what is still shown.
func (n *Notifier) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.desk != nil {
		n.desk.close()
	}
}

func (n *Notifier) desktop() *desktop {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.desk == nil {
		n.desk = &desktop{address: n.getenv("DBUS_SESSION_BUS_ADDRESS"), shown: map[string]uint32{}, over: map[string]bool{}}
	}
	return n.desk
}
