package agent

// This file: a real message bus with what logind and a screen saver say on it.

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// logind is as much of it as the agent asks.
type logind struct {
	t     *testing.T
	held  chan [2]*os.File // both ends of each inhibitor; ours first
	owner chan uint32      // of the session that is asked for next
}

func (l *logind) Inhibit(what, who, _, mode string) (dbus.UnixFD, *dbus.Error) {
	if what != "sleep" || who != "nod" || mode != "delay" {
		l.t.Errorf("inhibits %s %s %s", what, who, mode)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.held <- [2]*os.File{r, w} // w has to stay open until godbus has sent it
	return dbus.UnixFD(w.Fd()), nil
}

func (l *logind) Get(_, _ string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(struct {
		UID  uint32
		Path dbus.ObjectPath
	}{<-l.owner, "/org/freedesktop/login1/user/x"}), nil
}

func skipWithoutBus(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatal("with NOD_TEST_REAL=1:", err)
		}
		t.Skip(err)
	}
}

// startBus starts a message bus of its own and returns its address.
func startBus(t *testing.T) string {
	t.Helper()
	skipWithoutBus(t)
	address, _ := startBusAt(t, "unix:path="+socketPath(t))
	return address
}

// startBusAt starts one at an address; end ends it.
func startBusAt(t *testing.T, address string) (whole string, end func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--print-address", "--address="+address)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	t.Cleanup(end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), end
}

func TestLockWithMachine(t *testing.T) {
	system, session := startBus(t), startBus(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", system)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", session)
	bus, err := dbus.Connect(system)
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	l := &logind{t: t, held: make(chan [2]*os.File, 4), owner: make(chan uint32)}
	for path, iface := range map[dbus.ObjectPath]string{
		"/org/freedesktop/login1":            login1Manager,
		"/org/freedesktop/login1/session/c1": "org.freedesktop.DBus.Properties",
	} {
		if err := bus.Export(l, path, iface); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := bus.RequestName(login1, 0); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(r, err)
	}
	place, _ := newVault(t)
	s := NewServer(Config{Place: place})
	t.Cleanup(s.Close)
	ctx, cancel := context.WithCancel(t.Context())
	s.k.hears("that the screen is locked", false) // until it does
	var locking sync.WaitGroup
	locking.Go(func() { LockWithMachine(ctx, s) })
	inhibited := func() { // it listens to logind
		t.Helper()
		hold := <-l.held
		t.Cleanup(func() { hold[0].Close(); hold[1].Close() })
	}
	inhibited()
	waitFor(t, "it listens to the desktop", func() bool { return len(s.k.status().Deaf) == 0 })

	unlock := func() {
		t.Helper()
		if err := s.k.unlock(pin(testPIN), 0); err != nil {
			t.Fatal(err)
		}
	}
	lockedBy := func(why string) {
		t.Helper()
		waitFor(t, "locked: "+why, func() bool { is, by := lockState(s.k); return is && by == why })
	}
	say := func(on *dbus.Conn, path dbus.ObjectPath, name string, values ...any) {
		t.Helper()
		if err := on.Emit(path, name, values...); err != nil {
			t.Fatal(err)
		}
	}

	unlock()
	say(bus, "/org/freedesktop/login1", login1Manager+".PrepareForSleep", true)
	lockedBy("the machine went to sleep")
	say(bus, "/org/freedesktop/login1", login1Manager+".PrepareForSleep", false)
	inhibited() // and asks to be waited for the next time

	unlock()
	say(bus, "/org/freedesktop/login1/session/c1", login1Session+".Lock")
	l.owner <- uint32(os.Getuid())
	lockedBy("the screen was locked")

	desktop, err := dbus.Connect(session)
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	for _, saver := range []string{"freedesktop", "gnome", "cinnamon", "mate", "xfce"} {
		unlock()
		say(desktop, dbus.ObjectPath("/org/"+saver+"/ScreenSaver"), "org."+saver+".ScreenSaver.ActiveChanged", false)
		say(desktop, dbus.ObjectPath("/org/"+saver+"/ScreenSaver"), "org."+saver+".ScreenSaver.ActiveChanged", true)
		lockedBy("the screen was locked")
	}

	// Another user's session is none of ours.
	unlock()
	say(bus, "/org/freedesktop/login1/session/c1", login1Session+".Lock")
	l.owner <- uint32(os.Getuid()) + 1
	say(bus, "/org/freedesktop/login1", login1Manager+".PrepareForSleep", true)
	lockedBy("the machine went to sleep") // it came second, and the first did nothing
	cancel()
	locking.Wait()
}

// TestBusRestarts: the agent hears what a bus tells that came later than the agent, and
// one that went away and came back.
func TestBusRestarts(t *testing.T) {
	skipWithoutBus(t)
	path := "unix:path=" + socketPath(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+socketPath(t)) // there is none
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", path)
	place, _ := newVault(t)
	said := make(chan string, 16)
	s := NewServer(Config{Place: place, Say: func(format string, args ...any) {
		select {
		case said <- fmt.Sprintf(format, args...):
		default:
		}
	}})
	t.Cleanup(s.Close)
	ctx, cancel := context.WithCancel(t.Context())
	var locking sync.WaitGroup
	locking.Go(func() { LockWithMachine(ctx, s) })

	locks := func() {
		t.Helper()
		if err := s.k.unlock(pin(testPIN), 0); err != nil {
			t.Fatal(err)
		}
		desktop, err := dbus.Connect(path)
		if err != nil {
			t.Fatal(err)
		}
		defer desktop.Close()
		waitFor(t, "locked by the screen saver", func() bool { // it may not listen yet
			if err := desktop.Emit("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", true); err != nil {
				t.Fatal(err)
			}
			is, by := lockState(s.k)
			return is && by == "the screen was locked"
		})
	}
	if first := <-said; !strings.HasPrefix(first, "nobody tells yet") {
		t.Errorf("it began with %q", first)
	}
	_, end := startBusAt(t, path)
	locks()
	for range 2 {
		end()
		waitFor(t, "it says that it is deaf", func() bool {
			d := s.k.status().Deaf
			return len(d) == 1 && d[0] == "that the screen is locked"
		})
		_, end = startBusAt(t, path)
		waitFor(t, "it hears again", func() bool { return len(s.k.status().Deaf) == 0 })
		locks()
	}
	cancel()
	locking.Wait()
	news := 0
	for len(said) > 0 {
		if strings.Contains(<-said, "heard") {
			news++
		}
	}
	if news != 4 {
		t.Errorf("the log has %d lines of a bus that went and came twice", news)
	}
}
