package keycloak

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
	"nod/vault"
)

// TestPushThroughInbox takes the whole way with a real vault, for both kinds of links.
func TestPushThroughInbox(t *testing.T) {
	for _, kind := range []string{"token", "request_uri"} {
		t.Run(kind, func(t *testing.T) {
			s := newPushServer(t)
			v, in := testVault(t, NewPush(keycloaktest.Client(s)))
			link := s.Link(nil)
			if kind == "request_uri" {
				link = s.FetchLink()
			}
			d, err := in.Pair(t.Context(), offer(link))
			if err != nil || d.State != vault.DeviceActive || d.Server != testOrigin || d.Account != "ana" || d.App != "demo" {
				t.Fatalf("device %+v, %v", d, err)
			}
			known := s.Devices[d.RemoteID]
			if known == nil || known.Label != "ana-laptop (linux terminal)" || known.Credential != d.Memory[memoryCredential] {
				t.Fatalf("enrolled %+v", known)
			}
			err = v.DeviceSecret(d.ID, func(raw []byte) error {
				var kept pushSecret
				if err := json.Unmarshal(raw, &kept); err != nil || string(kept.ClientSecret) != testClientSecret {
					t.Errorf("kept: %v", err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			for name, value := range d.Memory {
				if strings.Contains(value, testClientSecret) {
					t.Errorf("memory %s has the secret", name)
				}
			}

			id := s.AskNumber("34", "5", "34", "56")
			ev, err := in.Fetch(t.Context())
			if err != nil || len(ev.Requests) != 1 || ev.Requests[0].ID != id {
				t.Fatalf("event %+v, %v", ev, err)
			}
			accept := approve.Decision{Act: approve.Accept, Number: "34"}
			before := s.Called("POST")
			if _, err := in.Answer(t.Context(), id, accept, vault.PIN([]byte("222111"))); err == nil || s.Called("POST") != before {
				t.Errorf("a wrong PIN: %v", err)
			}
			out, err := in.Answer(t.Context(), id, accept, vault.PIN([]byte(testPIN)))
			if err != nil || out.State != approve.Accepted || len(s.Actions) != 1 || s.Actions[0] != "approve" {
				t.Errorf("outcome %+v, %v; actions %v", out, err, s.Actions)
			}
		})
	}
}

func TestPushPreview(t *testing.T) {
	s := newPushServer(t)
	driver := NewPush(&http.Client{})
	p, err := driver.Preview(" " + s.Link(fields{"username": "a\x1b[1mna"}) + "\n")
	if err != nil || p.Server != testOrigin || p.App != "demo" || p.Account != "ana" || len(p.Risks) != 1 || len(p.Details) != 4 {
		t.Errorf("preview %+v, %v", p, err)
	}
	if len(p.Needs) != 1 || p.Needs[0] != approve.NeedClient {
		t.Errorf("needs %q", p.Needs)
	}
	p, err = driver.Preview(s.FetchLink())
	if err != nil || p.Server != testOrigin || p.App != "demo" || p.Account != "" || len(p.Risks) != 2 || len(p.Needs) != 1 {
		t.Errorf("preview %+v, %v", p, err)
	}
}

func TestPushLinks(t *testing.T) {
	s := newPushServer(t)
	fetch := func(address string) string { return "x://y?request_uri=" + address }
	for name, test := range map[string]struct {
		link string
		want error
	}{
		"another scheme":          {strings.Replace(s.Link(nil), "my-secure://enroll", "https://app.demo.test/enrol", 1), nil},
		"another type":            {s.Link(fields{"typ": "push-confirm"}), approve.ErrNotMine},
		"no type":                 {s.Link(fields{"typ": nil}), approve.ErrNotMine},
		"no token":                {"my-secure://enroll?token=", approve.ErrNotMine},
		"no scheme":               {"?token=" + s.EnrolToken(nil), approve.ErrNotMine},
		"two tokens":              {s.Link(nil) + "&token=a.b.c", approve.ErrNotMine},
		"both":                    {s.Link(nil) + "&request_uri=" + testBase + requestToken + newUUID(), approve.ErrNotMine},
		"otpauth":                 {"otpauth://totp/x?secret=AA", approve.ErrNotMine},
		"a wallet's":              {fetch("https://wallet.demo.test/request/1"), approve.ErrNotMine},
		"no handle":               {fetch(testBase + requestToken), approve.ErrNotMine},
		"another's handle":        {fetch(testBase + requestToken + "../../x"), approve.ErrNotMine},
		"expired":                 {s.Link(fields{"exp": time.Now().Unix()}), approve.ErrCodeExpired},
		"plain http":              {s.Link(fields{"iss": "http://id.demo.test/realms/demo"}), approve.ErrInsecure},
		"plain http to fetch":     {fetch("http://id.demo.test/realms/demo" + requestToken + newUUID()), approve.ErrInsecure},
		"user to fetch":           {fetch("https://a:b@id.demo.test/realms/demo" + requestToken + newUUID()), approve.ErrAddress},
		"parameters to fetch":     {fetch(testBase + requestToken + newUUID() + "%3Fa=b"), approve.ErrAddress},
		"no realm to fetch":       {fetch(testOrigin + requestToken + newUUID()), approve.ErrAddress},
		"no issuer":               {s.Link(fields{"iss": nil}), approve.ErrAddress},
		"issuer with a user":      {s.Link(fields{"iss": "https://a@id.demo.test/realms/demo"}), approve.ErrAddress},
		"issuer with a parameter": {s.Link(fields{"iss": testBase + "?x"}), approve.ErrAddress},
		"issuer oddly written":    {s.Link(fields{"iss": "https://ID.demo.test/realms/demo"}), approve.ErrAddress},
		"another's realm":         {s.Link(fields{"realm": "master"}), approve.ErrRefused},
		"for another":             {s.Link(fields{"aud": "master"}), approve.ErrRefused},
		"for two":                 {s.Link(fields{"aud": []string{"demo", "master"}}), approve.ErrRefused},
		"for nobody":              {s.Link(fields{"aud": nil}), approve.ErrRefused},
		"no user":                 {s.Link(fields{"sub": nil}), approve.ErrRefused},
		"no id":                   {s.Link(fields{"enrollmentId": "../x"}), approve.ErrRefused},
		"no nonce":                {s.Link(fields{"nonce": nil}), approve.ErrRefused},
	} {
		p, err := NewPush(&http.Client{}).Preview(test.link)
		if !errors.Is(err, test.want) || err == nil && p.Driver != NamePush {
			t.Errorf("%s: %+v, %v, want %v", name, p, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "eyJ") {
			t.Errorf("%s: the error has the token: %v", name, err)
		}
	}
}

// TestPushForged: tokens that the realm has not signed. Nothing secret is sent.
func TestPushForged(t *testing.T) {
	s := newPushServer(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger := jose.JSONWebKey{Key: other, KeyID: "realm-1"}
	unsigned := func() string {
		parts := strings.Split(s.EnrolToken(nil), ".")
		return "eyJhbGciOiJub25lIn0." + parts[1] + "."
	}
	edited := func() string {
		a, b := strings.Split(s.EnrolToken(nil), "."), strings.Split(s.EnrolToken(fields{"username": "eve"}), ".")
		return a[0] + "." + b[1] + "." + a[2]
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"by another key":        keycloaktest.Mint(jose.RS256, stranger, s.EnrolClaims()),
		"by a key without name": keycloaktest.Mint(jose.RS256, keycloaktest.RealmKey(), s.EnrolClaims()),
		"by a key not listed":   keycloaktest.Mint(jose.RS256, jose.JSONWebKey{Key: keycloaktest.RealmKey(), KeyID: "realm-0"}, s.EnrolClaims()),
		"another algorithm":     keycloaktest.Mint(jose.RS512, s.Signer, s.EnrolClaims()),
		"another kind":          keycloaktest.Mint(jose.ES256, jose.JSONWebKey{Key: ec, KeyID: "realm-1"}, s.EnrolClaims()),
		"symmetric":             keycloaktest.Mint(jose.HS256, jose.JSONWebKey{Key: make([]byte, 64), KeyID: "realm-1"}, s.EnrolClaims()),
		"unsigned":              unsigned() + "AA",
		"edited":                edited(),
	} {
		k := vault.NewKeys()
		_, err := NewPush(keycloaktest.Client(s)).Pair(t.Context(), offer("x://y?token="+token), k)
		k.Wipe()
		if !errors.Is(err, approve.ErrRefused) || s.Called("POST") != 0 {
			t.Errorf("%s: error %v; calls %v", name, err, s.Calls)
		}
	}
}

// TestPushPairErrors: what can go wrong on the way.
func TestPushPairErrors(t *testing.T) {
	only := func(path string, lie func(http.ResponseWriter, *http.Request) bool) func(*pushServer) {
		return func(s *pushServer) {
			s.Lie = func(w http.ResponseWriter, r *http.Request) bool {
				return strings.Contains(r.URL.Path, path) && lie(w, r)
			}
		}
	}
	otherRealm := newPushServer(t)
	for name, test := range map[string]struct {
		prepare func(s *pushServer)
		want    error
	}{
		"handle gone":          {func(s *pushServer) { s.Enrolment = newUUID() }, approve.ErrCodeExpired},
		"no token":             {only(requestToken, keycloaktest.Status(200, "<html>")), approve.ErrUnreachable},
		"elsewhere":            {only(requestToken, redirectTo("https://evil.demo.test/")), approve.ErrRefused},
		"of another realm":     {only(requestToken, keycloaktest.Status(200, otherRealm.EnrolToken(fields{"iss": testOrigin + "/realms/master", "aud": "master", "realm": "master"}))), approve.ErrRefused},
		"of another server":    {only(requestToken, keycloaktest.Status(200, otherRealm.EnrolToken(fields{"iss": "https://evil.demo.test/realms/demo"}))), approve.ErrRefused},
		"expired when it came": {only(requestToken, keycloaktest.Status(200, otherRealm.EnrolToken(fields{"exp": 1}))), approve.ErrCodeExpired},
		"another type":         {only(requestToken, keycloaktest.Status(200, otherRealm.EnrolToken(fields{"typ": "push-confirm"}))), approve.ErrUnreachable},
		"no keys":              {only(pathCerts, keycloaktest.Status(200, `{"keys":[]}`)), approve.ErrRefused},
		"keys are a page":      {only(pathCerts, keycloaktest.Status(200, "<html>")), approve.ErrRefused},
		"keys not there":       {only(pathCerts, keycloaktest.Status(404, "")), approve.ErrRefused},
		"keys too long":        {only(pathCerts, keycloaktest.Status(200, strings.Repeat(" ", maxBody+1))), approve.ErrUnreachable},
		"client refused":       {only(pathToken, keycloaktest.Status(401, `{"error":"invalid_client"}`)), approve.ErrRefused},
		"bearer token":         {only(pathToken, keycloaktest.Status(200, `{"access_token":"abc","token_type":"Bearer","expires_in":60}`)), approve.ErrRefused},
		"odd token":            {only(pathToken, keycloaktest.Status(200, `{"access_token":"a b\r\nX: y","token_type":"DPoP","expires_in":60}`)), approve.ErrUnreachable},
		"proof, without a Date": {func(s *pushServer) {
			s.Dates = false
			only(pathToken, keycloaktest.Status(400, `{"error":"invalid_dpop_proof"}`))(s)
		}, approve.ErrClock},
		"used":                     {only("/enroll/complete", keycloaktest.Status(409, "")), approve.ErrUsed},
		"resolved":                 {only("/enroll/complete", keycloaktest.Status(400, "")), approve.ErrCodeExpired},
		"nonce":                    {only("/enroll/complete", keycloaktest.Status(403, "")), approve.ErrRefused},
		"never takes the token":    {only("/enroll/complete", keycloaktest.Status(401, "")), approve.ErrRefused},
		"something else than done": {only("/enroll/complete", keycloaktest.Status(200, `{"status":"perhaps"}`)), approve.ErrUnreachable},
		"broken":                   {only("/enroll/complete", keycloaktest.Status(500, "")), approve.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPushServer(t)
			link := s.FetchLink()
			test.prepare(s)
			k := vault.NewKeys()
			defer k.Wipe()
			_, err := NewPush(keycloaktest.Client(s)).Pair(t.Context(), offer(link), k)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if got := s.Called("POST " + pathToken); got > 1 {
				t.Errorf("%d tokens asked for", got)
			}
			if got := s.Called("POST " + pathPush); name == "bearer token" && got != 0 {
				t.Error("a token that is not bound to the key was used")
			}
			if strings.Contains(err.Error(), testClientSecret) || strings.Contains(err.Error(), "eyJ") || strings.Contains(err.Error(), s.Enrolment) {
				t.Errorf("the error has a secret: %v", err)
			}
		})
	}
	s := newPushServer(t)
	for name, test := range map[string]struct {
		change func(o *approve.Offer)
		want   error
	}{
		"no client":  {func(o *approve.Offer) { o.ClientID = "" }, nil},
		"no secret":  {func(o *approve.Offer) { o.ClientSecret = "" }, nil},
		"unchecked":  {func(o *approve.Offer) { o.Trust.Unchecked = true }, approve.ErrInsecure},
		"other link": {func(o *approve.Offer) { o.Link = "nod://pair" }, approve.ErrNotMine},
	} {
		o := offer(s.Link(nil))
		test.change(&o)
		k := vault.NewKeys()
		_, err := NewPush(keycloaktest.Client(s)).Pair(t.Context(), o, k)
		k.Wipe()
		if err == nil || test.want != nil && !errors.Is(err, test.want) || len(s.Calls) != 0 {
			t.Errorf("%s: %v; calls %v", name, err, s.Calls)
		}
	}
}

// TestPushPairClock: a clock that is off does not stop a pairing.
func TestPushPairClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, offset := range []time.Duration{time.Minute, -time.Minute} {
			s := newPushServer(t)
			s.Offset = offset
			k := vault.NewKeys()
			if _, err := NewPush(keycloaktest.Client(s)).Pair(t.Context(), offer(s.Link(nil)), k); err != nil {
				t.Errorf("%v: %v", offset, err)
			}
			k.Wipe()
			if got := s.Called("POST " + pathToken); got != 2 {
				t.Errorf("%v: %d tokens asked for, want one refused and one not", offset, got)
			}
		}
	})
}

// FuzzPushLink: whatever is previewed is of one realm of one https server.
func FuzzPushLink(f *testing.F) {
	s := newPushServer(f)
	for _, link := range []string{s.Link(nil), s.FetchLink(), s.Link(fields{"aud": 7}), "a:?token=e30.e30.e30", "x?request_uri=https%3A%2F%2Fa"} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		e, err := readEnrolment(link, false, time.Now())
		if err != nil {
			return
		}
		if again, err := parseRealm(e.realm.base, false); err != nil || again != e.realm || !strings.HasPrefix(e.realm.base, "https://") {
			t.Errorf("%q: realm %+v reads as %+v, %v", link, e.realm, again, err)
		}
		if (e.fetch == "") == (e.token == "") || e.fetch != "" && !strings.HasPrefix(e.fetch, e.realm.base+requestToken) {
			t.Errorf("%q: %+v", link, e)
		}
	})
}
