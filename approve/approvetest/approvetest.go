// Package approvetest is what the servers of the drivers' tests share. It is for
// tests alone.
package approvetest

import (
	"net/http"
	"net/http/httptest"
)

// Answer calls h in this process, without a network; the end of r's context ends it.
func Answer(h http.Handler, r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		done <- w.Result()
	}()
	select {
	case res := <-done:
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}
