package tiqr

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"nod/approve"
)

// testMetadata is good metadata with one value changed.
func testMetadata(t *testing.T, object, name string, value any) []byte {
	m := map[string]map[string]any{
		"service": {
			"displayName": "Demo", "identifier": "tiqr.demo.test", "ocraSuite": suite, "logoUrl": "http://evil.test/",
			"authenticationUrl": origin + "/login", "enrollmentUrl": origin + "/enrol?otp=1",
		},
		"identity": {"identifier": "ana", "displayName": "Ana"},
	}
	if object != "" {
		m[object][name] = value
	}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestMetadata(t *testing.T) {
	from, _ := url.Parse(origin + "/tiqr.php?key=1")
	for _, c := range []struct {
		object, name string
		value        any
		want         error
	}{
		{"", "", nil, nil},
		{"service", "authenticationUrl", "https://login.tiqr.demo.test/", nil},
		{"service", "authenticationUrl", "https://TIQR.demo.test:8443/", nil},
		{"service", "authenticationUrl", "https://tiqr.demo.test.evil.test/", approve.ErrRefused},
		{"service", "authenticationUrl", "https://eviltiqr.demo.test/", approve.ErrRefused},
		{"service", "authenticationUrl", "https://demo.test/", approve.ErrRefused},
		{"service", "authenticationUrl", "http://tiqr.demo.test/", approve.ErrInsecure},
		{"service", "authenticationUrl", "http://127.0.0.1/", approve.ErrInsecure},
		{"service", "authenticationUrl", "https://localhost/", approve.ErrInsecure},
		{"service", "authenticationUrl", "https://ana:x@tiqr.demo.test/", approve.ErrAddress},
		{"service", "authenticationUrl", "", approve.ErrAddress},
		{"service", "enrollmentUrl", "https://evil.test/", approve.ErrRefused},
		{"service", "enrollmentUrl", "http://tiqr.demo.test/", approve.ErrInsecure},
		{"service", "enrollmentUrl", "/enrol", approve.ErrAddress},
		{"service", "identifier", "", approve.ErrRefused},
		{"service", "identifier", "tiqr\x1b[2J", approve.ErrRefused},
		{"service", "identifier", "a/b", approve.ErrRefused},
		{"service", "identifier", strings.Repeat("a", 300), approve.ErrRefused},
		{"identity", "identifier", "", approve.ErrRefused},
		{"identity", "identifier", "ana\u202e", approve.ErrRefused},
		{"identity", "identifier", 7, approve.ErrUnreachable},
		{"service", "ocraSuite", "", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-MD5-6:QH10-S", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-SHA1-4:QH10-S", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-SHA1-0:QH10-S", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-SHA1-6:QN10-S", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-SHA1-6:C-QH10-S", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-SHA1-6:QH10-PSHA1", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-SHA1-6:QH10-T1M", approve.ErrRefused},
		{"service", "ocraSuite", "OCRA-1:HOTP-SHA512-8:QH10-S128", nil},
	} {
		s, err := readMetadata(testMetadata(t, c.object, c.name, c.value), from, false)
		if !errors.Is(err, c.want) {
			t.Errorf("%s %q: %+v, %v, want %v", c.name, c.value, s, err, c.want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("%s %q: the error holds what a terminal acts on", c.name, c.value)
		}
	}
	for _, body := range []string{"", "<html>", "[]", `{"service":[]}`, `{"service":{}} {}`} {
		if s, err := readMetadata([]byte(body), from, false); !errors.Is(err, approve.ErrUnreachable) {
			t.Errorf("%s: %+v, %v", body, s, err)
		}
	}
}

// Names are optional, and safe to print.
func TestMetadataNames(t *testing.T) {
	from, _ := url.Parse(origin)
	for value, want := range map[string]string{
		"": "tiqr.demo.test", "\x1b]0;x\x07De\u202emo\n1": "Demo 1", strings.Repeat("x", 100): strings.Repeat("x", 64),
	} {
		if s, err := readMetadata(testMetadata(t, "service", "displayName", value), from, false); err != nil || s.name != want {
			t.Errorf("%q became %q, %v", value, s.name, err)
		}
	}
	if s, err := readMetadata(testMetadata(t, "identity", "displayName", ""), from, false); err != nil || s.account != "ana" {
		t.Errorf("account %q, %v", s.account, err)
	}
}

// On this machine plain http is allowed when the person allowed it, and does not lead
// from https to http.
func TestMetadataLoopback(t *testing.T) {
	plain, _ := url.Parse("http://127.0.0.1:8000/metadata")
	body := []byte(strings.ReplaceAll(string(testMetadata(t, "", "", nil)), origin, "http://127.0.0.1:8000"))
	if _, err := readMetadata(body, plain, true); err != nil {
		t.Error(err)
	}
	if _, err := readMetadata(body, plain, false); !errors.Is(err, approve.ErrInsecure) {
		t.Errorf("not allowed: %v", err)
	}
	encrypted, _ := url.Parse("https://127.0.0.1:8000/metadata")
	if _, err := readMetadata(body, encrypted, true); !errors.Is(err, approve.ErrRefused) {
		t.Errorf("from https to http: %v", err)
	}
	below := []byte(strings.ReplaceAll(string(testMetadata(t, "", "", nil)), origin, "https://x.127.0.0.1"))
	if _, err := readMetadata(below, encrypted, true); !errors.Is(err, approve.ErrAddress) {
		t.Errorf("a name below an address: %v", err)
	}
}

// FuzzMetadata: what is taken stays at the site and can be shown and answered.
func FuzzMetadata(f *testing.F) {
	for _, suite := range []string{suite, "OCRA-1:HOTP-SHA512-8:QH10-S128"} {
		f.Add([]byte(`{"service":{"displayName":"D","identifier":"d","authenticationUrl":"https://tiqr.demo.test/","enrollmentUrl":"https://a.tiqr.demo.test/",` +
			`"ocraSuite":"` + suite + `"},"identity":{"identifier":"ana","displayName":"Ana"}}`))
	}
	from, _ := url.Parse(origin)
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := readMetadata(body, from, false)
		if err != nil {
			return
		}
		for _, u := range []*url.URL{s.answers, s.enrolment} {
			if host := strings.ToLower(u.Hostname()); u.Scheme != "https" || u.User != nil || host != "tiqr.demo.test" && !strings.HasSuffix(host, ".tiqr.demo.test") {
				t.Errorf("address %q", u)
			}
		}
		if s.name == "" || s.account == "" || approve.Text(s.name) != s.name || approve.Text(s.account) != s.account || s.user == "" || s.id == "" {
			t.Errorf("read %+v", s)
		}
		if again, err := readSuite(s.suite.String()); err != nil || again != s.suite {
			t.Errorf("suite %q: %v", s.suite, err)
		}
	})
}
