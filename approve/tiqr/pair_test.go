package tiqr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/tiqr/tiqrtest"
	"nod/vault"
)

func pair(t *testing.T, s *tiqrtest.Server, o approve.Offer) (approve.Paired, error) {
	t.Helper()
	keys := vault.NewKeys()
	t.Cleanup(keys.Wipe)
	return New(s.Client()).Pair(t.Context(), o, keys)
}

func TestPair(t *testing.T) {
	for name, json := range map[string]bool{"text": false, "JSON": true} {
		t.Run(name, func(t *testing.T) {
			s := tiqrtest.New(t)
			s.JSON = json
			var steps []string
			p, err := pair(t, s, approve.Offer{
				Link: s.Enrol(), DeviceName: "ana\x1b[1m-laptop", Trust: approve.Trust{Unchecked: true},
				Progress: func(step string) { steps = append(steps, step) },
			})
			if err != nil {
				t.Fatal(err)
			}
			d := p.Device
			if d.Driver != Name || d.Server != origin || d.App != "Demo tiqr" || d.Account != "Ana Demo" || d.Name != "ana-laptop" ||
				d.RemoteID != testUser || d.State != vault.DeviceActive || p.Fallback != "" {
				t.Errorf("paired %+v", p)
			}
			if d.Memory[memoryService] != "tiqr.demo.test" || d.Memory[memoryAnswers] != origin+"/tiqr.php" || d.Memory[memorySuite] != suite {
				t.Errorf("memory %v", d.Memory)
			}
			if !approve.TrustOf(d).Unchecked || len(steps) != 2 {
				t.Errorf("trust %+v, steps %q", approve.TrustOf(d), steps)
			}
			for key, value := range d.Memory {
				if strings.Contains(value, fmt.Sprintf("%x", s.Secret(testUser))) {
					t.Errorf("the secret is in memory %s", key)
				}
			}
			if got := s.Calls(); len(got) != 2 {
				t.Errorf("calls %v, want metadata and registration, and no logo", got)
			}
			if form := s.Forms()[0]; form.Get("version") != "2" || form.Get("operation") != "register" || len(form.Get("secret")) != 64 || len(form) != 6 {
				t.Errorf("form with %d fields, version %q", len(form), form.Get("version"))
			}
		})
	}
}

// Each pairing has a secret of its own.
func TestFreshSecret(t *testing.T) {
	one, two := tiqrtest.New(t), tiqrtest.New(t)
	for _, s := range []*tiqrtest.Server{one, two} {
		if _, err := pair(t, s, approve.Offer{Link: s.Enrol()}); err != nil {
			t.Fatal(err)
		}
	}
	if string(one.Secret(testUser)) == string(two.Secret(testUser)) {
		t.Error("two pairings have one secret")
	}
}

// A link works once; the error says so.
func TestUsedLink(t *testing.T) {
	s := tiqrtest.New(t)
	link := s.Enrol()
	if _, err := pair(t, s, approve.Offer{Link: link}); err != nil {
		t.Fatal(err)
	}
	_, err := pair(t, s, approve.Offer{Link: link})
	if !errors.Is(err, approve.ErrUnreachable) || !strings.Contains(err.Error(), "works once") || strings.Contains(err.Error(), tiqrtest.Keys) {
		t.Errorf("second time: %v", err)
	}
}

func TestPairRefused(t *testing.T) {
	status := func(path string, code int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if path != r.Method {
				return false
			}
			w.WriteHeader(code)
			fmt.Fprint(w, body)
			return true
		}
	}
	redirect := func(method string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if method == r.Method {
				http.Redirect(w, r, "https://evil.demo.test/", http.StatusTemporaryRedirect)
			}
			return method == r.Method
		}
	}
	set := func(name, value string) func(map[string]map[string]any) {
		return func(m map[string]map[string]any) { m["service"][name] = value }
	}
	for name, c := range map[string]struct {
		lie      func(http.ResponseWriter, *http.Request) bool
		metadata func(map[string]map[string]any)
		calls    int
		want     error
	}{
		"metadata 404":         {status("GET", 404, ""), nil, 1, approve.ErrRefused},
		"metadata not JSON":    {status("GET", 200, "<html>Welcome to the hotel</html>"), nil, 1, approve.ErrUnreachable},
		"metadata too long":    {status("GET", 200, strings.Repeat(" ", maxMetadata+1)), nil, 1, approve.ErrUnreachable},
		"metadata redirected":  {redirect("GET"), nil, 1, approve.ErrRefused},
		"another site":         {nil, set("authenticationUrl", "https://evil.test/"), 1, approve.ErrRefused},
		"secret to elsewhere":  {nil, set("enrollmentUrl", "https://evil.test/"), 1, approve.ErrRefused},
		"plain http":           {nil, set("authenticationUrl", "http://tiqr.demo.test/"), 1, approve.ErrInsecure},
		"bad suite":            {nil, set("ocraSuite", "OCRA-1:HOTP-SHA1-6:QN08-T1M"), 1, approve.ErrRefused},
		"registration 403":     {status("POST", 403, "Enrollment failed"), nil, 2, approve.ErrRefused},
		"registration 101":     {status("POST", 200, `{"responseCode":101}`), nil, 2, approve.ErrRefused},
		"registration 403, OK": {status("POST", 403, "OK"), nil, 2, approve.ErrRefused},
		"registration 406":     {status("POST", 406, "unsupported app"), nil, 2, approve.ErrRefused},
		"registration 500":     {status("POST", 500, ""), nil, 2, approve.ErrUnreachable},
		"registration empty":   {status("POST", 200, ""), nil, 2, approve.ErrUnreachable},
		"registration HTML":    {status("POST", 200, "<html>"), nil, 2, approve.ErrUnreachable},
		"registration moved":   {redirect("POST"), nil, 2, approve.ErrRefused},
		"registration too long": {
			status("POST", 200, "OK"+strings.Repeat(" ", maxReply)), nil, 2, approve.ErrUnreachable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tiqrtest.New(t)
			s.Lie, s.Metadata = c.lie, c.metadata
			p, err := pair(t, s, approve.Offer{Link: s.Enrol()})
			if !errors.Is(err, c.want) || p.Device.Driver != "" {
				t.Errorf("paired %+v, %v, want %v", p, err, c.want)
			}
			if got := len(s.Calls()); got != c.calls {
				t.Errorf("calls %v, want %d", s.Calls(), c.calls)
			}
			if err != nil && strings.Contains(err.Error(), tiqrtest.Keys) {
				t.Errorf("the error repeats a one-time key: %v", err)
			}
		})
	}
}

// Nothing is sent for offers of others.
func TestPairNotMine(t *testing.T) {
	s := tiqrtest.New(t)
	for want, o := range map[error]approve.Offer{
		approve.ErrNotMine:  {Server: "tiqr.demo.test", Code: "482913"},
		approve.ErrInsecure: {Link: "tiqrenroll://http://127.0.0.1/metadata"},
		approve.ErrAddress:  {Link: enrolLink, Trust: approve.Trust{Roots: "no certificate"}},
	} {
		if _, err := pair(t, s, o); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %v", o, err, want)
		}
	}
	if got := s.Calls(); len(got) != 0 {
		t.Errorf("calls %v", got)
	}
}

// A server that never answers is given up after the limit, and at once when the
// person leaves.
func TestSlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, keys := New(&http.Client{Transport: silent{}}), vault.NewKeys()
		defer keys.Wipe()
		start := time.Now()
		if _, err := n.Pair(t.Context(), approve.Offer{Link: enrolLink}, keys); !errors.Is(err, approve.ErrUnreachable) || time.Since(start) != answerTime {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if _, err := n.Pair(ctx, approve.Offer{Link: enrolLink}, keys); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// A form arrives whole over a real connection, and is wiped when it is closed.
func TestFormWiped(t *testing.T) {
	var got string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.PostFormValue("secret")
		fmt.Fprint(w, "OK")
	}))
	defer s.Close()
	to, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("secret=0123456789abcdef")
	if _, err := post(t.Context(), s.Client(), to, text); err != nil || got != "0123456789abcdef" {
		t.Errorf("sent %q, %v", got, err)
	}
	f := &form{text: []byte("secret=0123456789abcdef")}
	kept, part := f.text, make([]byte, 10)
	if n, err := f.Read(part); n != 10 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	if err := f.Close(); err != nil || !slices.Equal(kept, make([]byte, len(kept))) {
		t.Errorf("closed: %v, left %q", err, kept)
	}
	if n, err := f.Read(part); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("read %d after closing, %v", n, err)
	}
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
