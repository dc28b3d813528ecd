package server

// Apps: their page, their secrets, and the admin API that they open.

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
)

// appWith asks for the app with that id and secret.
func (b *bench) appWith(id, secret string) (a store.App, err error) {
	b.t.Helper()
	viewErr := b.store.View(b.t.Context(), func(tx *store.Tx) error {
		a, err = b.appBySecret(tx, id, secret)
		return nil
	})
	if viewErr != nil {
		b.t.Fatal(viewErr)
	}
	return a, err
}

var shownSecret = regexp.MustCompile(`<code id="app-id">([^<]+)</code>(?s:.*)<code id="app-secret">([^<]+)</code>`)

func TestAppPage(t *testing.T) {
	b := newBench(t)
	w := b.admin().get("/company/apps").want("apps", "", "No apps yet.", "Add an app")
	w.post("/company/apps", "name", " ", "profile", "nowhere", "webhook", "ftp://x").want("apps", "", "Give the app a name.", "Choose a site.", "Use an https address", `value="ftp://x"`)
	if w.status != http.StatusUnprocessableEntity {
		t.Errorf("wrong form: %d, want 422", w.status)
	}
	w.post("/company/apps", "name", "Jump host", "profile", "helpdesk", "webhook", "https://hooks.demo.test/nod").want("apps", "", "It is shown this once", "Jump host", "HelpDesk", "webhook-key")
	shown := shownSecret.FindStringSubmatch(w.body)
	if shown == nil {
		t.Fatalf("no secret:\n%s", w.body)
	}
	id, secret := shown[1], shown[2]
	if a, err := b.appWith(id, secret); err != nil || a.Name != "Jump host" || a.Profile != "helpdesk" {
		t.Errorf("app = %+v, %v", a, err)
	}
	if w.get("/company/apps").want("apps", "", "Jump host", id); strings.Contains(w.body, secret) {
		t.Error("the secret is shown again")
	}
	a := b.app(id)
	if strings.Contains(string(a.Hash)+string(a.WebhookKey), secret) {
		t.Error("the store has the secret")
	}
	if key, err := b.webhookKey(a); err != nil || len(key) != 43 {
		t.Errorf("webhook key of %d bytes, %v", len(key), err)
	}

	w.post("/company/apps/"+id+"/rotate").want("apps", "", "It is shown this once", "Works until 23 Nov 2026 21:00 UTC")
	newer := shownSecret.FindStringSubmatch(w.body)[2]
	for _, each := range []string{secret, newer} {
		if _, err := b.appWith(id, each); err != nil {
			t.Errorf("in the overlap: %v", err)
		}
	}
	b.advance(rotateOverlap - time.Millisecond)
	if _, err := b.appWith(id, secret); err != nil {
		t.Errorf("at the end of the overlap: %v", err)
	}
	b.advance(time.Millisecond)
	if _, err := b.appWith(id, secret); !errors.Is(err, errApp) {
		t.Errorf("after the overlap: %v, want errApp", err)
	}
	if _, err := b.appWith(id, newer); err != nil {
		t.Errorf("the new secret after the overlap: %v", err)
	}
	if err := b.CloseApp(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := b.appWith(id, newer); !errors.Is(err, errApp) {
		t.Errorf("closed: %v, want errApp", err)
	}
	for kind, want := range map[string]int{auditAppAdded: 1, auditAppRotated: 1, auditAppClosed: 1} {
		b.wantAudit(kind, want)
	}
}

func (b *bench) app(id string) (a store.App) {
	b.t.Helper()
	b.update(func(tx *store.Tx) (err error) {
		a, err = tx.App(id)
		return err
	})
	return a
}

func TestAppClosePage(t *testing.T) {
	b := newBench(t)
	made, err := b.AddApp(t.Context(), "Jump host", "rms", "")
	if err != nil {
		t.Fatal(err)
	}
	w := b.admin().get("/company/apps").want("apps", "", "Jump host")
	w.post("/company/apps/"+made.ID+"/rotate", "at_once", "on").want("apps", "", "It is shown this once")
	if _, err := b.appWith(made.ID, made.Secret); !errors.Is(err, errApp) {
		t.Errorf("a secret that was ended at once: %v", err)
	}
	w.post("/company/apps/"+made.ID+"/close").want("apps", "", "The app was closed.", "closed")
	w.post("/company/apps/"+made.ID+"/rotate").want("error", "", "There is no such app.")
	w.get("/company/apps").post("/company/apps/app-none/close").want("error", "", "There is no such app.")
}

func TestAppBySecret(t *testing.T) {
	b := newBench(t)
	one, err1 := b.AddApp(t.Context(), "One", "rms", "")
	two, err2 := b.AddApp(t.Context(), "Two", "rms", "")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if _, err := b.appWith(one.ID, one.Secret); err != nil {
		t.Error(err)
	}
	for name, test := range map[string][2]string{
		"another's": {one.ID, two.Secret}, "empty": {one.ID, ""}, "unknown": {"app-none", one.Secret}, "none": {"", ""}, "cut": {one.ID, one.Secret[1:]},
	} {
		if a, err := b.appWith(test[0], test[1]); !errors.Is(err, errApp) || a.ID != "" {
			t.Errorf("%s: %+v, %v, want errApp", name, a, err)
		}
	}
}

func TestWebhookAllowed(t *testing.T) {
	for address, want := range map[string]bool{
		"https://hooks.demo.test/nod": true, "https://10.0.0.1:8443/": true, "http://127.0.0.1:9000/x": true, "http://[::1]/x": true, "http://localhost/x": true,
		"http://hooks.demo.test/": false, "http://127.0.0.1.demo.test/": false, "http://localhost.demo.test": false, "ftp://127.0.0.1/": false, "https://": false, "/x": false,
		"https://user:pass@hooks.demo.test/": false, "https://hooks.demo.test/#x": false, "javascript:alert(1)": false, "http://169.254.169.254/": false,
		"https://hooks.demo.test/" + strings.Repeat("x", 512): false,
	} {
		if got := webhookAllowed(address); got != want {
			t.Errorf("webhookAllowed(%q) = %v, want %v", address, got, want)
		}
	}
}

// The key to the admin API, which asks for no second factor, is made only by an
// administrator who has one.
func TestAdminAppNeedsFactor(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ana", "ana-demo-pass").get("/company/apps")
	w.post("/company/apps", "name", "Robot", "profile", profileAdmin).want("apps", "", firstOwn)
	if w.status != http.StatusConflict {
		t.Errorf("status %d, want 409", w.status)
	}
	robot, err := b.AddApp(t.Context(), "Robot", profileAdmin, "")
	if err != nil {
		t.Fatal(err)
	}
	w.get("/company/apps").post("/company/apps/"+robot.ID+"/rotate").want("error", "", firstOwn)
	if _, err := b.AddApp(t.Context(), "Robot", profileAdmin, "https://hooks.demo.test"); err == nil {
		t.Error("an app of the admin API with a webhook")
	}
	b.admin().get("/company/apps").post("/company/apps", "name", "Robot two", "profile", profileAdmin).want("apps", "", "It is shown this once", "Admin API")
}
