package server

// The apps: sites of someone else that may ask for a second factor.

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"

	"nod/approve/server/store"
)

// newApp makes an app at p and returns it with its secret, which is shown once.
func (s *Server) newApp(tx *store.Tx, name string, p profile) (store.App, string, error) {
	id, secret := randomID("a-", 8), base64.RawURLEncoding.EncodeToString(randomBytes(32))
	a := store.App{ID: id, Name: name, Profile: p.Name, Hash: s.appHash(id, secret), MadeAt: s.millis()}
	return a, secret, tx.SetApp(a)
}

func (s *Server) appHash(id, secret string) []byte { return s.keys.hash("app "+id, secret) }

// appBySecret returns the open app with that id and secret; store.ErrNone for
// any other.
func (s *Server) appBySecret(tx *store.Tx, id, secret string) (store.App, error) {
	a, err := tx.App(id)
	if err != nil && !errors.Is(err, store.ErrNone) {
		return a, err
	}
	hash := s.appHash(id, secret)
	old := s.millis() < a.OldUntil && hmac.Equal(hash, a.OldHash)
	if err != nil || a.ClosedAt != 0 || !hmac.Equal(hash, a.Hash) && !old {
		return store.App{}, store.ErrNone
	}
	return a, nil
}
