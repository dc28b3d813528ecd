package privacyidea

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"nod/approve"
	"nod/vault"
)

// TestCertificates: a link that asks for certificates not to be checked changes
// nothing. Only the person can, and then requests can be ignored and no more.
func TestCertificates(t *testing.T) {
	for name, test := range map[string]struct {
		trust func(roots string) approve.Trust
		want  error
		acts  []approve.Act
	}{
		"as the link says": {func(string) approve.Trust { return approve.Trust{} }, approve.ErrUnreachable, nil},
		"unchecked":        {func(string) approve.Trust { return approve.Trust{Unchecked: true} }, nil, []approve.Act{approve.Ignore}},
		"with its roots":   {func(roots string) approve.Trust { return approve.Trust{Roots: roots} }, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			real := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.URL.Host = r.Host
				s.ServeHTTP(w, r)
			}))
			real.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail
			real.StartTLS()
			defer real.Close()
			s.URL = real.URL + "/ttype/push"
			o := offer(testLink(func(q url.Values) { q.Set("url", s.URL); q.Set("sslverify", "0") }))
			o.Loopback = true
			o.Trust = test.trust(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: real.Certificate().Raw})))
			n := newDriver(profilePrivacyIDEA, &http.Client{}, KeyBits(2048))
			keys := vault.NewKeys()
			defer keys.Wipe()
			p, err := n.Pair(t.Context(), o, keys)
			if !errors.Is(err, test.want) {
				t.Fatalf("pair: %v, want %v", err, test.want)
			}
			if test.want != nil {
				if len(s.Calls()) != 0 {
					t.Errorf("calls = %v", s.Calls())
				}
				return
			}
			d := s.paired() // with a key that is known here
			d.Memory, d.Server = p.Device.Memory, p.Device.Server
			s.Ask(nil)
			b := poll(t, n, d)
			if len(b.Requests) != 1 || !slices.Equal(b.Requests[0].Acts, test.acts) || (b.Requests[0].Warnings != nil) != (test.acts != nil) {
				t.Errorf("batch %+v", b)
			}
		})
	}
}
