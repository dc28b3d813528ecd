package privacyidea

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/privacyideatest"
)

// testLink is a pairing link as privacyIDEA writes it; change may change its
// parameters.
func testLink(change func(url.Values)) string { return privacyideatest.New(nil).Link(change) }

// with sets one parameter.
func with(name string, values ...string) string {
	return testLink(func(q url.Values) { q[name] = values })
}

func TestPreview(t *testing.T) {
	const (
		push      = "The server tries to push a request first, which nod can not receive: requests come when nod asks, if the server allows that."
		unchecked = "The link asks nod not to check the server's certificate. nod checks it all the same."
		biometric = "The server asks for a fingerprint or a face. nod can not read these and asks for its PIN."
		local     = "The server is on this machine or on the same wire; nod pairs with it only where that is allowed."
		plain     = "The connection is not encrypted."
	)
	for name, test := range map[string]struct {
		link    string
		account string
		server  string
		risks   []string
		details map[string]string
	}{
		"plain":       {link: testLink(nil), details: map[string]string{"Serial": testSerial, "Sends to": "pi.demo.test/ttype/push", "Link lives": "10 minutes", "TLS": "certificates are checked"}},
		"pia":         {link: strings.Replace(testLink(nil), "otpauth:", "pia:", 1)},
		"upper case":  {link: " " + strings.Replace(testLink(nil), "otpauth://pipush", "OTPAUTH://PiPush", 1) + "\n"},
		"as written":  {link: "otpauth://pipush/PIPU0006407D?url=https%3A//pi.demo.test/ttype/push&ttl=1&issuer=Demo&enrollment_credential=be02c71199253297857dfc6a56f767c1f4f6d00d&v=1&serial=PIPU0006407D&sslverify=1&poll_only=True", account: "PIPU0006407D", details: map[string]string{"Link lives": "1 minute"}},
		"own port":    {link: with("url", "https://PI.demo.test:8443/push/"), server: "https://pi.demo.test:8443", details: map[string]string{"Sends to": "pi.demo.test:8443/push/"}},
		"usual port":  {link: with("url", "https://pi.Demo.test:443/ttype/push")},
		"push first":  {link: with("poll_only", "False"), risks: []string{push}},
		"push unsaid": {link: with("poll_only"), risks: []string{push}},
		"unchecked":   {link: with("sslverify", "0"), risks: []string{unchecked}, details: map[string]string{"TLS": "the link asks for certificates not to be checked"}},
		"pin":         {link: with("pin", "true"), details: map[string]string{"App lock": "a PIN, which nod has"}},
		"any":         {link: with("app_force_unlock", "any"), details: map[string]string{"App lock": "a PIN or a fingerprint; nod has a PIN"}},
		"unknown":     {link: with("app_force_unlock", "voice"), details: map[string]string{"App lock": "a PIN, which nod has"}},
		"biometric":   {link: with("app_force_unlock", "biometric"), risks: []string{biometric}},
		"loopback":    {link: with("url", "http://127.0.0.1:5001/ttype/push"), server: "http://127.0.0.1:5001", risks: []string{local, plain}},
		"same wire":   {link: with("url", "https://169.254.1.1/p"), server: "https://169.254.1.1", risks: []string{local}},
		"no life":     {link: with("ttl"), details: map[string]string{"Link lives": "10 minutes"}},
		"a picture":   {link: with("image", "https://evil.demo.test/x.png")},
		"hostile":     {link: strings.Replace(testLink(nil), "ana%40demo.test", "%1B[2Jana%E2%80%AE", 1), account: "ana"},
	} {
		t.Run(name, func(t *testing.T) {
			client := &http.Client{Transport: unused{t}}
			p, err := New(client).Preview(test.link)
			if err != nil {
				t.Fatal(err)
			}
			if test.account == "" {
				test.account = "ana@demo.test"
			}
			if test.server == "" {
				test.server = testOrigin
			}
			if p.Driver != Name || p.App != "Demo" || p.Account != test.account || p.Server != test.server || !slices.Equal(p.Risks, test.risks) {
				t.Errorf("preview = %+v", p)
			}
			for _, d := range p.Details {
				if want, ok := test.details[d.Label]; ok && d.Text != want {
					t.Errorf("%s: %q, want %q", d.Label, d.Text, want)
				}
				delete(test.details, d.Label)
			}
			if len(test.details) > 0 {
				t.Errorf("details %+v lack %v", p.Details, test.details)
			}
		})
	}
}

// unused fails when something is sent.
type unused struct{ t *testing.T }

func (u unused) RoundTrip(r *http.Request) (*http.Response, error) {
	u.t.Errorf("sent %s %s", r.Method, r.URL)
	return nil, errors.New("unused")
}

func TestPreviewRefused(t *testing.T) {
	for name, test := range map[string]struct {
		link string
		want error // nil: any but ErrNotMine
	}{
		"a code":          {"otpauth://totp/Demo:ana?secret=JBSWY3DPEHPK3PXP", approve.ErrNotMine},
		"a container":     {"pia://container/SMPH000588A4?url=https://pi.demo.test", approve.ErrNotMine},
		"longer host":     {"otpauth://pipushed/x?v=1", approve.ErrNotMine},
		"eduMFA's":        {"edumfa-push://edumfa/x?v=1", approve.ErrNotMine},
		"nod's":           {"nod://pair?s=x", approve.ErrNotMine},
		"empty":           {"", approve.ErrNotMine},
		"version 2":       {with("v", "2"), nil},
		"no version":      {with("v"), nil},
		"two versions":    {with("v", "1", "2"), nil},
		"two addresses":   {with("url", testURL, "https://evil.demo.test/"), nil},
		"two serials":     {with("serial", testSerial, "PIPU1"), nil},
		"two credentials": {with("enrollment_credential", testCredential, testCredential), nil},
		"no serial":       {with("serial"), nil},
		"serial with |":   {with("serial", "PIPU0001|x"), nil},
		"long serial":     {with("serial", strings.Repeat("A", 65)), nil},
		"no credential":   {with("enrollment_credential"), nil},
		"odd credential":  {with("enrollment_credential", strings.Repeat("a%", 20)), nil},
		"life of words":   {with("ttl", "ten"), nil},
		"no life left":    {with("ttl", "0"), nil},
		"no address":      {with("url"), approve.ErrAddress},
		"user":            {with("url", "https://pi.demo.test@evil.demo.test/"), approve.ErrAddress},
		"fragment":        {with("url", testURL+"#x"), approve.ErrAddress},
		"query":           {with("url", testURL+"?x=1"), approve.ErrAddress},
		"| in it":         {with("url", testURL+"|x"), approve.ErrAddress},
		"blank in it":     {with("url", testURL+" x"), approve.ErrAddress},
		"other letters":   {with("url", "https://pі.demo.test/"), approve.ErrAddress},
		"odd loopback":    {with("url", "https://127.1/"), approve.ErrAddress},
		"hex loopback":    {with("url", "https://0x7f000001/"), approve.ErrAddress},
		"trailing dot":    {with("url", "https://localhost./"), approve.ErrAddress},
		"no host":         {with("url", "https:///ttype/push"), approve.ErrAddress},
		"plain http":      {with("url", "http://pi.demo.test/"), approve.ErrInsecure},
		"ftp":             {with("url", "ftp://pi.demo.test/"), approve.ErrInsecure},
		"damaged":         {testLink(nil) + "&x=%zz", nil},
		"with user":       {strings.Replace(testLink(nil), "pipush/", "pipush/x#", 1), nil},
		"too long":        {testLink(nil) + "&x=" + strings.Repeat("x", maxLink), nil},
	} {
		_, err := New(&http.Client{Transport: unused{t}}).Preview(test.link)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || test.want == nil && errors.Is(err, approve.ErrNotMine) {
			t.Errorf("%s: error %v, want %v", name, err, test.want)
		}
		if err != nil && (strings.Contains(err.Error(), testCredential) || strings.Contains(err.Error(), "demo.test")) {
			t.Errorf("%s: the error repeats the link: %v", name, err)
		}
	}
}

// TestLinkLife: a link lives from when it was first seen, whoever asks.
func TestLinkLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(&http.Client{Transport: unused{t}})
		if _, err := d.Preview(testLink(nil)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*time.Minute - time.Second)
		if _, err := d.Preview(testLink(nil)); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		_, err := d.Preview(testLink(nil))
		if !errors.Is(err, approve.ErrCodeExpired) {
			t.Errorf("preview: %v", err)
		}
		if _, err := d.Pair(t.Context(), approve.Offer{Link: testLink(nil)}, nil); !errors.Is(err, approve.ErrCodeExpired) {
			t.Errorf("pair: %v", err)
		}
		other := with("enrollment_credential", strings.Repeat("f", 40))
		if _, err := d.Preview(other); err != nil {
			t.Errorf("another link: %v", err)
		}
		// Many links later it is still a bounded list, and the newest are in it.
		for i := range maxSightings + 10 {
			time.Sleep(time.Millisecond)
			if _, err := d.Preview(with("serial", "PIPU"+strings.Repeat("x", 1+i%50)+strings.Repeat("y", i/50))); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(d.(*driver).links.first); n != maxSightings {
			t.Errorf("%d links are remembered", n)
		}
	})
}

// FuzzLink: whatever is read can be said again, and is of one server.
func FuzzLink(f *testing.F) {
	f.Add(testLink(nil))
	f.Add(with("url", "http://[::1]:80/%7C"))
	f.Add("edumfa-push://edumfa/x?v=1&serial=EDUP1&enrollment_credential=" + testCredential + "&url=https://a/")
	f.Add("pia://pipush")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range []profile{profilePrivacyIDEA, profileEduMFA} {
			l, err := p.readLink(text, true)
			if err != nil {
				continue
			}
			again, err := readAddress(l.url.String(), true)
			if err != nil || !reflect.DeepEqual(again, l.url) {
				t.Errorf("%s read again is %v, %v", l.url, again, err)
			}
			if strings.Contains(l.url.String()+l.serial, "|") || l.url.User != nil || approve.Text(l.label) != l.label || l.minutes < 1 {
				t.Errorf("link = %+v", l)
			}
			if l.url.Scheme == "http" {
				if _, err := p.readLink(text, false); !errors.Is(err, approve.ErrInsecure) {
					t.Errorf("http without leave: %v", err)
				}
			}
		}
	})
}
