package server

// /dev: the demo's outbox and clock, for people and scripts on this machine.

import (
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"nod/approve/protocol"
)

func (s *Server) devRoutes() {
	s.mux.Handle("GET /dev/outbox", s.devOnly(s.page(s.outboxPage)))
	s.mux.Handle("GET /dev/requests", s.devOnly(http.HandlerFunc(s.waitingRequests)))
	s.mux.Handle("GET /dev/clock", s.devOnly(http.HandlerFunc(s.showClock)))
	s.mux.Handle("POST /dev/clock", s.devOnly(http.HandlerFunc(s.moveClock)))
}

// devOnly hides h from other machines, and from web pages that lead a browser
// of this machine here under a name of their own.
func (s *Server) devOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		name := net.ParseIP(strings.Trim(host, "[]"))
		ours := r.Host == s.host || host == "localhost" || name.IsLoopback()
		if !ours || !net.ParseIP(remoteIP(r)).IsLoopback() || foreign(r) {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// foreign tells whether a browser says that another site made it ask.
func foreign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "same-origin" && site != "none"
}

// outboxPage lists the messages, newest first; as JSON for who accepts that.
func (s *Server) outboxPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	messages, err := s.Outbox(r.Context(), 100)
	if err != nil {
		return err
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		writeJSON(w, http.StatusOK, messages)
		return nil
	}
	return s.show(w, v, view{Page: "outbox", Title: "Outbox", Body: messages})
}

// clockAnswer is what /dev/clock tells.
type clockAnswer struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
}

func (s *Server) showClock(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, clockAnswer{s.now().UTC(), s.clock.isFrozen()})
}

// clockChange is what /dev/clock takes, as JSON or form.
type clockChange struct {
	Advance string `json:"advance"` // "2m"
	Set     string `json:"set"`     // RFC 3339
	Freeze  *bool  `json:"freeze"`
}

func (s *Server) moveClock(w http.ResponseWriter, r *http.Request) {
	change, err := readClockChange(w, r)
	if err == nil {
		err = s.changeClock(change)
	}
	if err != nil {
		s.writeError(w, refuse(http.StatusBadRequest, protocol.CodeBadRequest, err.Error()))
		return
	}
	s.hub.notifyAll()
	s.showClock(w, r)
}

func readClockChange(w http.ResponseWriter, r *http.Request) (clockChange, error) {
	var c clockChange
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return c, err
		}
		return c, json.Unmarshal(body, &c)
	}
	if err := r.ParseForm(); err != nil {
		return c, err
	}
	c.Advance, c.Set = r.PostForm.Get("advance"), r.PostForm.Get("set")
	if text := r.PostForm.Get("freeze"); text != "" {
		on := text == "true" || text == "1" || text == "on"
		c.Freeze = &on
	}
	return c, nil
}

func (s *Server) changeClock(c clockChange) error {
	if c.Set != "" {
		t, err := time.Parse(time.RFC3339, c.Set)
		if err != nil {
			return err
		}
		s.clock.set(t)
	}
	if c.Advance != "" {
		d, err := time.ParseDuration(c.Advance)
		if err != nil {
			return err
		}
		s.clock.advance(d)
	}
	if c.Freeze != nil {
		s.clock.freeze(*c.Freeze)
	}
	return nil
}
