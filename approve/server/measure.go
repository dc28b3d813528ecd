package server

// Measuring each request: how long it took, by route and class of status.

import (
	"net/http"
	"time"
)

// measure answers r with the routes of the server and counts it.
func (s *Server) measure(w http.ResponseWriter, r *http.Request) {
	if waits(r) {
		s.metrics.polls.Inc()
		defer s.metrics.polls.Dec()
	}
	start := time.Now() // not the server's clock, which a demo moves
	answer := &measured{ResponseWriter: w}
	defer func() {
		s.metrics.times.WithLabelValues(routeLabel(r), answer.class()).Observe(time.Since(start).Seconds())
	}()
	s.mux.ServeHTTP(answer, r) // notes the pattern in r
}

// routeLabel is the pattern that r was answered by: paths hold ids of people.
func routeLabel(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// measured remembers the status of an answer.
type measured struct {
	http.ResponseWriter
	status int
}

// WriteHeader is of http.ResponseWriter.
func (m *measured) WriteHeader(status int) {
	if m.status == 0 {
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (m *measured) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// class is the first digit of the status, as 2xx.
func (m *measured) class() string {
	status := m.status
	if status == 0 {
		status = http.StatusOK
	}
	return string(rune('0'+status/100)) + "xx"
}
