package server

// The rules of apps: sites of someone else that ask for a second factor, and the
// programs that use the admin API. Each has a secret, shown once.

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"nod/approve/server/store"
)

const (
	// profileAdmin is the profile of an app that may use the admin API and
	// nothing else.
	profileAdmin = "admin"

	rotateOverlap = 24 * time.Hour // how long the secret before still works

	auditAppAdded   = "app.added"
	auditAppRotated = "app.rotated"
	auditAppClosed  = "app.closed"
)

// errApp says that id and secret are not those of an open app.
var errApp = errors.New("no such app, or another secret")

// newAppForm is what a new app needs.
type newAppForm struct{ Name, Profile, Webhook string }

// check cleans n and says what is wrong with it.
func (n *newAppForm) check() problems {
	found := problems{}
	if n.Name = cleanName(n.Name); n.Name == "" {
		found["name"] = "Give the app a name."
	}
	if _, known := profileNamed(n.Profile); !known && n.Profile != profileAdmin {
		found["profile"] = "Choose a site."
	}
	n.Webhook = strings.TrimSpace(n.Webhook)
	switch {
	case n.Webhook == "":
	case n.Profile == profileAdmin:
		found["webhook"] = "An app of the admin API gets no webhook."
	case !webhookAllowed(n.Webhook):
		found["webhook"] = "Use an https address, or http on this machine (127.0.0.1, ::1 or localhost)."
	}
	return found
}

// webhookAllowed tells whether address is https, or http to this machine.
func webhookAllowed(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(address) > 512 {
		return false
	}
	host := u.Hostname()
	return u.Scheme == "https" || (u.Scheme == "http" && (host == "localhost" || net.ParseIP(host).IsLoopback()))
}

// appSecrets are what is shown of an app once: its secret and, with a webhook,
// the key that signs what it is sent (HMAC-SHA-256 under its text).
type appSecrets struct{ Secret, WebhookKey string }

// newApp stores a new app. The error is problems when a field is not right.
func (s *Server) newApp(tx *store.Tx, n newAppForm, by doer) (store.App, appSecrets, error) {
	if found := n.check(); len(found) > 0 {
		return store.App{}, appSecrets{}, found
	}
	a := store.App{ID: randomID("app-", 10), Name: n.Name, Profile: n.Profile, Webhook: n.Webhook, MadeAt: s.millis()}
	secrets := appSecrets{Secret: newToken()}
	a.Hash = s.appHash(a.ID, secrets.Secret)
	if a.Webhook != "" {
		secrets.WebhookKey = newToken()
		a.WebhookKey = s.keys.seal([]byte(secrets.WebhookKey), webhookContext(a))
	}
	if err := tx.SetApp(a); err != nil {
		return a, secrets, err
	}
	_, err := s.audit(tx, auditAppAdded, by.Name, a.ID, by.IP, a.Profile+" "+a.Name)
	return a, secrets, err
}

// webhookKey is the key that signs what a's webhook is sent: the bytes of the text
// that was shown.
func (s *Server) webhookKey(a store.App) ([]byte, error) {
	return s.keys.open(a.WebhookKey, webhookContext(a))
}

func webhookContext(a store.App) string { return "webhook " + a.ID }

// newToken returns 256 random bits.
func newToken() string { return base64.RawURLEncoding.EncodeToString(randomBytes(32)) }

func (s *Server) appHash(id, secret string) []byte { return s.keys.hash("app "+id, secret) }

// rotateApp gives an app another secret. The one before works for a day more,
// or not at all when atOnce is set.
func (s *Server) rotateApp(tx *store.Tx, id string, atOnce bool, by doer) (store.App, appSecrets, error) {
	a, err := openApp(tx, id)
	if err != nil {
		return a, appSecrets{}, err
	}
	secrets := appSecrets{Secret: newToken()}
	detail := "the old secret works for a day"
	a.OldHash, a.OldUntil = a.Hash, s.millis()+rotateOverlap.Milliseconds()
	if atOnce {
		a.OldHash, a.OldUntil, detail = nil, 0, "the old secret ended at once"
	}
	a.Hash = s.appHash(a.ID, secrets.Secret)
	if err := tx.SetApp(a); err != nil {
		return a, secrets, err
	}
	_, err = s.audit(tx, auditAppRotated, by.Name, a.ID, by.IP, detail)
	return a, secrets, err
}

// closeApp ends an app for good.
func (s *Server) closeApp(tx *store.Tx, id string, by doer) error {
	a, err := openApp(tx, id)
	if err != nil {
		return err
	}
	a.ClosedAt, a.OldHash, a.OldUntil = s.millis(), nil, 0
	if err := tx.SetApp(a); err != nil {
		return err
	}
	_, err = s.audit(tx, auditAppClosed, by.Name, a.ID, by.IP, a.Name)
	return err
}

// openApp returns the app with that id, if it is not closed.
func openApp(tx *store.Tx, id string) (store.App, error) {
	a, err := tx.App(id)
	if errors.Is(err, store.ErrNone) || (err == nil && a.ClosedAt != 0) {
		err = refuse(http.StatusNotFound, "not_found", "There is no such app.")
	}
	return a, err
}

// appBySecret returns the open app with that id and secret, else errApp. The
// answer takes as long whether the app exists or not.
func (s *Server) appBySecret(tx *store.Tx, id, secret string) (store.App, error) {
	a, err := tx.App(id)
	if err != nil && !errors.Is(err, store.ErrNone) {
		return a, err
	}
	hash := s.appHash(id, secret)
	right := hmac.Equal(hash, a.Hash)
	old := hmac.Equal(hash, a.OldHash) && s.millis() < a.OldUntil
	if err != nil || a.ClosedAt != 0 || (!right && !old) {
		return store.App{}, errApp
	}
	return a, nil
}

// bearer splits the Authorization header of an app: Bearer and its id and
// secret, with a point between them.
func bearer(r *http.Request) (id, secret string, found bool) {
	return strings.Cut(bearerToken(r), ".")
}

// bearerToken is the token of the Authorization header, "" for none.
func bearerToken(r *http.Request) string {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
