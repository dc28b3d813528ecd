//go:build !darwin && !windows

package protect

// This file keeps items in the Secret Service of the session bus, as
// https://specifications.freedesktop.org/secret-service-spec 0.2 has it. It
// speaks to the service itself because a library for it waits for the answer
// to a prompt, starts dbus-launch, and needs cgo on FreeBSD. Secrets travel in
// the session type "plain": who can read this person's bus can also ask for
// the item.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"
)

// The names of the Secret Service.
const (
	secretsName = "org.freedesktop.secrets"
	secretsPath = dbus.ObjectPath("/org/freedesktop/secrets")
	secretsAPI  = "org.freedesktop.Secret."
	noObject    = dbus.ObjectPath("/") // stands for "none" in answers
)

// errKeyringLocked says that only a prompt would open the keyring.
var errKeyringLocked = errors.New("it is locked: log in at the desktop or unlock it there")

// busSecret is the structure Secret of the service.
type busSecret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// secretService is a connection to the Secret Service that ends with ctx.
type secretService struct {
	ctx  context.Context
	conn *dbus.Conn
}

func keyringReady(ctx context.Context) error {
	s, err := openSecretService(ctx)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	_, err = s.collection()
	return err
}

func keyringPut(ctx context.Context, account string, text []byte) error {
	s, err := openSecretService(ctx)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	into, err := s.collection()
	if err != nil {
		return err
	}
	session, err := s.session()
	if err != nil {
		return err
	}
	item := map[string]dbus.Variant{
		secretsAPI + "Item.Label":      dbus.MakeVariant(keyringLabel),
		secretsAPI + "Item.Attributes": dbus.MakeVariant(attributes(account)),
	}
	secret := busSecret{session, []byte{}, text, "text/plain"}
	var made, prompt dbus.ObjectPath
	err = s.call(into, "Collection.CreateItem", item, secret, true).Store(&made, &prompt)
	return s.unasked(prompt, err)
}

func keyringGet(ctx context.Context, account string) ([]byte, error) {
	s, err := openSecretService(ctx)
	if err != nil {
		return nil, err
	}
	defer s.conn.Close()
	items, err := s.find(account)
	if err != nil {
		return nil, err
	}
	session, err := s.session()
	if err != nil {
		return nil, err
	}
	var secret busSecret
	if err := s.call(items[0], "Item.GetSecret", session).Store(&secret); err != nil {
		return nil, plainError(err)
	}
	return secret.Value, nil
}

func keyringDelete(ctx context.Context, account string) error {
	s, err := openSecretService(ctx)
	if err != nil {
		return err
	}
	defer s.conn.Close()
	items, err := s.find(account)
	for _, item := range items {
		var prompt dbus.ObjectPath
		if err = s.call(item, "Item.Delete").Store(&prompt); err != nil || prompt != noObject {
			return s.unasked(prompt, err)
		}
	}
	return err
}

// openSecretService connects to the service. Where the bus knows how to start
// it, the bus may do so; nothing starts a bus.
func openSecretService(ctx context.Context) (s secretService, err error) {
	address, err := sessionBus()
	if err != nil {
		return s, err
	}
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return s, fmt.Errorf("the session bus has ended: %w", ErrAbsent)
	}
	if err != nil {
		return s, fmt.Errorf("connect to session bus: %w", err)
	}
	defer func() {
		if err != nil {
			conn.Close()
		}
	}()
	var owned bool
	var startable []string
	bus := conn.BusObject()
	if err := bus.CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&owned); err != nil {
		return s, fmt.Errorf("ask session bus: %w", err)
	}
	if err := bus.CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&startable); err != nil {
		return s, fmt.Errorf("ask session bus: %w", err)
	}
	if !owned && !slices.Contains(startable, secretsName) {
		return s, fmt.Errorf("no keyring runs in this session: %w", ErrAbsent)
	}
	return secretService{ctx, conn}, nil
}

// sessionBus returns the address of the session bus that runs already.
func sessionBus() (string, error) {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return address, nil
	}
	socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
	if _, err := os.Stat(socket); err != nil || !filepath.IsAbs(socket) {
		return "", fmt.Errorf("there is no session bus: %w", ErrAbsent)
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket), nil
}

// call calls a method of the interfaces of the Secret Service.
func (s secretService) call(object dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return s.conn.Object(secretsName, object).CallWithContext(s.ctx, secretsAPI+method, 0, args...)
}

// session opens a session without encryption; it ends with the connection.
func (s secretService) session() (path dbus.ObjectPath, err error) {
	var none dbus.Variant
	err = s.call(secretsPath, "Service.OpenSession", "plain", dbus.MakeVariant("")).Store(&none, &path)
	return path, plainError(err)
}

// collection returns the collection for new items, which is unlocked.
func (s secretService) collection() (dbus.ObjectPath, error) {
	for _, alias := range []string{"default", "login"} {
		var path dbus.ObjectPath
		if err := s.call(secretsPath, "Service.ReadAlias", alias).Store(&path); err != nil {
			return "", plainError(err)
		}
		if path == noObject {
			continue
		}
		var locked bool
		err := s.conn.Object(secretsName, path).CallWithContext(s.ctx, "org.freedesktop.DBus.Properties.Get", 0,
			secretsAPI+"Collection", "Locked").Store(&locked)
		if err == nil && locked {
			err = errKeyringLocked
		}
		return path, plainError(err)
	}
	return "", fmt.Errorf("the keyring was never set up, log in at the desktop to do so: %w", ErrAbsent)
}

// find returns the items of an account, one at least, which are unlocked. It
// looks into all collections: the default one may be another now.
func (s secretService) find(account string) ([]dbus.ObjectPath, error) {
	var items, locked []dbus.ObjectPath
	err := s.call(secretsPath, "Service.SearchItems", attributes(account)).Store(&items, &locked)
	switch {
	case err != nil:
		return nil, plainError(err)
	case len(items) > 0:
		return items, nil
	case len(locked) > 0:
		return nil, errKeyringLocked
	}
	// Some services do not tell what a locked collection holds.
	if _, err := s.collection(); err != nil {
		return nil, err
	}
	return nil, errNoItem
}

// unasked returns err, or errKeyringLocked when the service would do its work
// only after a prompt, which is dismissed and never shown.
func (s secretService) unasked(prompt dbus.ObjectPath, err error) error {
	if err != nil {
		return plainError(err)
	}
	if prompt == noObject {
		return nil
	}
	_ = s.call(prompt, "Prompt.Dismiss").Err // the prompt ends with the connection anyway
	return errKeyringLocked
}

// attributes find an item again. Their names are those that most programs use.
func attributes(account string) map[string]string {
	return map[string]string{"service": keyringService, "username": account}
}

// plainError says what err means to the person.
func plainError(err error) error {
	if e, ok := errors.AsType[dbus.Error](err); ok && e.Name == secretsAPI+"Error.IsLocked" {
		return errKeyringLocked
	}
	return err
}
