//go:build !darwin && !windows

package source

// This file: the screenshot of xdg-desktop-portal, which every desktop under
// Wayland offers to programs, as
// https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Screenshot.html
// has it. It puts the picture into a file of its own choice.

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	portalName  = "org.freedesktop.portal.Desktop"
	portalPath  = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	portalShot  = "org.freedesktop.portal.Screenshot.Screenshot"
	portalReply = "org.freedesktop.portal.Request.Response"
	portalTool  = "xdg portal"
)

// busLimit is the time to ask who is on the bus. A variable for the tests.
var busLimit = 2 * time.Second

// The answers of a request.
const (
	portalDone      = 0
	portalCancelled = 1
)

// portalWay asks the portal, which has the person choose where interactive.
func portalWay(interactive bool) way {
	return way{ready: portalReady, get: func(ctx context.Context, d Desk) (Take, error) {
		limit := toolLimit
		if interactive {
			limit = personLimit
		}
		timed, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		t, err := d.portal(timed, interactive)
		switch {
		case err == nil, errors.Is(err, ErrNothingChosen):
			return t, err
		case ctx.Err() != nil:
			return Take{}, ctx.Err()
		case timed.Err() != nil:
			err = fmt.Errorf("it did not answer within %s", limit)
		}
		return Take{}, &ToolError{Tool: portalTool, Text: short(err.Error()), Err: err}
	}}
}

// portalReady tells whether a portal is on the session bus or can be started.
func portalReady(ctx context.Context, d Desk) bool {
	ctx, cancel := context.WithTimeout(ctx, busLimit)
	defer cancel()
	conn, err := d.bus(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	var owned bool
	var startable []string
	bus := conn.BusObject()
	if err := bus.CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, portalName).Store(&owned); err != nil || owned {
		return owned && err == nil
	}
	err = bus.CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&startable)
	return err == nil && slices.Contains(startable, portalName)
}

// bus connects to the session bus that runs already.
func (d Desk) bus(ctx context.Context) (*dbus.Conn, error) {
	address := d.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" || strings.HasPrefix(address, "autolaunch:") {
		socket := filepath.Join(d.Getenv("XDG_RUNTIME_DIR"), "bus")
		if _, err := os.Stat(socket); err != nil || !filepath.IsAbs(socket) {
			return nil, errors.New("there is no session bus")
		}
		address = "unix:path=" + dbus.EscapeBusAddressValue(socket)
	}
	return dbus.Connect(address, dbus.WithContext(ctx))
}

// portal asks for a screenshot, reads it and removes its file.
func (d Desk) portal(ctx context.Context, interactive bool) (Take, error) {
	conn, err := d.bus(ctx)
	if err != nil {
		return Take{}, err
	}
	defer conn.Close()
	// The request's path is known before it is made, so that no answer is missed.
	token := "nod" + rand.Text()
	sender := strings.ReplaceAll(strings.TrimPrefix(conn.Names()[0], ":"), ".", "_")
	request := portalPath + dbus.ObjectPath("/request/"+sender+"/"+token)
	answers := make(chan *dbus.Signal, 4)
	conn.Signal(answers)
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(portalName), dbus.WithMatchInterface("org.freedesktop.portal.Request"), dbus.WithMatchMember("Response")); err != nil {
		return Take{}, err
	}
	options := map[string]dbus.Variant{
		"handle_token": dbus.MakeVariant(token),
		"interactive":  dbus.MakeVariant(interactive),
		"modal":        dbus.MakeVariant(false),
	}
	var handle dbus.ObjectPath
	if err := conn.Object(portalName, portalPath).CallWithContext(ctx, portalShot, 0, "", options).Store(&handle); err != nil {
		return Take{}, err
	}
	for {
		select {
		case <-ctx.Done():
			_ = conn.Object(portalName, handle).Go("org.freedesktop.portal.Request.Close", dbus.FlagNoReplyExpected, nil)
			return Take{}, ctx.Err()
		case s, open := <-answers:
			if !open {
				return Take{}, errors.New("the session bus has ended")
			}
			if s.Name == portalReply && (s.Path == handle || s.Path == request) {
				return portalPicture(s.Body)
			}
		}
	}
}

// portalPicture reads the picture that an answer names.
func portalPicture(body []any) (Take, error) {
	var status uint32
	var results map[string]dbus.Variant
	if err := dbus.Store(body, &status, &results); err != nil {
		return Take{}, fmt.Errorf("its answer can not be read: %w", err)
	}
	if status == portalCancelled {
		return Take{}, ErrNothingChosen
	}
	address, _ := results["uri"].Value().(string)
	path := localPath(address)
	if status != portalDone || path == "" {
		return Take{}, errors.New("it took no picture")
	}
	data, err := readFile(path)
	if err != nil {
		return Take{}, errors.New("its picture can not be read")
	}
	// The file was made for this one question, and it holds a secret.
	if err := os.Remove(path); err != nil {
		return Take{}, fmt.Errorf("its picture %s is still there: delete it", path)
	}
	return Take{Pictures: [][]byte{data}}, nil
}
