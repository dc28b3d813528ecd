// Package server is nod's reference server: the device API of package protocol
// and the portal pages of sample sites, over a Store.
package server

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// Config is what a server needs to start.
type Config struct {
	// Data is the directory of the server's keys and, unless Store names another
	// place, of its SQLite file.
	Data string
	// Store is the address of a PostgreSQL database, postgres://..., that any number
	// of servers with the same key may share; "" is server.db in Data.
	Store string
	// Key is the text of the server's key (ReadKey); nil reads or makes
	// server.key in Data.
	Key []byte
	// Origin is the address people use: scheme://host[:port].
	Origin string
	// Demo makes the sample people and opens the /dev pages (outbox, clock).
	Demo bool
	// RequestTTL is the life of a login request, 30-300 s; 0 means 120 s.
	RequestTTL time.Duration
	// PushSpacing is the least time between two requests to one person about
	// one site; 0 means 10 s.
	PushSpacing time.Duration
	// Install is what the page for new devices tells people to run; nil means
	// the lines for a checkout of the source.
	Install []string
	// Now is the clock; nil means time.Now. Demo's /dev/clock shifts it.
	Now func() time.Time
	// Proxies are the machines in front whose word on addresses counts.
	Proxies Proxies
	// MetricsFrom may read /metrics, as this machine may.
	MetricsFrom []netip.Prefix
	// Mail takes the mails of the outbox, by Work; nil only keeps them there.
	Mail *SMTP
	// SMS hands a text message to a gateway; nil only keeps it in the outbox.
	SMS func(ctx context.Context, to, text string) error
	// Log gets one line per event; nil discards.
	Log func(format string, args ...any)
}

// Server is an http.Handler.
type Server struct {
	config Config
	host   string // of the origin, with port
	secure bool   // the origin is https
	store  *store.Store
	keys   keys
	clock  *demoClock
	hub    *hub
	mux    *router
	chain  chain

	metrics      *metrics
	proxyWarning sync.Once

	hashing     chan struct{} // one value per password check under way
	done        chan struct{} // closed by Stop
	stop, close sync.Once
	sharing     sharing // with other processes

	deliveries deliveries   // to apps
	cleared    atomic.Int64 // when nonces were last cleared, Unix milliseconds
}

// New opens the store and returns a server. The caller closes it.
func New(ctx context.Context, c Config) (*Server, error) {
	c, err := c.filled()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	k, err := c.keys()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	where, err := c.store()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	db, err := store.Open(ctx, where, k.derive("audit"))
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	if done := db.Migration().String(); done != "" {
		c.Log("%s", done)
	}
	origin, _ := url.Parse(c.Origin) // filled has checked it
	s := &Server{
		config: c, host: origin.Host, secure: origin.Scheme == "https",
		store: db, keys: k, clock: &demoClock{base: c.Now}, hub: newHub(),
		hashing: make(chan struct{}, 4), done: make(chan struct{}),
	}
	s.metrics = newMetrics(s)
	s.share()
	s.routes()
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("start server: %w", err)
	}
	s.startDeliveries()
	return s, nil
}

// keys are those of c.Key or of the file in the data directory.
func (c Config) keys() (keys, error) {
	if c.Key != nil {
		return parseKeys(c.Key, "the text")
	}
	return loadKeys(filepath.Join(c.Data, "server.key"))
}

// store is where the store is. Its file is made here, for its owner alone: the
// directory may be open to others.
func (c Config) store() (string, error) {
	name := c.place()
	if c.Store != "" {
		return name, nil
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	return name, f.Close()
}

// filled checks c and puts the defaults in.
func (c Config) filled() (Config, error) {
	origin, err := protocol.Origin(c.Origin)
	if err != nil {
		return c, fmt.Errorf("origin: %w", err)
	}
	c.Origin = origin
	if c.RequestTTL == 0 {
		c.RequestTTL = 120 * time.Second
	}
	if c.RequestTTL < 30*time.Second || c.RequestTTL > 300*time.Second {
		return c, fmt.Errorf("request life is %v: use 30s to 300s", c.RequestTTL)
	}
	if c.PushSpacing == 0 {
		c.PushSpacing = 10 * time.Second
	}
	if c.Install == nil {
		c.Install = []string{"go install .", "nod version"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
	return c, nil
}

// prepare clears what time has removed and, for a demo, adds the sample people.
func (s *Server) prepare(ctx context.Context) error {
	now := s.millis()
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Prune(now, sessionIdle.Milliseconds(), sessionMax.Milliseconds()); err != nil {
			return err
		}
		if !s.config.Demo {
			return nil
		}
		return addPeople(tx, now)
	})
}

// ServeHTTP answers the device API and the portal pages.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if r = s.place(w, r); r != nil {
		s.measure(w, r)
	}
}

// Close ends all long polls and closes the store. A server that others may be
// calling is stopped first (Stop) and given the time to finish.
func (s *Server) Close() error {
	s.Stop()
	var err error
	s.close.Do(func() {
		s.deliveries.running.Wait()
		s.unshare()
		err = s.store.Close()
	})
	return err
}

// now is the server's time, which every rule goes by.
func (s *Server) now() time.Time { return s.clock.now() }

func (s *Server) millis() int64 { return s.now().UnixMilli() }

func (s *Server) public() ed25519.PublicKey { return s.keys.Public() }

// fromMillis is the reverse of millis, in UTC.
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
