package server

// What the machinery around the server asks: does the process live, may it get
// requests, and what does it count (metrics.go).

import (
	"context"
	"errors"
	"net/http"
	"time"

	"nod/approve/server/store"
)

// storePatience is how long the store may take to answer before the server says
// that it is not ready.
const storePatience = 2 * time.Second

func (s *Server) healthRoutes() {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	s.mux.HandleFunc("GET /readyz", s.readyPage)
	s.mux.HandleFunc("GET /metrics", s.metricsPage)
}

// probe tells whether r is a question about the process itself: those are
// answered without TLS too, and hold nothing of anyone.
func probe(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(text + "\n")) // an error here is a caller that has gone
}

// readyPage answers 200 when requests can be served: the store answers and the
// server is not about to stop.
func (s *Server) readyPage(w http.ResponseWriter, r *http.Request) {
	if s.stopping() {
		say(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storePatience)
	defer cancel()
	err := s.store.View(ctx, func(tx *store.Tx) error {
		_, err := tx.Policy(firstProfile().Name)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNone) {
		s.config.Log("error: not ready: %v", err)
		say(w, http.StatusServiceUnavailable, "the store does not answer")
		return
	}
	say(w, http.StatusOK, "ready")
}

func (s *Server) stopping() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Stop ends all long polls and lets /readyz say so. Requests under way finish;
// Close is called after them.
func (s *Server) Stop() { s.stop.Do(func() { close(s.done) }) }
