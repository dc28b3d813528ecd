package notify

// This file: a real session bus of the test's own, with a notification service on it.

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// bus starts a bus and returns its address.
func bus(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-run-session"); err != nil {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	cmd := exec.Command("dbus-run-session", "--", "sh", "-c", `echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat`)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // cat ends, and the bus with it
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// service is an org.freedesktop.Notifications that tells of its calls.
type service struct{ calls chan string }

func (s *service) Notify(app string, replaces uint32, icon, title, body string, actions []string,
	_ map[string]dbus.Variant, expire int32,
) (uint32, *dbus.Error) {
	s.calls <- fmt.Sprintf("%s %d %q %q %d actions %d ms", app, replaces, title, body, len(actions), expire)
	if replaces != 0 {
		return replaces, nil
	}
	return 7, nil
}

func (s *service) CloseNotification(id uint32) *dbus.Error {
	s.calls <- fmt.Sprintf("close %d", id)
	if id != 7 {
		return dbus.MakeFailedError(fmt.Errorf("no notification %d", id))
	}
	return nil
}

func serve(t *testing.T, address string) *service {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &service{make(chan string, 8)}
	if err := conn.Export(s, busPath, busName); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(busName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDesktop(t *testing.T) {
	address := bus(t)
	s := serve(t, address)
	n, err := New(t.Context(), env("NOD_NOTIFY", "dbus", "DBUS_SESSION_BUS_ADDRESS", address))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	e := Of("r-1", "RMS <b>\x1b", "ana@demo.test", "https://id.demo.test", "<i>&", "", time.Minute)
	early := Of("r-2", "RMS", "", "https://id.demo.test", "", "", time.Minute)
	for _, do := range []func() error{
		func() error { return n.Send(t.Context(), e) },
		func() error { return n.Send(t.Context(), e) }, // in the same place
		func() error { return n.End(t.Context(), e) },
		func() error { return n.End(t.Context(), e) },      // has gone
		func() error { return n.End(t.Context(), early) },  // ended before it was shown:
		func() error { return n.Send(t.Context(), early) }, // does not show any more
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for range len(s.calls) { // each was answered, so all are here
		got = append(got, <-s.calls)
	}
	want := []string{
		`nod 0 "nod: RMS <b> asks" "ana@demo.test, &lt;i&gt;&amp;" 0 actions 60000 ms`,
		`nod 7 "nod: RMS <b> asks" "ana@demo.test, &lt;i&gt;&amp;" 0 actions 60000 ms`,
		"close 7",
	}
	if !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

func TestNoDesktop(t *testing.T) {
	address := bus(t)
	for _, test := range []struct{ address, want string }{
		{address, "org.freedesktop.Notifications"}, // a bus without the service
		{"", "DBUS_SESSION_BUS_ADDRESS is not set"},
		{"unix:path=/nowhere/bus", "/nowhere/bus"},
	} {
		n, err := New(t.Context(), env("NOD_NOTIFY", "dbus", "DBUS_SESSION_BUS_ADDRESS", test.address))
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Send(t.Context(), Event{Request: "r"}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.address, err, test.want)
		}
		n.Close()
	}
}
