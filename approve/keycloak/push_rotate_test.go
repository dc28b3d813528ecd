package keycloak

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
)

// kept reads what is kept of d.
func kept(t *testing.T, d approve.Device) (s pushSecret) {
	t.Helper()
	if err := d.Secret.Use(func(raw []byte) error { return json.Unmarshal(raw, &s) }); err != nil {
		t.Fatal(err)
	}
	return s
}

func rotate(t *testing.T, driver approve.Driver, d approve.Device) error {
	t.Helper()
	return driver.(approve.Rotator).Rotate(t.Context(), d)
}

func atRotate(lie func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/rotate-key") && lie(w, r)
	}
}

func TestPushRotate(t *testing.T) {
	s := newPushServer(t)
	d := s.device()
	driver := NewPush(keycloaktest.Client(s))
	if _, err := driver.Poll(t.Context(), d, 0); err != nil {
		t.Fatal(err)
	}
	old := driver.(*push).tokens[d.ID]
	for range 2 {
		before := kept(t, d).KeyID
		if err := rotate(t, driver, d); err != nil {
			t.Fatal(err)
		}
		if now := kept(t, d); now.KeyID == before || now.KeyID != s.Devices[d.RemoteID].Key.KeyID || now.Next != nil || string(now.ClientSecret) != testClientSecret {
			t.Errorf("kept %q, the server has %q", now.KeyID, s.Devices[d.RemoteID].Key.KeyID)
		}
		driver.(*push).tokens[d.ID] = old // of a poll that began before
		s.Ask(nil)
		r := one(t, driver, d)
		if _, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestPushRotateLost: the answer to a rotation is lost, after or before the server has
// taken the key. No pairing is lost with it.
func TestPushRotateLost(t *testing.T) {
	for _, taken := range []bool{true, false} {
		for _, then := range []string{"poll", "rotate"} {
			s := newPushServer(t)
			d := s.device()
			base := keycloaktest.Client(s).Transport
			lose := true
			driver := NewPush(&http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
				if !lose || !strings.HasSuffix(r.URL.Path, "/rotate-key") {
					return base.RoundTrip(r)
				}
				if taken {
					if res, err := base.RoundTrip(r); err != nil || res.StatusCode != 200 {
						t.Errorf("the server did not take it: %v", err)
					}
				}
				return nil, errors.New("the connection broke")
			})})
			if err := rotate(t, driver, d); !errors.Is(err, approve.ErrUnreachable) {
				t.Fatalf("error %v", err)
			}
			lose = false
			if then == "rotate" {
				if err := rotate(t, driver, d); err != nil {
					t.Errorf("taken %v: %v", taken, err)
				}
			}
			if _, err := driver.Poll(t.Context(), d, 0); err != nil {
				t.Errorf("taken %v, then %s: %v", taken, then, err)
			}
			if got := kept(t, d); got.KeyID != s.Devices[d.RemoteID].Key.KeyID {
				t.Errorf("taken %v, then %s: kept %q, the server has %q", taken, then, got.KeyID, s.Devices[d.RemoteID].Key.KeyID)
			}
		}
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPushRotateRefused(t *testing.T) {
	for name, lie := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"bad request": keycloaktest.Status(400, ""), "forbidden": keycloaktest.Status(403, ""), "not there": keycloaktest.Status(404, ""),
	} {
		s := newPushServer(t)
		d := s.device()
		driver := NewPush(keycloaktest.Client(s))
		s.Lie = atRotate(lie)
		if err := rotate(t, driver, d); !errors.Is(err, approve.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if got := kept(t, d); got.KeyID != "nod-1" || got.Next != nil {
			t.Errorf("%s: kept %q, next %q", name, got.KeyID, got.NextID)
		}
	}
	s := newPushServer(t)
	d := s.device()
	driver := NewPush(keycloaktest.Client(s))
	d.Secret.(*testSecret).fail = true
	if err := rotate(t, driver, d); err == nil || s.Called("PUT") != 0 {
		t.Errorf("a key that can not be stored was sent: %v", err)
	}
	d.Memory = approve.Trust{Unchecked: true}.Remember(d.Memory)
	if err := rotate(t, driver, d); !errors.Is(err, approve.ErrNotOffered) {
		t.Errorf("unchecked: %v", err)
	}
}
