package server

// Starting, keys, and the small parts that stand alone.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"nod/approve/protocol"
)

func TestConfig(t *testing.T) {
	for _, c := range []Config{
		{Origin: ""},
		{Origin: "http://rms.demo.test"},
		{Origin: testOrigin, RequestTTL: 29 * time.Second},
		{Origin: testOrigin, RequestTTL: 301 * time.Second},
	} {
		c.Data = t.TempDir()
		if s, err := New(t.Context(), c); err == nil {
			s.Close()
			t.Errorf("New(%+v) has no error", c)
		}
	}
}

// A restart keeps key, people, devices and waiting requests.
func TestRestart(t *testing.T) {
	data := t.TempDir()
	keep := func(c *Config) { c.Data = data }
	b := newBench(t, keep)
	p := b.paired("ana@demo.test", "one")
	w, _ := b.waitingLogin(p, "ana")
	key := b.public()
	b.Close()
	if runtime.GOOS != "windows" {
		info, err := os.Stat(filepath.Join(data, "server.key"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("server.key: %v, %v", info.Mode(), err)
		}
	}
	b = newBench(t, keep)
	if !b.public().Equal(key) {
		t.Error("the server has another key")
	}
	p.b, p.client = b, b.Client()
	jar := w.client.Jar
	w.b, w.client = b, b.Client()
	w.client.Jar = jar
	w.get("/login/wait").want("wait", "waiting")
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait").want("site", "signed_in")
	if err := b.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDamagedKey(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "server.key"), []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := New(t.Context(), Config{Data: data, Origin: testOrigin}); err == nil {
		s.Close()
		t.Error("a damaged key was taken, or replaced")
	}
}

func TestSeal(t *testing.T) {
	k, err := loadKeys(filepath.Join(t.TempDir(), "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	sealed := k.seal([]byte("secret"), "fallback d-1")
	if got, err := k.open(sealed, "fallback d-1"); err != nil || string(got) != "secret" {
		t.Errorf("open = %q, %v", got, err)
	}
	if bytes.Contains(sealed, []byte("secret")) {
		t.Error("sealed text holds the secret")
	}
	if _, err := k.open(sealed, "fallback d-2"); err == nil {
		t.Error("opened in another place")
	}
	if _, err := k.open(sealed[:10], "fallback d-1"); err == nil {
		t.Error("opened a cut text")
	}
}

func TestPasswordHash(t *testing.T) {
	encoded := hashPassword("ana-demo-pass")
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("encoded = %q", encoded)
	}
	if !checkPassword(encoded, "ana-demo-pass") || checkPassword(encoded, "ana-demo-pas") {
		t.Error("wrong verdict on a password")
	}
	for _, bad := range []string{"", "$argon2id$v=19$m=1,t=1$x", strings.Replace(encoded, "t=2", "t=0", 1), encoded[:40]} {
		if checkPassword(bad, "ana-demo-pass") {
			t.Errorf("%q has the password", bad)
		}
	}
}

func TestRandomDigits(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		d := randomDigits(2)
		if len(d) != 2 {
			t.Fatalf("digits = %q", d)
		}
		seen[d] = true
	}
	if len(seen) != 100 { // each is missing with a chance of 2e-9
		t.Errorf("%d different numbers, want 100", len(seen))
	}
}

func TestBrowserAndOS(t *testing.T) {
	tests := []struct{ agent, browser, os string }{
		{"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox 145", "Linux"},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge 142", "Windows"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "Safari 18", "macOS"},
		{"Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome 142", "Android"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", "Safari 18", "iOS"},
		{"curl/8.16.0", "curl 8", ""},
		{"w3m/0.5.3", "w3m 0", ""},
		{"\x1b[31mFirefox", "", ""},
		{"", "", ""},
	}
	for _, test := range tests {
		if browser, os := browserAndOS(test.agent); browser != test.browser || os != test.os {
			t.Errorf("%q: %q %q, want %q %q", test.agent, browser, os, test.browser, test.os)
		}
	}
}

func FuzzBrowserAndOS(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	f.Fuzz(func(t *testing.T, agent string) {
		browser, os := browserAndOS(agent)
		for _, r := range browser + os {
			if r > 126 || r < 32 {
				t.Errorf("%q gives %q %q", agent, browser, os)
			}
		}
	})
}

func FuzzCleanName(f *testing.F) {
	f.Add("ana-workstation tty")
	f.Add(" \u202eevil\x1b[0m\x00 \n")
	f.Fuzz(func(t *testing.T, text string) {
		name := cleanName(text)
		if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 64 || name != strings.TrimSpace(name) || cleanName(name) != name {
			t.Errorf("%q becomes %q", text, name)
		}
		for _, r := range name {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
				t.Errorf("%q keeps %U", text, r)
			}
		}
	})
}

// The demo clock: frozen it moves only by hand, and runs on from there.
func TestDemoClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := &testClock{at: time.Unix(1_800_000_000, 0)}
		c := &demoClock{base: base.now}
		want, frozen := base.at, false
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			d := time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "d"))
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				base.at = base.at.Add(d)
				if !frozen {
					want = want.Add(d)
				}
			case 1:
				c.advance(d)
				want = want.Add(d)
			case 2:
				want = time.Unix(1_700_000_000, 0).Add(d)
				c.set(want)
			case 3:
				c.freeze(true)
				frozen = true
			case 4:
				c.freeze(false)
				frozen = false
			}
			if got := c.now(); !got.Equal(want) {
				t.Fatalf("clock shows %v, want %v", got, want)
			}
		}
	})
}

func TestMinutes(t *testing.T) {
	for left, want := range map[time.Duration]string{
		10 * time.Minute: "10 minutes", 9*time.Minute + time.Second: "10 minutes", time.Minute: "1 minute", time.Second: "1 minute",
	} {
		if got := minutes(left); got != want {
			t.Errorf("minutes(%v) = %q, want %q", left, got, want)
		}
	}
}

// The in-process client carries bodies, and a panic does not hang it.
func TestInProcess(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Remote", r.RemoteAddr)
		w.WriteHeader(http.StatusTeapot)
		io.Copy(w, r.Body)
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("no") })
	client := &http.Client{Transport: inProcess{mux}}
	answer, err := client.Post("http://demo/echo?a=b", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || string(body) != "hello" || answer.StatusCode != http.StatusTeapot || answer.Header.Get("X-Remote") != "127.0.0.1:1" {
		t.Errorf("answer = %d %q %v, %v", answer.StatusCode, body, answer.Header, err)
	}
	answer, err = client.Get("http://demo/panic")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusInternalServerError {
		t.Errorf("after a panic: %d", answer.StatusCode)
	}
}

// A call that is cancelled while its body is read says so.
func TestInProcessCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{})
		client := &http.Client{Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			<-r.Context().Done()
			io.WriteString(w, "too late")
			close(gone)
		})}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://demo/", nil)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if _, err := io.ReadAll(answer.Body); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("body ends with %v, want the deadline", err)
		}
		<-gone // or the bubble is stuck
	})
}
