package sim_test

// The person in the browser with codes, against the reference server.

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/sim"
	"nod/approve/sim/simtest"
	"nod/vault/otp"
)

// enrol gives ben ways to sign in at site; the last one is asked first.
func enrol(t *testing.T, s *simtest.Server, site string, kinds ...string) (app func(time.Time) (string, error), recovery []string) {
	t.Helper()
	for _, kind := range kinds {
		address := map[string]string{"sms": "+37060000012", "email": "ben@demo.test"}[kind]
		link, codes, err := s.Enrol(t.Context(), "ben@demo.test", site, kind, address)
		if err != nil {
			t.Fatal(err)
		}
		if codes != nil {
			recovery = codes
		}
		if kind == "totp" {
			key, err := otp.ParseURI(link)
			if err != nil {
				t.Fatal(err)
			}
			app = key.Code
		}
	}
	return app, recovery
}

func fixed(code string) func(time.Time) (string, error) {
	return func(time.Time) (string, error) { return code, nil }
}

// ben is ben in a browser at site.
func ben(s *simtest.Server, site, method string) sim.Login {
	return sim.Login{Server: s.URL, App: site, User: "ben", Password: "ben-demo-pass", Client: s.Client(), Method: method}
}

// Each method of each site, twice in a row: the second time the person waits for
// the next code of the app, or until another one may be sent.
func TestLoginMethods(t *testing.T) {
	for site, kinds := range map[string][]string{
		"rms": {"totp", "sms", "email"}, "keys": {"totp", "sms", "email"}, "oneglobal": {"totp"}, "helpdesk": {"totp"}, "rmscloud": {"totp"},
	} {
		for _, method := range kinds {
			t.Run(site+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := simtest.NewServer(t)
					app, _ := enrol(t, s, site, kinds...)
					for range 2 {
						var titles []string
						l := ben(s, site, method)
						l.Code, l.Outbox = app, true
						l.Page = func(p sim.Page) { titles = append(titles, p.Title) }
						end, err := l.Run(t.Context())
						if err != nil || end.State != "signed_in" || !strings.HasSuffix(end.Page.Text, "as ben@demo.test") {
							t.Fatalf("end = %+v, %v", end, err)
						}
						if all := strings.Join(titles, ", "); !strings.Contains(all, "Enter a code") {
							t.Errorf("pages = %s", all)
						}
					}
				})
			})
		}
	}
}

func TestLoginByRecoveryCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simtest.NewServer(t)
		_, codes := enrol(t, s, "rms", "totp")
		l := ben(s, "rms", "recovery")
		l.Code = fixed(codes[0])
		if end, err := l.Run(t.Context()); err != nil || end.State != "signed_in" || end.Page.Text != "9 of 10 codes left." {
			t.Errorf("end = %+v, %v", end, err)
		}
		if end, err := l.Run(t.Context()); err != nil || end.State != "wrong_code" || end.Page.Text != "That recovery code is not valid." {
			t.Errorf("again: %+v, %v", end, err)
		}
		_, codes = enrol(t, s, "keys", "totp")
		l = ben(s, "keys", "recovery")
		l.Code = fixed(codes[0])
		if end, err := l.Run(t.Context()); err != nil || end.State != "signed_in" || !strings.Contains(end.Page.Text, "were reset") {
			t.Errorf("reset: %+v, %v", end, err)
		}
	})
}

func TestLoginCodeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simtest.NewServer(t)
		enrol(t, s, "keys", "sms", "totp")
		l := ben(s, "keys", "")
		if end, err := l.Run(t.Context()); err == nil {
			t.Errorf("without a code: %+v", end)
		}
		l.Code = fixed("x")
		for range 10 {
			if end, err := l.Run(t.Context()); err != nil || end.State != "wrong_code" || end.Page.Text != "That code is not right. Try again." {
				t.Fatalf("end = %+v, %v", end, err)
			}
		}
		if end, err := l.Run(t.Context()); err != nil || end.State != "limited" {
			t.Errorf("after ten: %+v, %v", end, err)
		}
		l.Method = "companion"
		if end, err := l.Run(t.Context()); err == nil {
			t.Errorf("a method that is not there: %+v", end)
		}
		l.Method, l.Code = "totp", func(time.Time) (string, error) { return "", errors.New("no app") }
		if end, err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no app") {
			t.Errorf("without an app: %+v, %v", end, err)
		}
	})
}
