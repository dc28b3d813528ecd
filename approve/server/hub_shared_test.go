package server

// Two servers over one PostgreSQL database.

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store/storetest"
)

// twoServers are two processes' servers with one key and one database.
func twoServers(t *testing.T) (a, b *bench, where string) {
	t.Helper()
	where = storetest.Postgres(t)
	data := t.TempDir()
	both := func(c *Config) { c.Data, c.Store = data, where }
	return newBench(t, both), newBench(t, both), where
}

// at is the same phone calling another server.
func (p *phone) at(b *bench) *phone {
	other := *p
	other.client = b.Client()
	return &other
}

// hears waits until b hears what other tells. The first that it hears is for
// everyone; that has come when this returns.
func (b *bench) hears(other *bench) {
	b.t.Helper()
	wake, stop := b.hub.subscribe("someone")
	defer stop()
	other.hub.notify("someone")
	<-wake
}

// A login at one server wakes those who wait at the other, and its end there
// wakes those who wait here.
func TestTwoServers(t *testing.T) {
	a, b, _ := twoServers(t)
	p := a.paired("ana@demo.test", "one")
	b.hears(a)
	a.hears(b)
	ana := a.user("ana").ID
	atA, stopA := a.hub.subscribe(ana)
	defer stopA()
	atB, stopB := b.hub.subscribe(ana)
	defer stopB()

	cursor := p.at(b).poll("").Cursor
	done := p.at(b).pollLater("?wait=25&after=" + cursor)
	a.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
	<-atB
	got := <-done
	if got.status != http.StatusOK || len(got.answer.Requests) != 1 {
		t.Fatalf("the poll at the other server brought %+v", got)
	}

	for len(atA) > 0 { // by its own
		<-atA
	}
	b.clock.mu.Lock() // the other server is the first to find it expired
	b.clock.at = b.clock.at.Add(3 * time.Minute)
	b.clock.mu.Unlock()
	if err := b.expireDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-atA
}

// One nonce is taken by one server.
func TestTwoServersReplay(t *testing.T) {
	a, b, _ := twoServers(t)
	p := a.paired("ana@demo.test", "one")
	r := p.request(http.MethodGet, protocol.PathRequests, nil)
	if status, e := p.send(r.Clone(t.Context()), nil); status != http.StatusOK {
		t.Fatalf("first: %d %+v", status, e)
	}
	if _, e := p.at(b).send(r.Clone(t.Context()), nil); e.Code != protocol.CodeReplayed {
		t.Errorf("the same message at the other server: %+v", e)
	}
}

// While the others can not be heard, those who wait look for themselves.
func TestServersApart(t *testing.T) {
	a, b, where := twoServers(t)
	b.hears(a)
	if got := b.patience(time.Hour); got != time.Hour {
		t.Errorf("patience of a server that hears = %v", got)
	}
	wake, stop := b.hub.subscribe("u-ana")
	defer stop()
	name := storetest.Name(where)
	storetest.Admin(t, `ALTER DATABASE `+name+` ALLOW_CONNECTIONS false`)
	storetest.Admin(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+name+`'`)
	<-wake // it goes by another patience from now on
	if got := b.patience(time.Hour); got != recheck {
		t.Errorf("patience of a server that hears nothing = %v, want %v", got, recheck)
	}
	storetest.Admin(t, `ALTER DATABASE `+name+` ALLOW_CONNECTIONS true`)
	<-wake // it may have missed something
	if got := b.patience(time.Hour); got != time.Hour {
		t.Errorf("patience of a server that hears again = %v", got)
	}
	b.hears(a)
}

// What could not be told is kept.
func TestUntold(t *testing.T) {
	a, _, _ := twoServers(t)
	a.unshare()
	a.store.Close()
	a.hub.notify("u-ana")
	if a.tellNews(t.Context()) {
		t.Error("it was told without a database")
	}
	if news := a.hub.taken(); !slices.Equal(news, []string{"u-ana"}) || len(a.hub.tell) != 1 {
		t.Errorf("news = %v, %d calls to tell it", news, len(a.hub.tell))
	}
}

// What a server's last requests change is told before it closes.
func TestLastWords(t *testing.T) {
	a, b, _ := twoServers(t)
	b.hears(a)
	a.unshare()
	wake, stop := b.hub.subscribe("u-ana")
	defer stop()
	a.hub.notify("u-ana")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	a.tellOthers(over)
	<-wake
}

func TestServerShowsNoPassword(t *testing.T) {
	var log strings.Builder
	s, err := New(t.Context(), Config{
		Data: t.TempDir(), Origin: testOrigin, Store: "postgres://ana:ses/ame@127.0.0.1:1/nod",
		Log: func(format string, args ...any) { fmt.Fprintf(&log, format, args...) },
	})
	if err == nil {
		s.Close()
		t.Fatal("it started")
	}
	if strings.Contains(err.Error(), "ame@") || strings.Contains(log.String(), "ses/") {
		t.Errorf("error = %v, log %s", err, log.String())
	}
}
