package notify

// This file: the desktop's notifications, https://specifications.freedesktop.org/notification-spec.

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"nod/tui/escape"
)

const (
	busName  = "org.freedesktop.Notifications"
	busPath  = dbus.ObjectPath("/org/freedesktop/Notifications")
	busLimit = 5 * time.Second // of one call
)

// desktop shows notifications over the session bus, and stays connected: some
// desktops take away what a program showed that has left.
type desktop struct {
	address string
	mu      sync.Mutex
	conn    *dbus.Conn
	shown   map[string]uint32 // the desktop's number, by key
	over    map[string]bool   // ended before they were shown, by key
}

// connect joins the bus. The caller holds mu.
func (d *desktop) connect() error {
	if d.conn != nil && d.conn.Connected() {
		return nil
	}
	if d.address == "" {
		return errors.New("there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set")
	}
	conn, err := dbus.Connect(d.address)
	if err != nil {
		return err
	}
	d.conn = conn
	return nil
}

// call calls a method of the service. The caller holds mu.
func (d *desktop) call(ctx context.Context, method string, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(ctx, busLimit)
	defer cancel()
	return d.conn.Object(busName, busPath).CallWithContext(ctx, busName+"."+method, 0, args...)
}

// show tells of e; when it already has, in the same place. There are no actions: a
// click may not answer.
func (d *desktop) show(ctx context.Context, e Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over[key(e)] {
		return nil
	}
	if err := d.connect(); err != nil {
		return err
	}
	var number uint32
	err := d.call(ctx, "Notify",
		"nod", d.shown[key(e)], "dialog-password", escape.Text(e.title(), maxTitle), markup(escape.Text(e.body(), maxBody)), []string{},
		map[string]dbus.Variant{"category": dbus.MakeVariant("im.received"), "transient": dbus.MakeVariant(true)},
		int32(max(e.SecondsLeft, 0))*1000,
	).Store(&number)
	if err == nil {
		d.shown[key(e)] = number
	}
	return err
}

// end takes the notification of e away, if it was shown.
func (d *desktop) end(ctx context.Context, e Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	number, ok := d.shown[key(e)]
	if !ok || d.conn == nil {
		d.over[key(e)] = true
		return nil
	}
	delete(d.shown, key(e))
	err := d.call(ctx, "CloseNotification", number).Err
	if _, refused := errors.AsType[dbus.Error](err); refused {
		return nil // the person has closed it already
	}
	return err
}

func (d *desktop) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		_ = d.conn.Close()
	}
}

// key names a request among all servers.
func key(e Event) string { return e.Server + "/" + e.Request }

// markup writes a text that may not be read as the markup that bodies can have.
func markup(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
