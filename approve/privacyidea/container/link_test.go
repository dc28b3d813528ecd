package container

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/container/containertest"
)

// linkWith is a good link with some parameters changed; "" takes one out.
func linkWith(changes ...string) string {
	query := url.Values{
		"issuer": {"Demo"}, "ttl": {"10"}, "nonce": {"d3d38df0152ac3b7d15936f076c20ec8d7202bf4"},
		"time": {time.Now().UTC().Format("2006-01-02T15:04:05.000000+00:00")}, "url": {testBase}, "serial": {containertest.Serial},
		"key_algorithm": {"secp384r1"}, "hash_algorithm": {"SHA256"}, "ssl_verify": {"True"}, "passphrase": {""}, "send_passphrase": {"False"},
	}
	for i := 0; i < len(changes); i += 2 {
		if query.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			query.Del(changes[i])
		}
	}
	return "pia://container/" + containertest.Serial + "?" + query.Encode()
}

func TestPreview(t *testing.T) {
	d := newDriver(containertest.New(testBase).Client())
	p, err := d.Preview(linkWith("passphrase", "Your\x1b[31m birthday?", "send_passphrase", "True", "ssl_verify", "False"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Driver != Name || p.Server != testOrigin || p.App != "Demo" || p.Account != containertest.Serial {
		t.Errorf("preview %+v", p)
	}
	if !slices.Equal(p.Needs, []string{approve.NeedContainer, approve.NeedPassphrase}) {
		t.Errorf("needs %q", p.Needs)
	}
	var shown []string
	for _, detail := range p.Details {
		shown = append(shown, detail.Label+": "+detail.Text)
	}
	for _, want := range []string{
		"Sends to: pi.demo.test/pi", "Passphrase: Your birthday?", "Key: ECDSA P-384 with SHA-256",
	} {
		if !slices.Contains(shown, want) {
			t.Errorf("no %q in %q", want, shown)
		}
	}
	risks := strings.Join(p.Risks, "\n")
	for _, want := range []string{"a new secret", "bound to nothing but this link", "not to check", "is sent to the server"} {
		if !strings.Contains(risks, want) {
			t.Errorf("no %q in %s", want, risks)
		}
	}
}

func TestLinkRefuses(t *testing.T) {
	d := newDriver(containertest.New(testBase).Client())
	good := linkWith()
	for name, c := range map[string]struct {
		link string
		want error
	}{
		"of a push token":   {"pia://pipush/PIPU0001", approve.ErrNotMine},
		"of nothing":        {"pia://containers/x?serial=SMPH0001", approve.ErrNotMine},
		"no https":          {linkWith("url", "http://pi.demo.test"), approve.ErrInsecure},
		"same wire":         {linkWith("url", "ftp://pi.demo.test"), approve.ErrInsecure},
		"password":          {linkWith("url", "https://a:b@pi.demo.test"), approve.ErrAddress},
		"query":             {linkWith("url", testBase+"?a=b"), approve.ErrAddress},
		"bar":               {linkWith("url", testBase+"|x"), approve.ErrAddress},
		"number as a host":  {linkWith("url", "https://127.1"), approve.ErrAddress},
		"twice":             {good + "&serial=SMPH0002", nil},
		"two nonces":        {good + "&nonce=00", nil},
		"other container":   {strings.Replace(good, "container/"+containertest.Serial, "container/SMPH0002", 1), nil},
		"bar in the serial": {linkWith("serial", "SMPH|0001"), nil},
		"bar in the nonce":  {linkWith("nonce", "d3d38df0152ac3b7d15936f076c20ec8d7202bf4|x"), nil},
		"short nonce":       {linkWith("nonce", "d3d38d"), nil},
		"bar in the time":   {linkWith("time", "2026-11-22T01:34:30+00:00|x"), nil},
		"no time":           {linkWith("time", ""), nil},
		"other key":         {linkWith("key_algorithm", "secp256r1"), nil},
		"other hash":        {linkWith("hash_algorithm", "MD5"), nil},
		"no life":           {linkWith("ttl", "-1"), nil},
		"another version":   {good + "&v=2", nil},
		"too long":          {linkWith("issuer", strings.Repeat("x", maxLink)), nil},
	} {
		_, err := d.Preview(c.link)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A link lives from the time that it names, whoever looks at it when.
func TestLinkExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDriver(containertest.New(testBase).Client())
		link := linkWith("ttl", "3")
		time.Sleep(3*time.Minute - time.Second)
		if _, err := d.Preview(link); err != nil {
			t.Errorf("in time: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := d.Preview(link); !errors.Is(err, approve.ErrCodeExpired) {
			t.Errorf("late: %v", err)
		}
		if _, err := d.Pair(t.Context(), offerOf(link), nil); !errors.Is(err, approve.ErrCodeExpired) {
			t.Errorf("late: %v", err)
		}
		future := linkWith("time", time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		if _, err := d.Preview(future); !errors.Is(err, approve.ErrClock) {
			t.Errorf("of the future: %v", err)
		}
	})
}

// The server's own form of its address is what is signed.
func TestEndpoint(t *testing.T) {
	for _, c := range []struct{ base, address, scope string }{
		{"https://pi.demo.test", "https://pi.demo.test/container/challenge", "https://pi.demo.test/container/challenge"},
		{"https://PI.demo.test:443/x/", "https://pi.demo.test/x/container/challenge", "https://PI.demo.test:443/x/container/challenge"},
	} {
		b, err := readBase(c.base, false)
		if err != nil {
			t.Fatal(err)
		}
		if address, scope := b.endpoint("challenge"); address != c.address || scope != c.scope {
			t.Errorf("%s: %s, %s", c.base, address, scope)
		}
	}
}
