package server

// What apps are told: once, signed, and in the end always.

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// hook is an app's own server: it keeps what it is told.
type hook struct {
	mu     sync.Mutex
	got    []heard
	news   chan heard
	answer func(w http.ResponseWriter, r *http.Request, n int) // nil: 204; n counts from 1
}

// heard is one message to an app.
type heard struct {
	path, body string
	header     http.Header
	at         time.Time
}

func newHook() *hook { return &hook{news: make(chan heard, 100)} }

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := heard{r.URL.Path, string(readAll(r)), r.Header.Clone(), time.Now()}
	h.mu.Lock()
	h.got = append(h.got, m)
	n := len(h.got)
	h.mu.Unlock()
	h.news <- m
	if h.answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.answer(w, r, n)
}

func (h *hook) all() []heard {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]heard(nil), h.got...)
}

// through makes b's webhooks reach h without a network.
func (b *bench) through(h http.Handler) {
	b.deliveries.client.Transport = inProcess{h}
	b.pokeDeliveries() // so that the loop, which runs already, knows of it
}

// only returns the one delivery of a request.
func (b *bench) delivery(request string) store.Delivery {
	b.t.Helper()
	var all []store.Delivery
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Deliveries(request)
		return err
	}); err != nil || len(all) != 1 {
		b.t.Fatalf("deliveries of %s: %+v, %v", request, all, err)
	}
	return all[0]
}

// checkSignature reads a webhook as docs/apps.md tells apps to.
func checkSignature(t *testing.T, key string, m heard) webhookMessage {
	t.Helper()
	stamp, sum, _ := strings.Cut(strings.TrimPrefix(m.header.Get("Nod-Signature"), "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(stamp + "." + m.body))
	if want := hex.EncodeToString(mac.Sum(nil)); sum != want {
		t.Errorf("signature %q, want %q", sum, want)
	}
	var message webhookMessage
	if err := json.Unmarshal([]byte(m.body), &message); err != nil || message.Type != "auth.ended" || message.Event == "" {
		t.Errorf("webhook %s: %v", m.body, err)
	}
	return message
}

// A real connection, from the answer to the app.
func TestAuthWebhook(t *testing.T) {
	b := newBench(t)
	h := newHook()
	site := httptest.NewServer(h)
	t.Cleanup(site.Close)
	c, p := b.asker("Deploy", site.URL+"/hook"), b.paired("ana@demo.test", "one")
	started := c.start(nil)
	p.decide(p.only(), protocol.ActApprove, started.Number, "")
	m := <-h.news
	message := checkSignature(t, c.key, m)
	if m.path != "/hook" || m.header.Get("Content-Type") != "application/json" || message.Request.ID != started.ID || message.Request.State != "accepted" || message.Request.Device != "one" {
		t.Errorf("webhook to %s: %+v", m.path, message)
	}
	if other := b.asker("Other", ""); other.key == c.key {
		t.Error("two apps have one key")
	}
	silent := c.start(object{"push": false})
	if status, e := c.call(http.MethodPost, "/v1/auth/"+silent.ID+"/code", object{"code": p.code(b.now())}, nil); status != http.StatusOK {
		t.Fatalf("code: %d %+v", status, e)
	}
	if got := checkSignature(t, c.key, <-h.news).Request; got.ID != silent.ID || got.State != "accepted" || got.Method != "code" {
		t.Errorf("by code: %+v", got)
	}
	b.wantAudit(auditDeliveryFailed, 0)
}

// Nobody asks how it stands: the app is told of the end all the same.
func TestAuthWebhookExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		h := newHook()
		b.through(h)
		c := b.asker("Deploy", "https://deploy.demo.test/hook")
		b.paired("ana@demo.test", "one")
		c.start(object{"ttl": 45})
		begin := time.Now()
		m := <-h.news
		if took := m.at.Sub(begin); took < 45*time.Second || took > 46*time.Second {
			t.Errorf("told after %v, want 45s", took)
		}
		if got := checkSignature(t, c.key, m).Request; got.State != "expired" {
			t.Errorf("told %+v", got)
		}
		again := c.start(nil)
		synctest.Wait()
		b.browser().post("/dev/clock", "advance", "121s")
		if got := checkSignature(t, c.key, <-h.news).Request; got.ID != again.ID || got.State != "expired" {
			t.Errorf("after the clock jumped: %+v", got)
		}
	})
}

// A site that fails is tried again, later and later, with the same event.
func TestAuthWebhookRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		h := newHook()
		h.answer = func(w http.ResponseWriter, _ *http.Request, n int) {
			if n < 4 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
		b.through(h)
		c := b.asker("Deploy", "https://deploy.demo.test/hook")
		b.paired("ana@demo.test", "one")
		started := c.start(nil)
		c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil)
		time.Sleep(time.Hour)
		all := h.all()
		if len(all) != 4 {
			t.Fatalf("%d tries, want 4", len(all))
		}
		first := checkSignature(t, c.key, all[0])
		for i, want := range []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute} {
			if got := all[i+1].at.Sub(all[i].at).Truncate(time.Second); got != want {
				t.Errorf("pause %d is %v, want %v", i+1, got, want)
			}
			if next := checkSignature(t, c.key, all[i+1]); next.Event != first.Event {
				t.Errorf("try %d has another event", i+2)
			}
		}
		if d := b.delivery(started.ID); d.State != store.DeliverySent || d.Tries != 4 {
			t.Errorf("delivery = %+v", d)
		}
	})
}

// Some answers end it: after a day, and when the site says that it is gone.
func TestAuthWebhookGivenUp(t *testing.T) {
	for name, status := range map[string]int{"500": 500, "gone": 410, "redirect": 307} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, func(c *Config) { c.Store = ownFile })
				h := newHook()
				h.answer = func(w http.ResponseWriter, _ *http.Request, _ int) {
					w.Header().Set("Location", "https://other.demo.test/")
					w.WriteHeader(status)
				}
				b.through(h)
				c := b.asker("Deploy", "https://deploy.demo.test/hook")
				b.paired("ana@demo.test", "one")
				started := c.start(nil)
				c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil)
				for range 25 {
					synctest.Wait()
					b.advance(time.Hour)
				}
				synctest.Wait()
				d := b.delivery(started.ID)
				if d.State != store.DeliveryFailed || d.Problem == "" || (d.Tries == 1) != (status == 410) || len(h.all()) != d.Tries {
					t.Errorf("after a day and %d calls: %+v", len(h.all()), d)
				}
				for _, m := range h.all() {
					if m.path != "/hook" {
						t.Errorf("%s was called", m.path)
					}
				}
				b.wantAudit(auditDeliveryFailed, 1)
			})
		})
	}
}

// A slow site holds up nobody else, and is cut off.
func TestAuthWebhookSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		h := newHook()
		h.answer = func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.URL.Path == "/slow" {
				<-r.Context().Done()
			}
		}
		b.through(h)
		b.paired("ana@demo.test", "one")
		slow, quick := b.asker("Slow", "https://slow.demo.test/slow"), b.asker("Quick", "https://quick.demo.test/quick")
		begin := time.Now()
		var last authStarted
		for range 2 * deliverySlots {
			last = slow.start(nil)
			slow.call(http.MethodDelete, "/v1/auth/"+last.ID, nil, nil)
			time.Sleep(time.Millisecond)
			b.update(func(tx *store.Tx) error { // what is sent and taken back in a row would pause requests
				two, err := tx.TwoStep(b.user("ana").ID, "rms")
				two.PauseTill = 0
				if err != nil {
					return err
				}
				return tx.SetTwoStep(two)
			})
		}
		synctest.Wait()
		if n := len(h.all()); n != deliveryShare {
			t.Errorf("%d tries of one app at once, want %d", n, deliveryShare)
		}
		started := quick.start(nil)
		quick.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil)
		synctest.Wait()
		if d := b.delivery(started.ID); d.State != store.DeliverySent || time.Since(begin) > time.Second {
			t.Errorf("after %v the quick app is told %+v", time.Since(begin), d)
		}
		time.Sleep(deliveryTime)
		synctest.Wait()
		all := h.all()
		var first store.Delivery
		b.update(func(tx *store.Tx) (err error) {
			var m webhookMessage
			if err := json.Unmarshal([]byte(all[0].body), &m); err != nil {
				return err
			}
			first, err = tx.Delivery(m.Event)
			return err
		})
		if first.State != store.DeliveryQueued || first.Problem != "no answer in 10 seconds" || len(all) <= deliveryShare+1 {
			t.Errorf("after 10 s and %d tries the first is %+v", len(all), first)
		}
	})
}

// A process that ends in the middle of a try leaves it to the next one.
func TestAuthWebhookKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := t.TempDir()
		same := func(c *Config) { c.Now, c.Data = time.Now, data }
		b := newBench(t, same)
		h := newHook()
		h.answer = func(_ http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				<-r.Context().Done()
			}
		}
		b.through(h)
		c := b.asker("Deploy", "https://deploy.demo.test/hook")
		b.paired("ana@demo.test", "one")
		started := c.start(nil)
		c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil)
		first := <-h.news
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		next := newBench(t, same)
		next.through(h)
		time.Sleep(deliveryLease + deliveryLook)
		synctest.Wait()
		all := h.all()
		if len(all) != 2 || all[1].body != first.body {
			t.Errorf("told %+v", all)
		}
		if d := next.delivery(started.ID); d.State != store.DeliverySent || d.Tries != 2 {
			t.Errorf("delivery = %+v", d)
		}
	})
}

// Several processes of one store tell each event once.
func TestAuthWebhookOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := t.TempDir()
		same := func(c *Config) { c.Now, c.Data = time.Now, data }
		one, two := newBench(t, same), newBench(t, same)
		h := newHook()
		one.through(h)
		two.through(h)
		one.paired("ana@demo.test", "one")
		var ids []string
		for i := range 4 {
			c := one.asker("App"+string(rune('A'+i)), "https://app.demo.test/hook")
			ids = append(ids, c.start(object{"ttl": 30, "push": i < 3}).ID)
		}
		time.Sleep(2 * time.Minute) // both see them run out at the same moment
		synctest.Wait()
		events := map[string]int{}
		for _, m := range h.all() {
			var message webhookMessage
			if err := json.Unmarshal([]byte(m.body), &message); err != nil {
				t.Fatal(err)
			}
			events[message.Request.ID]++
		}
		for _, id := range ids {
			if events[id] != 1 {
				t.Errorf("%s was told %d times", id, events[id])
			}
			if d := two.delivery(id); d.State != store.DeliverySent || d.Tries != 1 {
				t.Errorf("delivery = %+v", d)
			}
		}
	})
}

// Real connections: no redirect is followed, nothing but https and loopback called.
func TestAuthWebhookTarget(t *testing.T) {
	b := newBench(t)
	c := b.asker("Deploy", "")
	h := newHook()
	h.answer = func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, "/other", http.StatusFound) }
	site := httptest.NewServer(h)
	t.Cleanup(site.Close)
	const closed = "http://127.0.0.1:1" // nobody listens
	var a store.App
	b.update(func(tx *store.Tx) (err error) {
		a, err = tx.App(c.id)
		return err
	})
	for address, want := range map[string]outcome{
		site.URL + "/hook":                {problem: "it points to another address (302)"},
		closed + "/hook":                  {problem: "it can not be reached"},
		"http://demo.test/hook":           {final: true},
		"ftp://127.0.0.1/hook":            {final: true},
		"https://ana:pass@demo.test/hook": {final: true},
		closed + "/hook?secret=1":         {problem: "it can not be reached"},
		"//demo.test":                     {final: true},
		"%":                               {final: true},
	} {
		a.Webhook = address
		got := b.tellApp(context.Background(), a, store.Delivery{Body: "{}"})
		if got.told || got.final != want.final || got.problem == "" || want.problem != "" && got.problem != want.problem {
			t.Errorf("%s: %+v, want %+v", address, got, want)
		}
		if strings.Contains(got.problem, "pass@") || strings.Contains(got.problem, "secret") {
			t.Errorf("the problem tells a secret: %s", got.problem)
		}
	}
	if all := h.all(); len(all) != 1 || all[0].path != "/hook" {
		t.Errorf("called: %+v", all)
	}
}
