package native

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/protocol"
	"nod/vault"
)

func TestPreview(t *testing.T) {
	n := New(&http.Client{})
	link := testLink(newTestKey(1))
	if p, err := n.Preview("  " + link + "\n"); err != nil || p.Driver != Name || p.Server != origin || len(p.Risks) != 0 {
		t.Errorf("preview %+v, %v", p, err)
	}
	local := strings.Replace(link, "https%3A%2F%2Fnod.demo.test", "http%3A%2F%2F127.0.0.1%3A8420", 1)
	if p, err := n.Preview(local); err != nil || p.Server != "http://127.0.0.1:8420" || len(p.Risks) != 1 {
		t.Errorf("preview %+v, %v", p, err)
	}
	if _, err := n.Preview(strings.Replace(link, "https", "http", 1)); !errors.Is(err, approve.ErrInsecure) {
		t.Errorf("plain http: %v", err)
	}
	if _, err := n.Preview("otpauth://totp/x?secret=AA"); !errors.Is(err, approve.ErrNotMine) {
		t.Errorf("another link: %v", err)
	}
	if _, err := n.Preview("nod://pair?v=2"); err == nil || errors.Is(err, approve.ErrNotMine) {
		t.Errorf("a broken link of ours: %v", err)
	}
}

func TestPair(t *testing.T) {
	for name, offset := range map[string]time.Duration{"clock right": 0, "clock wrong": 90 * time.Second} {
		for how, offer := range map[string]approve.Offer{
			"link": {Link: testLink(newTestKey(1)), DeviceName: "ana-laptop", Platform: "linux terminal"},
			"code": {Server: "nod.demo.test", Code: "482 913", DeviceName: "ana-laptop"},
		} {
			t.Run(how+", "+name, func(t *testing.T) {
				s := newServer(t)
				s.offset = offset
				keys := vault.NewKeys()
				defer keys.Wipe()
				p, err := New(s.client()).Pair(t.Context(), offer, keys)
				if err != nil {
					t.Fatal(err)
				}
				d := p.Device
				if d.Driver != Name || d.Server != origin || d.RemoteID != "x-7" || d.App != "RMS" || d.Account != "ana@demo.test" ||
					d.Name != "ana-laptop" || d.State != vault.DevicePending || len(p.Fallback) == 0 {
					t.Errorf("paired %+v", p)
				}
				if !slices.Equal(d.ServerKey, s.key.Public()) {
					t.Error("the server's key was not kept")
				}
				want := protocol.Words(s.key.Public(), keys.Transport().Public(), keys.Approval().Public(), "x-7")
				if !slices.Equal(d.Words, want) {
					t.Errorf("words = %v, want %v", d.Words, want)
				}
			})
		}
	}
}

// TestPairHostile: a server, or someone between, that is not what the link says.
func TestPairHostile(t *testing.T) {
	for name, change := range map[string]func(*protocol.PairAnswer){
		"another server key":                func(a *protocol.PairAnswer) { a.ServerKey = protocol.EncodeKey(newTestKey(9).Public()) },
		"no server key":                     func(a *protocol.PairAnswer) { a.ServerKey = "" },
		"other words":                       func(a *protocol.PairAnswer) { a.Words[2] += "s" },
		"no words":                          func(a *protocol.PairAnswer) { a.Words = nil },
		"no id":                             func(a *protocol.PairAnswer) { a.DeviceID = "" },
		"wild id":                           func(a *protocol.PairAnswer) { a.DeviceID = "x\x1b[2J" },
		"another server with its own words": nil,
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			keys := vault.NewKeys()
			defer keys.Wipe()
			if change == nil {
				change = func(a *protocol.PairAnswer) {
					evil := newTestKey(9).Public()
					a.ServerKey = protocol.EncodeKey(evil)
					a.Words = protocol.Words(evil, s.transport, s.approval, a.DeviceID)
				}
			}
			_, err := New(tampering(s, change)).Pair(t.Context(), approve.Offer{Link: testLink(s.key)}, keys)
			if !errors.Is(err, approve.ErrRefused) {
				t.Errorf("error = %v, want ErrRefused", err)
			}
		})
	}
}

// tampering is a client whose answers to a pairing are changed on the way.
func tampering(s *server, change func(*protocol.PairAnswer)) *http.Client {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := s.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		var a protocol.PairAnswer
		if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
			return nil, err
		}
		change(&a)
		w := httptest.NewRecorder()
		s.send(w, res.StatusCode, a)
		return w.Result(), nil
	})}
}

// TestPairRefusedHere: what is wrong with an offer is found before anything is sent.
func TestPairRefusedHere(t *testing.T) {
	s := newServer(t)
	n := New(s.client())
	keys := vault.NewKeys()
	defer keys.Wipe()
	for name, c := range map[string]struct {
		offer approve.Offer
		want  error
	}{
		"5 digits":   {approve.Offer{Server: origin, Code: "48291"}, approve.ErrBadCode},
		"letters":    {approve.Offer{Server: origin, Code: "48291a"}, approve.ErrBadCode},
		"no code":    {approve.Offer{Server: origin}, approve.ErrBadCode},
		"other link": {approve.Offer{Link: "otpauth://pipush/x"}, approve.ErrNotMine},
		"plain http": {approve.Offer{Server: "http://nod.demo.test", Code: testCode}, approve.ErrInsecure},
	} {
		if _, err := n.Pair(t.Context(), c.offer, keys); !errors.Is(err, c.want) {
			t.Errorf("%s: error = %v, want %v", name, err, c.want)
		}
	}
	if len(s.calls) != 0 {
		t.Errorf("calls = %v", s.calls)
	}
}

func TestPairErrors(t *testing.T) {
	left := 4
	for _, c := range []struct {
		status int
		body   protocol.Error
		want   error
		text   string
	}{
		{401, protocol.Error{Code: protocol.CodeBadCode, Left: &left}, approve.ErrBadCode, "that registration code is not right. 4 tries left"},
		{401, protocol.Error{Code: protocol.CodeBadCode}, approve.ErrRefused, "that registration code is not right"},
		{409, protocol.Error{Code: protocol.CodeUsed}, approve.ErrUsed, ""},
		{410, protocol.Error{Code: protocol.CodeExpired}, approve.ErrCodeExpired, ""},
		{422, protocol.Error{Code: protocol.CodeBadProof, Message: "Bad proof."}, approve.ErrRefused, "bad proof"},
		{422, protocol.Error{Code: protocol.CodeNameTaken, Message: "That name is taken."}, approve.ErrRefused, "that name is taken"},
	} {
		s := newServer(t)
		s.lie = func(w http.ResponseWriter, _ *http.Request) bool {
			s.fail(w, c.status, c.body)
			return true
		}
		keys := vault.NewKeys()
		_, err := New(s.client()).Pair(t.Context(), approve.Offer{Server: origin, Code: testCode}, keys)
		keys.Wipe()
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), testCode) {
			t.Errorf("%d %s: error = %v", c.status, c.body.Code, err)
		}
	}
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.offset = 10 * time.Second
		d, _ := s.device()
		n := New(s.client())
		got, err := n.Status(t.Context(), d)
		if err != nil || got.State != vault.DeviceActive || !got.TwoStep || !got.Required || got.RecoveryLeft != 8 {
			t.Fatalf("status %+v, %v", got, err)
		}
		if got.Methods[1] != "TOTP" || got.Devices[1].Name != "phone-ana" || got.Support != "Ask support." || got.SecurityURL != origin+"/account/security" {
			t.Errorf("status = %+v", got)
		}
		hourAgo := time.Now().Add(-time.Hour)
		if !got.RecoveryMade.Equal(hourAgo) || !got.Devices[1].Used.Equal(hourAgo) || !got.Devices[0].Used.IsZero() || !got.Devices[0].This {
			t.Errorf("status = %+v", got)
		}
		s.state = "pending"
		if got, err := n.Status(t.Context(), d); err != nil || got.State != vault.DevicePending {
			t.Errorf("status %+v, %v", got, err)
		}
		s.refusedPair = true
		if _, err := n.Status(t.Context(), d); !errors.Is(err, approve.ErrPairingRefused) || !errors.Is(err, approve.ErrRefused) {
			t.Errorf("error = %v", err)
		}
	})
}

func TestRenameAndUnpair(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	n := New(s.client())
	if err := n.Rename(t.Context(), d, "ana-desk"); err != nil {
		t.Error(err)
	}
	if err := n.Unpair(t.Context(), d, false); err != nil {
		t.Error(err)
	}
	if err := n.Unpair(t.Context(), d, true); err != nil {
		t.Error(err)
	}
	if got := strings.Join(s.calls, ", "); got != "PATCH /v1/device, DELETE /v1/device, DELETE /v1/device?force=true" {
		t.Errorf("calls = %s", got)
	}
	s.lie = func(w http.ResponseWriter, _ *http.Request) bool {
		s.fail(w, 409, protocol.Error{
			Code: protocol.CodeLastMethod, Devices: 1, Methods: 2, RecoveryLeft: 3, SecurityURL: "javascript:alert(1)",
		})
		return true
	}
	err := n.Unpair(t.Context(), d, false)
	last, ok := errors.AsType[*approve.LastMethodError](err)
	if !ok || *last != (approve.LastMethodError{Devices: 1, OtherMethods: 2, RecoveryLeft: 3}) {
		t.Errorf("error = %#v", err)
	}
}

func TestEmail(t *testing.T) {
	s := newServer(t)
	m := New(s.client()).(approve.Mailer)
	if err := m.StartEmail(t.Context(), "nod.demo.test", "ana@demo.test"); err != nil {
		t.Error(err)
	}
	if err := m.ConfirmEmail(t.Context(), "nod.demo.test", "ana@demo.test", testCode); err != nil {
		t.Error(err)
	}
	err := m.ConfirmEmail(t.Context(), "nod.demo.test", "ana@demo.test", "000000")
	if !errors.Is(err, approve.ErrBadCode) || !strings.Contains(err.Error(), "that code is not right. 4 tries left") {
		t.Errorf("error = %v", err)
	}
	for server, want := range map[string]error{
		"http://nod.demo.test":        approve.ErrInsecure,
		"https://nod.demo.test/login": approve.ErrAddress,
		"nod demo":                    approve.ErrAddress,
		"":                            approve.ErrAddress,
	} {
		if err := m.StartEmail(t.Context(), server, "ana@demo.test"); !errors.Is(err, want) {
			t.Errorf("%q: error = %v, want %v", server, err, want)
		}
	}
}

func TestSafeURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://nod.demo.test/account": "https://nod.demo.test/account",
		"javascript:alert(1)":           "",
		"https://ana@nod.demo.test/":    "",
		"https://nod.demo.test/\x1b[2J": "",
		"https://nod.demo.test/\u202e":  "",
		"/account":                      "",
		"":                              "",
	} {
		if got := safeURL(in); got != want {
			t.Errorf("safeURL(%q) = %q", in, got)
		}
	}
}
