//go:build !darwin && !windows

package protect

// This file tests the keyring against a Secret Service that does what real
// ones do only at times: it prompts, hangs and gives back something else.

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// fakeService is a Secret Service with one object, which is everything that it
// has: collection, item, session and prompt.
type fakeService struct {
	hang     chan bool       // when set, the service waits for it
	prompt   dbus.ObjectPath // what asks for a prompt
	items    []dbus.ObjectPath
	locked   []dbus.ObjectPath // items
	value    string            // of all items
	getErr   string            // D-Bus error of GetSecret
	asked    atomic.Int32
	released atomic.Int32 // prompts dismissed
}

const fakePath = dbus.ObjectPath("/org/freedesktop/secrets/fake")

func (f *fakeService) ReadAlias(string) (dbus.ObjectPath, *dbus.Error) {
	if f.hang != nil {
		<-f.hang
	}
	return fakePath, nil
}

func (f *fakeService) SearchItems(map[string]string) (unlocked, locked []dbus.ObjectPath, err *dbus.Error) {
	if f.hang != nil {
		<-f.hang
	}
	return f.items, f.locked, nil
}

func (f *fakeService) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), fakePath, nil
}

func (f *fakeService) Get(string, string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(false), nil // property Locked
}

func (f *fakeService) CreateItem(map[string]dbus.Variant, busSecret, bool) (item, prompt dbus.ObjectPath, err *dbus.Error) {
	return noObject, f.prompt, nil
}

func (f *fakeService) GetSecret(dbus.ObjectPath) (busSecret, *dbus.Error) {
	if f.getErr != "" {
		return busSecret{Session: fakePath}, dbus.NewError(f.getErr, nil)
	}
	return busSecret{fakePath, []byte{}, []byte(f.value), "text/plain"}, nil
}

func (f *fakeService) Delete() (dbus.ObjectPath, *dbus.Error) { return f.prompt, nil }

func (f *fakeService) Prompt(string) *dbus.Error {
	f.asked.Add(1)
	return nil
}

func (f *fakeService) Dismiss() *dbus.Error {
	f.released.Add(1)
	return nil
}

// serve puts f on a bus of its own until the test ends.
func (f *fakeService) serve(t *testing.T) {
	t.Helper()
	startBus(t)
	conn := joinBus(t)
	for _, path := range []dbus.ObjectPath{secretsPath, fakePath} {
		for _, name := range []string{
			secretsAPI + "Service", secretsAPI + "Collection", secretsAPI + "Item",
			secretsAPI + "Prompt", "org.freedesktop.DBus.Properties",
		} {
			if err := conn.Export(f, path, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if reply, err := conn.RequestName(secretsName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("%v, %v", reply, err)
	}
}

func TestPromptsAreNeverShown(t *testing.T) {
	f := &fakeService{prompt: fakePath, items: []dbus.ObjectPath{fakePath}}
	f.serve(t)
	limitKeyring(t, time.Minute)
	if _, _, err := (SystemKeyring{}).Seal(SlotID{1}, nil); !errors.Is(err, errKeyringLocked) {
		t.Errorf("seal: %v", err)
	}
	if err := (SystemKeyring{}).Forget(SlotID{1}); !errors.Is(err, errKeyringLocked) {
		t.Errorf("forget: %v", err)
	}
	if asked, released := f.asked.Load(), f.released.Load(); asked != 0 || released != 2 {
		t.Errorf("%d prompts shown and %d dismissed, want 0 and 2", asked, released)
	}
}

// TestKeyringAdvice: what is said where the keyring does not open has to be
// possible without opening the vault.
func TestKeyringAdvice(t *testing.T) {
	for _, err := range []error{errKeyringSlow, errKeyringLocked} {
		if strings.Contains(err.Error(), "in another way") {
			t.Errorf("%q asks for what takes the PIN", err)
		}
	}
}

func TestKeyringThatHangs(t *testing.T) {
	f := &fakeService{hang: make(chan bool)}
	f.serve(t)
	defer close(f.hang)
	limitKeyring(t, 300*time.Millisecond)
	wantKeyringErrors(t, errKeyringSlow)
}

func TestItemsThatAreNoParts(t *testing.T) {
	item := []dbus.ObjectPath{fakePath}
	good := strings.Repeat("A", 43) + "="
	for name, c := range map[string]struct {
		f    *fakeService
		want string // "" is no error
	}{
		"good":         {&fakeService{items: item, value: good}, ""},
		"empty":        {&fakeService{items: item}, "base64"},
		"short":        {&fakeService{items: item, value: good[4:]}, "base64"},
		"long":         {&fakeService{items: item, value: "AAAA" + good}, "base64"},
		"not base64":   {&fakeService{items: item, value: strings.Repeat("?", 44)}, "base64"},
		"locked":       {&fakeService{locked: item}, "locked"},
		"locked alone": {&fakeService{items: item, getErr: secretsAPI + "Error.IsLocked"}, "locked"},
		"broken":       {&fakeService{items: item, getErr: "test.demo.Broken"}, "test.demo.Broken"},
		"none":         {&fakeService{}, errNoItem.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			c.f.serve(t)
			limitKeyring(t, time.Minute)
			_, err := (SystemKeyring{}).Open(SlotID{1}, nil, nil)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestKeyringThatDoesNotKeepWhatItGets(t *testing.T) {
	f := &fakeService{prompt: noObject, items: []dbus.ObjectPath{fakePath}, value: strings.Repeat("A", 43) + "="}
	f.serve(t)
	limitKeyring(t, time.Minute)
	if secret, _, err := (SystemKeyring{}).Seal(SlotID{1}, nil); err == nil || secret != nil {
		t.Errorf("%x, %v", secret, err)
	}
}
