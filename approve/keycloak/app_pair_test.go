package keycloak

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
	"nod/vault"
)

// TestAppThroughInbox takes the whole way with a real vault: pairing, a request, a
// wrong PIN that sends nothing, the right one.
func TestAppThroughInbox(t *testing.T) {
	s := newAppServer(t)
	v, in := testVault(t, NewApp(keycloaktest.Client(s)))
	d, err := in.Pair(t.Context(), approve.Offer{Link: s.Link(nil), DeviceName: "ana-laptop", Platform: "linux terminal"})
	if err != nil || d.State != vault.DeviceActive || d.Server != testOrigin || d.App != "demo" || d.Name != "ana-laptop" {
		t.Fatalf("device %+v, %v", d, err)
	}
	registered := s.Devices[d.RemoteID]
	if !uuid().MatchString(d.RemoteID) || registered.Get("device_os") != "ana-laptop (linux terminal)" || registered.Has("device_push_id") {
		t.Errorf("registered %q as %v", d.RemoteID, registered)
	}
	transport, err := v.Transport(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	err = v.DeviceSecret(d.ID, func(seed []byte) error {
		public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		if bytes.Equal(public, transport.Public()) || base64.StdEncoding.EncodeToString(public) != d.Memory[memoryKey] {
			t.Error("the key is not one of its own")
		}
		for name, value := range d.Memory {
			if strings.Contains(value, base64.StdEncoding.EncodeToString(seed)) {
				t.Errorf("memory %s holds the key", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	s.Ask("Qw3rTy0Aa9Zz", nil, nil)
	ev, err := in.Fetch(t.Context())
	if err != nil || len(ev.Requests) != 1 || ev.Requests[0].App != "Wiki" {
		t.Fatalf("event %+v, %v", ev, err)
	}
	id := ev.Requests[0].ID
	before := s.Called(actionToken)
	_, err = in.Answer(t.Context(), id, approve.Decision{Act: approve.Accept}, vault.PIN([]byte("222111")))
	if _, ok := errors.AsType[*vault.PINError](err); !ok || s.Called(actionToken) != before {
		t.Errorf("a wrong PIN: %v, %d answers", err, s.Called(actionToken)-before)
	}
	out, err := in.Answer(t.Context(), id, approve.Decision{Act: approve.Accept}, vault.PIN([]byte(testPIN)))
	if err != nil || out.State != approve.Accepted || s.Granted != "true" {
		t.Errorf("outcome %+v, %v; granted %q", out, err, s.Granted)
	}
	if err := in.Unpair(t.Context(), d.ID, false); err != nil {
		t.Error(err)
	}
}

func TestAppPairErrors(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(s *appServer)
		want    error
	}{
		"the page was closed":    {func(s *appServer) { s.Open = false }, approve.ErrCodeExpired},
		"expired on its way":     {func(s *appServer) { s.Offset = time.Hour }, approve.ErrCodeExpired},
		"used before":            {func(s *appServer) { s.Lie = keycloaktest.Status(400, "<html>") }, approve.ErrRefused},
		"a page instead":         {func(s *appServer) { s.Lie = keycloaktest.Status(200, "<html>Welcome") }, approve.ErrUnreachable},
		"no such realm":          {func(s *appServer) { s.Lie = keycloaktest.Status(404, "{}") }, approve.ErrRefused},
		"broken":                 {func(s *appServer) { s.Lie = keycloaktest.Status(502, "") }, approve.ErrUnreachable},
		"too long":               {func(s *appServer) { s.Lie = keycloaktest.Status(201, strings.Repeat("x", maxBody+1)) }, approve.ErrUnreachable},
		"to another address":     {func(s *appServer) { s.Lie = redirectTo("https://evil.demo.test/") }, approve.ErrRefused},
		"to itself with a slash": {func(s *appServer) { s.Lie = redirectTo(testBase + "/") }, approve.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAppServer(t)
			link := s.Link(nil)
			test.prepare(s)
			k := vault.NewKeys()
			defer k.Wipe()
			_, err := NewApp(keycloaktest.Client(s)).Pair(t.Context(), approve.Offer{Link: link}, k)
			if !errors.Is(err, test.want) || len(s.Devices) != 0 || len(s.Calls) != 1 {
				t.Errorf("error %v, want %v; %d calls", err, test.want, len(s.Calls))
			}
			if strings.Contains(err.Error(), "key=") || strings.Contains(err.Error(), "eyJ") {
				t.Errorf("the error has the link: %v", err)
			}
		})
	}
}

func redirectTo(address string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, address, http.StatusFound)
		return true
	}
}

// TestAppPairRefusedHere: what is wrong with a link is found before anything is sent.
func TestAppPairRefusedHere(t *testing.T) {
	s := newAppServer(t)
	local := strings.Replace(s.Link(fields{"iss": nil}), testOrigin, "http://127.0.0.1:8080", 1)
	for link, want := range map[string]error{
		local:                                    approve.ErrInsecure,
		s.Link(fields{"exp": 1}):                 approve.ErrCodeExpired,
		s.Link(nil) + "&signature_algorithm=RSA": approve.ErrRefused,
		"":                                       approve.ErrNotMine,
	} {
		k := vault.NewKeys()
		_, err := NewApp(keycloaktest.Client(s)).Pair(t.Context(), approve.Offer{Link: link}, k)
		k.Wipe()
		if !errors.Is(err, want) || len(s.Calls) != 0 {
			t.Errorf("error %v, want %v; calls %v", err, want, s.Calls)
		}
	}
}

// TestLoopback: plain http to this machine, once it was allowed, stays allowed for
// this pairing.
func TestLoopback(t *testing.T) {
	var asked []string
	client := keycloaktest.Client(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Scheme+"://"+r.URL.Host+r.URL.Path)
		if r.URL.Path == "/realms/demo"+actionToken {
			w.WriteHeader(http.StatusCreated)
			return
		}
		w.Write([]byte("[]"))
	}))
	const origin = "http://127.0.0.1:8080"
	link := keycloaktest.ActionLink(origin+"/realms/demo", newAppServer(t).SetupClaims().With(fields{"iss": origin + "/realms/demo"}))
	v, in := testVault(t, NewApp(client))
	d, err := in.Pair(t.Context(), approve.Offer{Link: link, Loopback: true})
	if err != nil || d.Server != origin {
		t.Fatalf("device %+v, %v", d, err)
	}
	if _, err := in.Fetch(t.Context()); err != nil {
		t.Error(err)
	}
	if len(asked) != 2 || asked[1] != origin+"/realms/demo/challenges" {
		t.Errorf("asked %q", asked)
	}
	if _, err := v.EditDevice(d.ID, func(d *vault.Device) { delete(d.Memory, memoryLoopback) }); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Fetch(t.Context()); !errors.Is(err, approve.ErrAddress) || len(asked) != 2 {
		t.Errorf("without leave: %v, asked %q", err, asked)
	}
}

// TestOwnRoots: the certificates that were trusted when pairing are trusted later, for
// this pairing alone.
func TestOwnRoots(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, actionToken) {
			w.WriteHeader(http.StatusCreated)
			return
		}
		w.Write([]byte("[]"))
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail on purpose
	srv.StartTLS()
	defer srv.Close()
	roots := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	link := keycloaktest.ActionLink(srv.URL+"/realms/demo", newAppServer(t).SetupClaims().With(fields{"iss": srv.URL + "/realms/demo"}))
	v, in := testVault(t, NewApp(&http.Client{}))
	if _, err := in.Pair(t.Context(), approve.Offer{Link: link, Loopback: true}); !errors.Is(err, approve.ErrUnreachable) {
		t.Errorf("the system's roots: %v", err)
	}
	d, err := in.Pair(t.Context(), approve.Offer{Link: link, Loopback: true, Trust: approve.Trust{Roots: roots}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Fetch(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := v.EditDevice(d.ID, func(d *vault.Device) { delete(d.Memory, "tls.roots") }); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Fetch(t.Context()); !errors.Is(err, approve.ErrUnreachable) {
		t.Errorf("without them: %v", err)
	}
}

func TestAppStatus(t *testing.T) {
	s := newAppServer(t)
	d := s.device()
	driver := NewApp(keycloaktest.Client(s))
	got, err := driver.Status(t.Context(), d)
	if err != nil || got.State != vault.DeviceActive || got.SecurityURL != testBase+"/account" || got.App != "demo" {
		t.Errorf("status %+v, %v", got, err)
	}
	if err := driver.Rename(t.Context(), d, "ana-desk"); err != nil {
		t.Error(err)
	}
	if err := driver.Unpair(t.Context(), d, false); err != nil {
		t.Error(err)
	}
	if len(s.Calls) != 0 {
		t.Errorf("the server was asked %v", s.Calls)
	}
	d.State = vault.DeviceRevoked
	if _, err := driver.Status(t.Context(), d); !errors.Is(err, approve.ErrRevoked) {
		t.Errorf("a pairing that is over: %v", err)
	}
	d.Server = "https://other.demo.test"
	if _, err := driver.Status(t.Context(), d); !errors.Is(err, approve.ErrAddress) {
		t.Errorf("memory of another server: %v", err)
	}
}
