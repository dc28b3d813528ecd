package server

// People with a second factor, for the tests of signing in.

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"nod/approve/server/store"
	"nod/vault/otp"
)

const (
	benPhone = "+37060000012"
	masked   = "+370 *** **12"
)

// enrolled is a way of ben to sign in at a site.
type enrolled struct {
	b        *bench
	site     string
	key      otp.Key // of an authenticator app
	recovery []string
}

// enrol gives ben ways to sign in at a site; the last one is asked first.
func (b *bench) enrol(site string, kinds ...string) enrolled {
	b.t.Helper()
	e := enrolled{b: b, site: site}
	for _, kind := range kinds {
		address := map[string]string{methodSMS: benPhone, methodEmail: "ben@demo.test"}[kind]
		link, recovery, err := b.Enrol(b.t.Context(), "ben@demo.test", site, kind, address)
		if err != nil {
			b.t.Fatal(err)
		}
		if recovery != nil {
			e.recovery = recovery
		}
		if kind == methodTOTP {
			if e.key, err = otp.ParseURI(link); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	return e
}

// code is that of the authenticator app, some time steps away.
func (e enrolled) code(steps int) string {
	e.b.t.Helper()
	code, err := e.key.Code(e.b.now().Add(time.Duration(steps*e.key.Period) * time.Second))
	if err != nil {
		e.b.t.Fatal(err)
	}
	return code
}

// next lets time pass until the app shows another code.
func (e enrolled) next() { e.b.advance(time.Duration(e.key.Period) * time.Second) }

// signInAt signs in by password at a site.
func (w *browser) signInAt(site, user string) *browser {
	w.b.t.Helper()
	path := "/app/" + site + "/login"
	return w.get(path).want("login", "").post(path, "user", user, "password", user+"-demo-pass")
}

// signIn is a new browser of ben at the site.
func (e enrolled) signIn() *browser {
	e.b.t.Helper()
	return e.b.browser().signInAt(e.site, "ben")
}

// leadsTo checks where GET path redirects to, and does not go there.
func (w *browser) leadsTo(path, want string) {
	w.b.t.Helper()
	page := w.body
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.get(path)
	w.client.CheckRedirect = nil
	if w.status != http.StatusFound || w.header.Get("Location") != want {
		w.b.t.Errorf("GET %s: %d to %s, want 302 to %s", path, w.status, w.header.Get("Location"), want)
	}
	w.body = page // its forms are still needed
}

var sentHook = regexp.MustCompile(`Your code to sign in to (.+) is (\d{6})\.`)

// sent is the code in the newest message of a kind.
func (b *bench) sent(kind string) string {
	b.t.Helper()
	for _, m := range b.outbox() {
		if found := sentHook.FindStringSubmatch(m.Body); m.Kind == kind && found != nil {
			return found[2]
		}
	}
	b.t.Fatalf("no code was sent by %s: %+v", kind, b.outbox())
	return ""
}

// sentCount counts the codes that were sent.
func (b *bench) sentCount(kind string) (n int) {
	b.t.Helper()
	for _, m := range b.outbox() {
		if m.Kind == kind && sentHook.MatchString(m.Body) {
			n++
		}
	}
	return n
}

// wrong is a code that code is not.
func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

// setPolicyOf changes what holds at a site.
func (b *bench) setPolicyOf(site string, change func(*Policy)) {
	b.t.Helper()
	p, _ := profileNamed(site)
	if err := b.store.Update(b.t.Context(), func(tx *store.Tx) error {
		policy, err := b.policy(tx, p)
		if err != nil {
			return err
		}
		change(&policy)
		return b.setPolicy(tx, p, policy, "ana@demo.test", "")
	}); err != nil {
		b.t.Fatal(err)
	}
}

// factorsOf reads what someone has at a site.
func (b *bench) factorsOf(name, site string) (f factors) {
	b.t.Helper()
	p, _ := profileNamed(site)
	id := b.user(name).ID
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) (err error) {
		f, err = b.factors(tx, id, p)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return f
}

// activity are the results that someone is shown of their sign-ins at a site,
// newest first.
func (b *bench) activity(name, site string) (results []string) {
	b.t.Helper()
	id := b.user(name).ID
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) error {
		all, err := tx.Activities(id, site, kindSignIn, 100)
		for _, a := range all {
			results = append(results, a.Result)
		}
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return results
}

// eachSite runs a test at all five sites.
func eachSite(t *testing.T, test func(t *testing.T, p profile)) {
	for _, p := range profiles {
		t.Run(p.Name, func(t *testing.T) { test(t, p) })
	}
}
