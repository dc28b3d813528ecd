package tiqr

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/tiqr/tiqrtest"
	"nod/vault"
)

func TestScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d, n := ready(t)
		r, err := n.Scan([]approve.Device{d}, s.Ask(testUser))
		if err != nil {
			t.Fatal(err)
		}
		if r.Device != d.ID || r.Server != origin || r.App != "Demo tiqr" || r.Account != "Ana Demo" || r.Message != "https://mail.demo.test/metadata" ||
			r.State != approve.Waiting || !slices.Equal(r.Acts, []approve.Act{approve.Accept, approve.Ignore}) || len(r.Warnings) != 1 || r.Asks() {
			t.Errorf("request %+v", r)
		}
		if r.ExpiresAt.Sub(r.AskedAt) != 150*time.Second || !r.AskedAt.Equal(time.Now()) {
			t.Errorf("asked at %v, expires at %v", r.AskedAt, r.ExpiresAt)
		}
		if got := s.Calls(); len(got) != 0 {
			t.Errorf("scanning called %v", got)
		}
	})
}

// devices are three accounts, two of them at one service.
func devices() []approve.Device {
	device := func(id, service, user string) approve.Device {
		return approve.Device{Device: vault.Device{
			ID: id, RemoteID: user, Server: "https://" + service,
			Memory: map[string]string{memoryService: service, memorySuite: suite},
		}}
	}
	return []approve.Device{device("d-1", "a.test", "ana"), device("d-2", "b.test", "ana"), device("d-3", "b.test", "ben")}
}

func TestScanPicks(t *testing.T) {
	const rest = "/0123456789abcdef0123456789abcdef/0123456789/sp/2"
	for link, want := range map[string]string{
		"tiqr://a.test" + rest:         "d-1",
		"tiqr://A.Test" + rest:         "d-1",
		"tiqr://b.test" + rest:         "d-2", // of two, the first
		"tiqr://ben@b.test" + rest:     "d-3",
		"tiqr://ben@a.test" + rest:     "",
		"tiqr://Ben@b.test" + rest:     "",
		"tiqr://c.test" + rest:         "",
		"tiqr://b.test.evil.io" + rest: "",
	} {
		n := New(&http.Client{}).(*driver)
		r, err := n.Scan(devices(), link)
		if r.Device != want || (want == "") != errors.Is(err, approve.ErrNotPaired) {
			t.Errorf("%s: pairing %q, %v, want %q", link, r.Device, err, want)
		}
	}
	if _, err := New(&http.Client{}).(*driver).Scan(nil, "tiqr://a.test"+rest); !errors.Is(err, approve.ErrNotPaired) {
		t.Errorf("without pairings: %v", err)
	}
	if _, err := New(&http.Client{}).(*driver).Scan(devices(), enrolLink); !errors.Is(err, approve.ErrNotMine) {
		t.Errorf("a pairing link: %v", err)
	}
}

// What the link says beyond the agreement of the pairing is refused, and no text of it
// reaches a terminal with its teeth.
func TestHostileLinks(t *testing.T) {
	n := New(&http.Client{}).(*driver)
	for _, link := range []string{
		"tiqr://a.test/0123456789abcdef0123456789abcdef/01234567890/sp/2",
		"tiqr://a.test/" + strings.Repeat("a", 66) + "/0123456789/sp/2",
		"tiqr://a.test/0123456789abcdef0123456789abcdef/0123456789/sp/2/",
	} {
		if r, err := n.Scan(devices(), link); err == nil {
			t.Errorf("%s: %+v", link, r)
		}
	}
	r, err := n.Scan(devices(), "tiqr://a.test/0123456789abcdef0123456789abcdef/0123456789/%1B%5B2J%E2%80%AEmail%0Aservice/2")
	if err != nil || r.Message != "mail service" {
		t.Errorf("message %q, %v", r.Message, err)
	}
	r, err = n.Scan(devices(), "tiqr://a.test/1123456789abcdef0123456789abcdef/0123456789/A.test/2")
	if err != nil || r.Message != "" {
		t.Errorf("the service signs in to itself: message %q, %v", r.Message, err)
	}
}

// A session is one request, however often and however changed its link comes.
func TestReplayedLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d, n := ready(t)
		scan := func(link string) (approve.Request, error) { return n.Scan([]approve.Device{d}, link) }
		link := s.Ask("")
		first, err := scan(link)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if r, err := scan(link); err != nil || r.ID != first.ID || !r.ExpiresAt.Equal(first.ExpiresAt) {
			t.Errorf("scanned again: %+v, %v", r, err)
		}
		for _, other := range []string{strings.Replace(link, "1234567891", "1234567892", 1), strings.Replace(link, "//", "//"+strings.ReplaceAll(testUser, ":", "%3A")+"@", 1)} {
			if r, err := scan(other); !errors.Is(err, approve.ErrRefused) {
				t.Errorf("%s: %+v, %v", other, r, err)
			}
		}
		time.Sleep(90 * time.Second)
		for range 2 {
			if r, err := scan(link); !errors.Is(err, approve.ErrExpired) {
				t.Errorf("scanned after its end: %+v, %v", r, err)
			}
			time.Sleep(23 * time.Hour)
		}
		if _, err := scan(s.Ask("")); err != nil || len(n.sessions) != 1 {
			t.Errorf("%d sessions remembered after two days, %v", len(n.sessions), err)
		}
	})
}

func TestManySessions(t *testing.T) {
	s, d, n := ready(t)
	for range maxSessions + 10 {
		if _, err := n.Scan([]approve.Device{d}, s.Ask("")); err != nil {
			t.Fatal(err)
		}
	}
	if len(n.sessions) != maxSessions {
		t.Errorf("%d sessions remembered", len(n.sessions))
	}
}

// Without checked certificates, nothing but ignoring is offered.
func TestUnchecked(t *testing.T) {
	s, d, n := ready(t)
	d.Memory = approve.Trust{Unchecked: true}.Remember(d.Memory)
	r, err := n.Scan([]approve.Device{d}, s.Ask(""))
	if err != nil || !slices.Equal(r.Acts, []approve.Act{approve.Ignore}) || len(r.Warnings) != 2 {
		t.Errorf("request %+v, %v", r, err)
	}
	if _, err := n.accept(t.Context(), d, r); !errors.Is(err, approve.ErrNotOffered) || len(s.Calls()) != 0 {
		t.Errorf("accepted all the same: %v, sent %v", err, s.Calls())
	}
}

func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d, n := ready(t)
		poll := func(d approve.Device, wait time.Duration) (approve.Batch, time.Duration) {
			t.Helper()
			start := time.Now()
			b, err := n.Poll(t.Context(), d, wait)
			if err != nil {
				t.Error(err)
			}
			return b, time.Since(start)
		}
		if b, took := poll(d, 0); len(b.Requests)+len(b.Ended) != 0 || took != 0 {
			t.Errorf("at the start %+v after %v", b, took)
		}
		if b, took := poll(d, 25*time.Second); len(b.Requests) != 0 || took != 25*time.Second {
			t.Errorf("without news %+v after %v", b, took)
		}
		time.AfterFunc(7*time.Second, func() {
			if _, err := n.Scan([]approve.Device{d}, s.Ask("")); err != nil {
				t.Error(err)
			}
		})
		if b, took := poll(d, 25*time.Second); len(b.Requests) != 1 || took != 7*time.Second {
			t.Errorf("with news %+v after %v", b, took)
		}
		other := d
		other.ID = "d-other"
		if b, took := poll(other, 10*time.Second); len(b.Requests) != 0 || took != 10*time.Second {
			t.Errorf("of another pairing %+v after %v", b, took)
		}
		if _, err := n.Scan([]approve.Device{d}, s.Ask("")); err != nil {
			t.Error(err)
		}
		if b, took := poll(d, 25*time.Second); len(b.Requests) != 2 || took != 0 {
			t.Errorf("news from before %+v after %v", b, took)
		}
		time.Sleep(life)
		if b, _ := poll(d, 0); len(b.Requests) != 0 || len(b.Ended) != 2 || b.Ended[0].State != approve.Expired {
			t.Errorf("after the end %+v", b)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := n.Poll(ctx, d, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled: %v", err)
		}
		if got := s.Calls(); len(got) != 0 {
			t.Errorf("polling called %v", got)
		}
	})
}

// A watching program asks a tiqr driver about twice a minute, and sees a scan at once.
func TestWatch(t *testing.T) {
	v := newVault(t)
	synctest.Test(t, func(t *testing.T) {
		s := tiqrtest.New(t)
		counted := &counting{driver: scanner(s)}
		in := approve.NewInbox(v, counted)
		if _, err := in.Pair(t.Context(), approve.Offer{Link: s.Enrol()}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		events := in.Watch(ctx)
		time.Sleep(10 * time.Minute)
		if n := counted.polls.Load(); n < 20 || n > 26 {
			t.Errorf("%d polls in ten minutes", n)
		}
		r, err := in.Scan(ctx, s.Ask(""))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if ev := <-events; len(ev.Requests) != 1 || ev.Requests[0].ID != r.ID {
			t.Errorf("event %+v", ev.Requests)
		}
		time.Sleep(life)
		synctest.Wait()
		if ev := <-events; len(ev.Requests) != 1 || ev.Requests[0].State != approve.Expired {
			t.Errorf("event after its end %+v", ev.Requests)
		}
		cancel()
		for range events {
		}
	})
}

// counting counts polls.
type counting struct {
	*driver
	polls atomic.Int32
}

func (c *counting) Poll(ctx context.Context, d approve.Device, wait time.Duration) (approve.Batch, error) {
	c.polls.Add(1)
	return c.driver.Poll(ctx, d, wait)
}
