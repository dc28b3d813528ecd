package privacyidea

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"nod/approve"
	"nod/vault"
)

func offer(link string) approve.Offer {
	return approve.Offer{Link: link, DeviceName: "ana-\x1b[1mlaptop", Platform: "linux terminal"}
}

// TestPair: what is kept of a pairing, and that the key in it is the one the server got.
func TestPair(t *testing.T) {
	s := newServer(t)
	n := s.driver()
	o := offer(testLink(func(q url.Values) { q.Set("pin", "True"); q.Set("sslverify", "0") }))
	var steps []string
	o.Progress = func(step string) { steps = append(steps, step) }
	keys := vault.NewKeys()
	defer keys.Wipe()
	p, err := n.Pair(t.Context(), o, keys)
	if err != nil {
		t.Fatal(err)
	}
	d := p.Device
	if d.Driver != Name || d.Server != testOrigin || d.App != "Demo" || d.Account != "ana@demo.test" || d.Name != "ana-laptop" ||
		d.RemoteID != testSerial || d.State != vault.DeviceActive || p.Fallback != "" {
		t.Errorf("paired %+v", p)
	}
	if len(d.Memory) != 2 || d.Memory["url"] != testURL || d.Memory["lock"] != "pin" || approve.TrustOf(d) != (approve.Trust{}) {
		t.Errorf("memory = %v", d.Memory)
	}
	if key, err := parsePublic(d.ServerKey); err != nil || !key.Equal(&s.Key.PublicKey) {
		t.Errorf("server key: %v", err)
	}
	if len(steps) != 2 || steps[0] != "making a key of 2048 bits" {
		t.Errorf("steps = %q", steps)
	}
	if s.Called("POST") != 1 || s.Called("GET") != 0 {
		t.Errorf("calls = %v", s.Calls())
	}
	// The link is used up.
	if _, err := n.Pair(t.Context(), o, keys); !errors.Is(err, approve.ErrRefused) {
		t.Errorf("again: %v", err)
	}
}

// TestKeySize: as it is given out, the driver makes keys of 4096 bits, and never
// weak ones.
func TestKeySize(t *testing.T) {
	for option, want := range map[int]int{0: 4096, 1: 2048, 1024: 2048, 2048: 2048, 3072: 3072} {
		for _, d := range []approve.Driver{New(http.DefaultClient, KeyBits(option)), NewEduMFA(http.DefaultClient, KeyBits(option))} {
			if bits := d.(*driver).bits; bits != want {
				t.Errorf("%s, %d: %d bits", d.Name(), option, bits)
			}
		}
	}
	for _, d := range []approve.Driver{New(http.DefaultClient), NewEduMFA(http.DefaultClient)} {
		if bits := d.(*driver).bits; bits != 4096 {
			t.Errorf("%s: %d bits", d.Name(), bits)
		}
	}
	s := newServer(t)
	n := New(s.Client())
	keys := vault.NewKeys()
	defer keys.Wipe()
	if _, err := n.Pair(t.Context(), offer(testLink(nil)), keys); err != nil || s.Device.N.BitLen() != 4096 || s.Device.E != 65537 {
		t.Errorf("key of %d bits, %v", s.Device.N.BitLen(), err)
	}
}

// TestPairTrust: what the person said about certificates stays with the pairing.
func TestPairTrust(t *testing.T) {
	s := newServer(t)
	keys := vault.NewKeys()
	defer keys.Wipe()
	o := offer(testLink(nil))
	o.Trust.Unchecked = true
	p, err := s.driver().Pair(t.Context(), o, keys)
	if err != nil || !approve.TrustOf(p.Device).Unchecked {
		t.Errorf("trust %+v, %v", approve.TrustOf(p.Device), err)
	}
	o.Trust = approve.Trust{Roots: "no PEM"}
	if _, err := newServer(t).driver().Pair(t.Context(), o, keys); !errors.Is(err, approve.ErrAddress) {
		t.Errorf("roots that are none: %v", err)
	}
}

// TestPairRefusedHere: what is wrong with an offer is found before anything is sent.
func TestPairRefusedHere(t *testing.T) {
	keys := vault.NewKeys()
	defer keys.Wipe()
	for name, test := range map[string]struct {
		offer approve.Offer
		want  error
	}{
		"a code, no link":       {approve.Offer{Server: testOrigin, Code: "123456"}, approve.ErrNotMine},
		"another link":          {approve.Offer{Link: "nod://pair?s=x"}, approve.ErrNotMine},
		"loopback, not allowed": {offer(with("url", "http://127.0.0.1:5001/ttype/push")), approve.ErrInsecure},
		"own wire, not allowed": {offer(with("url", "https://169.254.1.1/ttype/push")), approve.ErrInsecure},
	} {
		if _, err := New(&http.Client{Transport: unused{t}}).Pair(t.Context(), test.offer, keys); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := newDriver(profilePrivacyIDEA, &http.Client{Transport: unused{t}}, KeyBits(2048))
	if _, err := n.Pair(ctx, offer(testLink(nil)), keys); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestPairLoopback: plain http to this machine, where the person allowed it.
func TestPairLoopback(t *testing.T) {
	s := newServer(t)
	s.URL = "http://127.0.0.1:5001/ttype/push"
	keys := vault.NewKeys()
	defer keys.Wipe()
	o := offer(with("url", s.URL))
	o.Loopback = true
	p, err := s.driver().Pair(t.Context(), o, keys)
	if err != nil || p.Device.Server != "http://127.0.0.1:5001" {
		t.Errorf("paired %+v, %v", p, err)
	}
}

// TestPairHostile: answers that no pairing may come of, and what is said of them.
func TestPairHostile(t *testing.T) {
	v := vectors(t)
	good := map[string]any{"public_key": v.ServerPublic, "serial": testSerial, "rollout_state": "enrolled"}
	detail := func(name string, value any) map[string]any {
		changed := map[string]any{}
		for n, v := range good {
			changed[n] = v
		}
		changed[name] = value
		return changed
	}
	for name, test := range map[string]struct {
		status int
		body   any
		want   error
	}{
		"wrong credential": {400, wrapped(false, nil, 905, nil), approve.ErrRefused},
		"no such token":    {404, wrapped(false, nil, 601, nil), approve.ErrRefused},
		"a policy":         {403, wrapped(false, nil, 303, nil), approve.ErrRefused},
		"no":               {200, wrapped(true, false, 0, good), approve.ErrRefused},
		"no key":           {200, wrapped(true, true, 0, nil), approve.ErrRefused},
		"damaged key":      {200, wrapped(true, true, 0, detail("public_key", "MIIB")), approve.ErrRefused},
		"another serial":   {200, wrapped(true, true, 0, detail("serial", "PIPU1")), approve.ErrRefused},
		"half done":        {200, wrapped(true, true, 0, detail("rollout_state", "clientwait")), approve.ErrRefused},
		"another page":     {200, "<html>hotel</html>", approve.ErrUnreachable},
		"broken":           {500, wrapped(false, nil, -500, nil), approve.ErrUnreachable},
		"elsewhere":        {307, nil, approve.ErrRefused},
		"too long":         {200, wrapped(true, true, 0, detail("x", strings.Repeat("x", maxBody))), approve.ErrUnreachable},
	} {
		s := newServer(t)
		s.Lie = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "https://evil.demo.test/")
			w.WriteHeader(test.status)
			if err := json.NewEncoder(w).Encode(test.body); err != nil {
				t.Error(err)
			}
			return true
		}
		keys := vault.NewKeys()
		_, err := s.driver().Pair(t.Context(), offer(testLink(nil)), keys)
		keys.Wipe()
		if !errors.Is(err, test.want) || len(s.Calls()) != 1 {
			t.Errorf("%s: %v after %v, want %v", name, err, s.Calls(), test.want)
		}
		if err != nil && (strings.Contains(err.Error(), testCredential) || strings.Contains(err.Error(), "demo.test") || strings.Contains(err.Error(), "\x1b")) {
			t.Errorf("%s: the error tells too much: %v", name, err)
		}
	}
}

// wrapped is a body as the servers write one.
func wrapped(ok bool, value any, code int, detail any) map[string]any {
	result := map[string]any{"status": ok, "value": value}
	if code != 0 {
		result["error"] = map[string]any{"code": code, "message": "ERR: \x1b[31m" + testCredential}
	}
	return map[string]any{"id": 1, "jsonrpc": "2.0", "result": result, "detail": detail}
}

// TestOfTheDevice: what needs no server asks none.
func TestOfTheDevice(t *testing.T) {
	s := newServer(t)
	d := s.paired()
	n := New(&http.Client{Transport: unused{t}})
	if st, err := n.Status(t.Context(), d); err != nil || st.State != vault.DeviceActive || st.App != "Demo" || st.Account != "ana" {
		t.Errorf("status %+v, %v", st, err)
	}
	if err := n.Rename(t.Context(), d, "other"); err != nil {
		t.Error(err)
	}
	if err := n.Unpair(t.Context(), d, false); err != nil {
		t.Error(err)
	}
}

// TestThroughInbox takes the whole way with a real vault: pairing, a request, a wrong
// PIN that sends nothing, a wrong choice and the right one.
func TestThroughInbox(t *testing.T) {
	dir := t.TempDir()
	v, _, err := vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte("739164"), Cost: vault.FloorCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	s := newServer(t)
	in := approve.NewInbox(v, NewEduMFA(s.Client()), s.driver())
	d, err := in.Pair(t.Context(), offer(testLink(nil)))
	if err != nil || d.State != vault.DeviceActive {
		t.Fatalf("device %+v, %v", d, err)
	}
	if err := v.DeviceSecret(d.ID, func(secret []byte) error {
		_, err := x509.ParsePKCS8PrivateKey(secret)
		return err
	}); err != nil {
		t.Error(err)
	}
	wrong := s.Ask(func(a *ask) { a.Choices = "07,42,99" })
	right := s.Ask(func(a *ask) { a.Choices = "11,22" })
	if ev, err := in.Fetch(t.Context()); err != nil || len(ev.Requests) != 2 {
		t.Fatalf("event %+v, %v", ev, err)
	}
	if stored, _ := v.Device(d.ID); stored.Memory["presence"] != "yes" {
		t.Errorf("memory = %v", stored.Memory)
	}
	pin := vault.PIN([]byte("739164"))
	_, err = in.Answer(t.Context(), right.Nonce, approve.Decision{Act: approve.Accept, Number: "11"}, vault.PIN([]byte("222111")))
	if _, ok := errors.AsType[*vault.PINError](err); !ok || s.Called("POST") != 1 {
		t.Errorf("wrong PIN: %v after %v", err, s.Calls())
	}
	if _, err := in.Answer(t.Context(), wrong.Nonce, approve.Decision{Act: approve.Accept, Number: "42"}, pin); !errors.Is(err, approve.ErrNumber) {
		t.Errorf("wrong choice: %v", err)
	}
	out, err := in.Answer(t.Context(), right.Nonce, approve.Decision{Act: approve.Accept, Number: "11"}, pin)
	if err != nil || out.State != approve.Accepted || !right.Answered || wrong.Answered {
		t.Errorf("outcome %+v, %v", out, err)
	}
	// The server still lists the one with the wrong choice. It is not shown again.
	ev, err := in.Fetch(t.Context())
	if err != nil || len(ev.Requests) != 2 || ev.Requests[0].State != approve.Accepted && ev.Requests[0].State != approve.Mismatch {
		t.Errorf("event %+v, %v", ev, err)
	}
}
