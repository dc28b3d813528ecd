package privacyidea

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
)

// TestClockSet: a clock that is too far off is set, once, and the poll succeeds.
func TestClockSet(t *testing.T) {
	for offset, calls := range map[time.Duration]int{
		0: 1, 59 * time.Second: 1, -59 * time.Second: 1,
		61 * time.Second: 2, -61 * time.Second: 2, 23 * time.Hour: 2, -23 * time.Hour: 2,
	} {
		t.Run(offset.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.Offset = offset
				d, n := s.paired(), s.driver()
				s.Ask(nil)
				first := time.Now()
				b := poll(t, n, d)
				if len(b.Requests) != 1 || !b.Requests[0].AskedAt.Equal(first) || s.Called("GET") != calls {
					t.Errorf("batch %+v after %d calls", b, s.Called("GET"))
				}
				got, set := d.Clock.Offset()
				if set != (calls == 2) || set && (got-offset).Abs() > time.Second {
					t.Errorf("offset %v, %v", got, set)
				}
				poll(t, n, d)
				if s.Called("GET") != calls+1 {
					t.Errorf("%d calls, want one more", s.Called("GET"))
				}
			})
		})
	}
}

// TestClockGivenUp: what is too far off is left, and said.
func TestClockGivenUp(t *testing.T) {
	for name, test := range map[string]struct {
		offset time.Duration
		lie    func(s *server, w http.ResponseWriter)
		want   error
		calls  int
	}{
		"too far":      {offset: 25 * time.Hour, want: approve.ErrClock, calls: 1},
		"too far back": {offset: -25 * time.Hour, want: approve.ErrClock, calls: 1},
		"moving": {lie: func(s *server, w http.ResponseWriter) {
			s.Offset += time.Hour // whatever it is told, it is another hour
			w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
			s.Fail(w, 400, 10)
		}, want: approve.ErrClock, calls: 2},
		"another reason": {lie: func(s *server, w http.ResponseWriter) {
			w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			s.Fail(w, 400, 10)
		}, want: approve.ErrRefused, calls: 2},
		"no date": {lie: func(s *server, w http.ResponseWriter) {
			w.Header().Set("Date", "yesterday")
			s.Fail(w, 400, 10)
		}, want: approve.ErrRefused, calls: 1},
		"another refusal": {lie: func(s *server, w http.ResponseWriter) {
			w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			s.Fail(w, 403, 303)
		}, want: approve.ErrRefused, calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.Offset = test.offset
				d := s.paired()
				d.Clock.Set(time.Now().Add(5*time.Second), 0)
				if test.lie != nil {
					s.Lie = func(w http.ResponseWriter, _ *http.Request) bool {
						test.lie(s, w)
						return true
					}
				}
				_, err := s.driver().Poll(t.Context(), d, 0)
				if !errors.Is(err, test.want) || len(s.Calls()) != test.calls {
					t.Errorf("%v after %d calls, want %v after %d", err, len(s.Calls()), test.want, test.calls)
				}
				if got, _ := d.Clock.Offset(); got != 5*time.Second {
					t.Errorf("the clock was set to %v", got)
				}
			})
		})
	}
}
