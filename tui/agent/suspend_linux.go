package agent

// This file locks the agent with the machine: before it sleeps, when logind locks the
// session, and when the screen saver comes on. Who tells: logind on the system bus
// (org.freedesktop.login1(5)), the desktop's screen saver on the session bus.

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	login1        = "org.freedesktop.login1"
	login1Manager = login1 + ".Manager"
	login1Session = login1 + ".Session"
	activeChanged = "ActiveChanged" // true: the screen saver came on
)

// screenSavers are the interfaces of the desktops' screen savers, which are alike: only
// KDE has that of freedesktop.org.
var screenSavers = []string{
	"org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver", "org.mate.ScreenSaver", "org.xfce.ScreenSaver",
}

// A bus that was lost is asked for again after reconnectFirst, and twice as long each
// time, up to reconnectMost.
const (
	reconnectFirst = 100 * time.Millisecond
	reconnectMost  = time.Minute
)

// LockWithMachine locks s before the machine sleeps and when the screen is locked,
// until ctx ends. Sleep waits for the lock, by logind's delay inhibitor. A bus that is
// not there yet, or goes away, is connected to later; Status.Deaf tells of one that was
// heard before. The log says when none can be reached at first; a machine without logind
// or a desktop is no error.
func LockWithMachine(ctx context.Context, s *Server) {
	system, serr := systemBus(ctx)
	session, derr := sessionBus(ctx)
	if serr != nil && derr != nil {
		s.k.config.Say("nobody tells yet when the machine sleeps or its screen is locked: %v; %v", serr, derr)
	}
	var hearing sync.WaitGroup
	hearing.Go(func() { s.keepHearing(ctx, "that the machine goes to sleep", system, systemBus, hearLogind) })
	hearing.Go(func() { s.keepHearing(ctx, "that the screen is locked", session, sessionBus, hearScreen) })
	hearing.Wait()
}

// keepHearing calls hear with bus, where it is not nil, and then with each next one that
// connect gives. hear closes its bus, and calls hears once it will be told.
func (s *Server) keepHearing(ctx context.Context, what string, bus *dbus.Conn, connect func(context.Context) (*dbus.Conn, error),
	hear func(ctx context.Context, bus *dbus.Conn, s *Server, hears func()),
) {
	wait, heard := reconnectFirst, false
	for {
		since := time.Now()
		if bus != nil {
			hear(ctx, bus, s, func() {
				heard = true
				s.k.hears(what, true)
			})
		}
		if ctx.Err() != nil {
			return
		}
		if heard {
			s.k.hears(what, false)
		}
		if time.Since(since) > reconnectMost {
			wait = reconnectFirst
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, reconnectMost)
		var err error
		if bus, err = connect(ctx); err != nil {
			bus = nil
		}
	}
}

func systemBus(ctx context.Context) (*dbus.Conn, error) {
	return dbus.ConnectSystemBus(dbus.WithContext(ctx))
}

// sessionBus connects to the desktop's bus, but starts none.
func sessionBus(ctx context.Context) (*dbus.Conn, error) {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return nil, errors.New("no session bus")
	}
	return dbus.ConnectSessionBus(dbus.WithContext(ctx))
}

// hearLogind locks s at PrepareForSleep and at the Lock signal of the user's sessions.
// Only logind is heard: anybody may send signals on the system bus.
func hearLogind(ctx context.Context, bus *dbus.Conn, s *Server, hears func()) {
	defer bus.Close()
	news, err := signals(ctx, bus,
		[]dbus.MatchOption{dbus.WithMatchSender(login1), dbus.WithMatchInterface(login1Manager), dbus.WithMatchMember("PrepareForSleep")},
		[]dbus.MatchOption{dbus.WithMatchSender(login1), dbus.WithMatchInterface(login1Session), dbus.WithMatchMember("Lock")})
	if err != nil {
		return
	}
	hears()
	hold := inhibit(ctx, bus)
	defer func() { release(hold) }()
	hear(ctx, news, func(sig *dbus.Signal) {
		switch sig.Name {
		case login1Manager + ".PrepareForSleep":
			if going, _ := first[bool](sig.Body); going {
				s.Lock("the machine went to sleep")
				release(hold) // now it may
				hold = -1
			} else if hold < 0 {
				hold = inhibit(ctx, bus)
			}
		case login1Session + ".Lock":
			if ownSession(ctx, bus, sig.Path) {
				s.Lock("the screen was locked")
			}
		}
	})
}

// signals has bus send the signals that match one of matches.
func signals(ctx context.Context, bus *dbus.Conn, matches ...[]dbus.MatchOption) (<-chan *dbus.Signal, error) {
	news := make(chan *dbus.Signal, 16)
	bus.Signal(news)
	for _, m := range matches {
		if err := bus.AddMatchSignalContext(ctx, m...); err != nil {
			return nil, err
		}
	}
	return news, nil
}

// hear calls do with each signal until ctx ends or the bus does.
func hear(ctx context.Context, news <-chan *dbus.Signal, do func(*dbus.Signal)) {
	for {
		select {
		case <-ctx.Done():
			return
		case sig, ok := <-news:
			if !ok {
				return
			}
			do(sig)
		}
	}
}

// inhibit delays sleep until the descriptor is closed; -1 when logind does not let us.
func inhibit(ctx context.Context, bus *dbus.Conn) int {
	var fd dbus.UnixFD
	err := bus.Object(login1, "/org/freedesktop/login1").
		CallWithContext(ctx, login1Manager+".Inhibit", 0, "sleep", "nod", "locks the vault", "delay").Store(&fd)
	if err != nil {
		return -1
	}
	return int(fd)
}

func release(fd int) {
	if fd >= 0 {
		_ = syscall.Close(fd)
	}
}

// ownSession tells whether a session is this user's; one that can not be asked is.
func ownSession(ctx context.Context, bus *dbus.Conn, path dbus.ObjectPath) bool {
	var v dbus.Variant
	err := bus.Object(login1, path).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, login1Session, "User").Store(&v)
	if err != nil {
		return true
	}
	user, ok := v.Value().([]any) // (uo)
	if !ok || len(user) == 0 {
		return true
	}
	uid, ok := user[0].(uint32)
	return !ok || int(uid) == os.Getuid()
}

// hearScreen locks s when the screen saver comes on.
func hearScreen(ctx context.Context, bus *dbus.Conn, s *Server, hears func()) {
	defer bus.Close()
	var matches [][]dbus.MatchOption
	var names []string
	for _, name := range screenSavers {
		matches = append(matches, []dbus.MatchOption{dbus.WithMatchInterface(name), dbus.WithMatchMember(activeChanged)})
		names = append(names, name+"."+activeChanged)
	}
	news, err := signals(ctx, bus, matches...)
	if err != nil {
		return
	}
	hears()
	hear(ctx, news, func(sig *dbus.Signal) {
		if on, _ := first[bool](sig.Body); on && slices.Contains(names, sig.Name) {
			s.Lock("the screen was locked")
		}
	})
}

// first is the first value of a signal.
func first[T any](body []any) (value T, ok bool) {
	if len(body) == 0 {
		return value, false
	}
	value, ok = body[0].(T)
	return value, ok
}
