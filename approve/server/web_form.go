package server

// Forms that come from our own pages, and passwords that were typed a short while
// ago.

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"
)

// fresh tells whether v's password was typed a short while ago.
func (s *Server) fresh(v *visitor) bool {
	return v.session != nil && s.millis() < v.session.FreshAt+freshLife.Milliseconds()
}

func (s *Server) csrf(v *visitor) string {
	return base64.RawURLEncoding.EncodeToString(s.keys.hash("form", v.cookie))
}

// checkForm refuses a POST without the token that our own pages put into forms.
func (s *Server) checkForm(w http.ResponseWriter, r *http.Request, v *visitor) error {
	outOfDate := refuse(http.StatusForbidden, "", "This form is out of date. Go back, reload the page and try again.")
	if r.Method == http.MethodDelete && !hmac.Equal([]byte(r.Header.Get("X-CSRF-Token")), []byte(s.csrf(v))) {
		return outOfDate
	}
	if r.Method != http.MethodPost {
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return refuse(http.StatusBadRequest, "", "The form could not be read.")
	}
	if !hmac.Equal([]byte(r.PostForm.Get("csrf")), []byte(s.csrf(v))) {
		return outOfDate
	}
	return nil
}
