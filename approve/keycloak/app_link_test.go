package keycloak

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"nod/approve"
)

func TestAppPreview(t *testing.T) {
	s := newAppServer(t)
	end := time.Now().Add(5 * time.Minute)
	p, err := NewApp(&http.Client{}).Preview("  " + s.Link(fields{"exp": end.Unix()}) + "\n")
	if err != nil || p.Driver != NameApp || p.Server != testOrigin || p.App != "demo" || len(p.Risks) != 2 || len(p.Needs) != 0 {
		t.Fatalf("preview %+v, %v", p, err)
	}
	want := []approve.Detail{{Label: "Realm", Text: "demo"}, {Label: "Client", Text: "account-console"}, {Label: "Valid until", Text: end.Format(time.DateTime)}}
	for i, d := range p.Details {
		if d != want[i] {
			t.Errorf("detail %+v, want %+v", d, want[i])
		}
	}
	local := strings.Replace(s.Link(fields{"iss": "http://127.0.0.1:8080/realms/demo"}), testOrigin, "http://127.0.0.1:8080", 1)
	if p, err := NewApp(&http.Client{}).Preview(local); err != nil || len(p.Risks) != 3 || !strings.Contains(p.Risks[0], "not encrypted") {
		t.Errorf("preview %+v, %v", p, err)
	}
}

// TestAppLinks: what is not a pairing link, and what is one that must not be followed.
func TestAppLinks(t *testing.T) {
	s := newAppServer(t)
	good := s.Link(nil)
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q to replace", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, test := range map[string]struct {
		link string
		want error
	}{
		"as it should be":      {good, nil},
		"usual port":           {replace("id.demo.test", "ID.demo.test:443"), nil},
		"issuer with a port":   {s.Link(fields{"iss": "https://id.demo.test:443/realms/demo"}), nil},
		"path before":          {strings.Replace(s.Link(fields{"iss": testOrigin + "/auth/realms/demo"}), "/realms", "/auth/realms", 1), nil},
		"another type":         {s.Link(fields{"typ": "execute-actions"}), approve.ErrNotMine},
		"a login":              {s.Link(fields{"typ": typeLogin}), approve.ErrNotMine},
		"no type":              {s.Link(fields{"typ": nil}), approve.ErrNotMine},
		"otpauth":              {"otpauth://totp/x?secret=AA", approve.ErrNotMine},
		"nothing":              {"", approve.ErrNotMine},
		"another path":         {replace("action-token", "authenticate"), approve.ErrNotMine},
		"cut token":            {replace("key=", "key=."), approve.ErrNotMine},
		"too long":             {good + "&x=" + strings.Repeat("x", maxLink), approve.ErrNotMine},
		"expired":              {s.Link(fields{"exp": time.Now().Unix()}), approve.ErrCodeExpired},
		"plain http":           {replace("https", "http"), approve.ErrInsecure},
		"user":                 {replace("id.demo", "id.demo.test@evil"), approve.ErrAddress},
		"fragment":             {good + "#x", approve.ErrAddress},
		"two tokens":           {good + "&key=" + url.QueryEscape("a.b.c"), approve.ErrAddress},
		"semicolon":            {good + ";x=1", approve.ErrAddress},
		"no realm":             {replace("/realms/demo", "/realms"), approve.ErrAddress},
		"two realms deep":      {replace("/realms/demo", "/realms/demo/x"), approve.ErrAddress},
		"dots":                 {replace("/realms/demo", "/realms/x/../realms/demo"), approve.ErrAddress},
		"slash in the realm":   {replace("/realms/demo", "/realms/a%2fdemo"), approve.ErrAddress},
		"another issuer":       {s.Link(fields{"iss": "https://evil.demo.test/realms/demo"}), approve.ErrRefused},
		"another's realm":      {s.Link(fields{"iss": testOrigin + "/realms/master"}), approve.ErrRefused},
		"a key of its own":     {good + "&public_key=AAAA", approve.ErrRefused},
		"a device of its own":  {good + "&device_id=x", approve.ErrRefused},
		"a push id of its own": {good + "&device_push_id=x", approve.ErrRefused},
		"a very long user":     {s.Link(fields{"sub": strings.Repeat("u", 200)}), approve.ErrAddress},
	} {
		p, err := NewApp(&http.Client{}).Preview(test.link)
		if !errors.Is(err, test.want) || err == nil && p.Driver != NameApp {
			t.Errorf("%s: %+v, %v, want %v", name, p, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "eyJ") {
			t.Errorf("%s: the error has the token: %v", name, err)
		}
	}
	for name, exp := range map[string]any{"no end": nil, "no number": "soon", "in a thousand years": time.Now().AddDate(1000, 0, 0).Unix(), "negative": -1} {
		if p, err := NewApp(&http.Client{}).Preview(s.Link(fields{"exp": exp})); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// FuzzAppLink: whatever is previewed is of one realm of one https server, or of this
// machine, and has not ended.
func FuzzAppLink(f *testing.F) {
	s := newAppServer(f)
	for _, link := range []string{s.Link(nil), s.Link(fields{"exp": 1}), s.Link(fields{"iss": 7}), "https://a/realms/b/login-actions/action-token?key=e30.e30.e30", "otpauth://x"} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		now := time.Now()
		got, err := readSetup(link, false, now)
		if err != nil {
			return
		}
		if !strings.HasPrefix(got.realm.base, "https://") || !strings.HasPrefix(got.realm.base, got.realm.origin+"/") || !got.until.After(now) {
			t.Errorf("%q: %+v", link, got)
		}
		if again, err := parseRealm(got.realm.base, false); err != nil || again != got.realm {
			t.Errorf("%q: realm %+v reads as %+v, %v", link, got.realm, again, err)
		}
	})
}
