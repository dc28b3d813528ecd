package protocol

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func newGet() (*http.Request, error) { return http.NewRequest(http.MethodGet, testTarget, nil) }

func TestOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"https://nod.demo.test":        "https://nod.demo.test",
		"https://nod.demo.test/":       "https://nod.demo.test",
		"HTTPS://NOD.Demo.Test":        "https://nod.demo.test",
		" https://nod.demo.test ":      "https://nod.demo.test",
		"https://nod.demo.test:443":    "https://nod.demo.test",
		"https://nod.demo.test:0443":   "https://nod.demo.test",
		"https://nod.demo.test:8443/":  "https://nod.demo.test:8443",
		"nod.demo.test":                "https://nod.demo.test",
		"nod.demo.test:8443":           "https://nod.demo.test:8443",
		"192.0.2.7:8443":               "https://192.0.2.7:8443",
		"127.0.0.1:8420":               "http://127.0.0.1:8420",
		"127.8.9.1":                    "http://127.8.9.1",
		"localhost":                    "http://127.0.0.1",
		"LocalHost:8420":               "http://127.0.0.1:8420",
		"[::1]:8420":                   "http://[::1]:8420",
		"http://[0:0:0:0:0:0:0:1]:80":  "http://[::1]",
		"http://127.0.0.1":             "http://127.0.0.1",
		"https://127.0.0.1:8420":       "https://127.0.0.1:8420",
		"https://[2001:DB8::7]":        "https://[2001:db8::7]",
		"https://xn--bcher-kva.test:1": "https://xn--bcher-kva.test:1",
	} {
		if got, err := Origin(in); err != nil || got != want {
			t.Errorf("Origin(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestOriginRefuses(t *testing.T) {
	for in, insecure := range map[string]bool{
		"http://nod.demo.test":                          true,
		"http://192.0.2.7":                              true,
		"http://10.0.0.1:8420":                          true,
		"http://localhost.demo.test":                    true,
		"http://127.1":                                  true,
		"http://[::2]":                                  true,
		"":                                              false,
		"https://":                                      false,
		"https://ana@nod.demo.test":                     false,
		"https://ana:x@nod.demo.test":                   false,
		"https://nod.demo.test/login":                   false,
		"https://nod.demo.test//":                       false,
		"https://nod.demo.test?x=1":                     false,
		"https://nod.demo.test?":                        false,
		"https://nod.demo.test#x":                       false,
		"https://nod.demo.test#":                        false,
		"https://nod.demo.test:":                        false,
		"https://nod.demo.test:0":                       false,
		"https://nod.demo.test:65536":                   false,
		"https://nod.demo.test:x":                       false,
		"https://nod..demo.test":                        false,
		"https://nod.demo.test.":                        false,
		"https://n\u043ed.demo.test":                    false, // Cyrillic o
		"https://nod demo.test":                         false,
		"https://[fe80::1%25eth0]":                      false,
		"https://nod.demo.test\\evil.test":              false,
		"ftp://nod.demo.test":                           false,
		"javascript://nod.demo.test":                    false,
		"https://" + strings.Repeat("a", 64):            false,
		"https://" + strings.Repeat("a.", 300) + "test": false,
	} {
		got, err := Origin(in)
		if err == nil || errors.Is(err, ErrInsecure) != insecure {
			t.Errorf("Origin(%q) = %q, %v; want ErrInsecure: %v", in, got, err, insecure)
		}
	}
}

func TestLink(t *testing.T) {
	fp := Thumbprint(newTestKey(1).Public())
	want := Link{Server: "https://nod.demo.test:8443", Token: Nonce(), Fingerprint: fp}
	got, err := ParseLink(want.String())
	if err != nil || got != want {
		t.Errorf("ParseLink(%q) = %+v, %v", want, got, err)
	}
	text := "nod://pair?v=1&srv=http%3A%2F%2F127.0.0.1%3A8420&t=AAAAAAAAAAAAAAAAAAAAAA&fp=" + fp + "&later=x"
	got, err = ParseLink(text)
	if err != nil || got != (Link{"http://127.0.0.1:8420", "AAAAAAAAAAAAAAAAAAAAAA", fp}) {
		t.Errorf("ParseLink = %+v, %v", got, err)
	}
}

func TestParseLinkRefuses(t *testing.T) {
	token := Nonce()
	good := Link{Server: "https://nod.demo.test", Token: token, Fingerprint: Thumbprint(newTestKey(1).Public())}.String()
	sub := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the link", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, link := range map[string]string{
		"empty":             "",
		"other scheme":      sub("nod:", "otpauth:"),
		"other host":        sub("//pair", "//unpair"),
		"user":              sub("//pair", "//ana@pair"),
		"port":              sub("//pair", "//pair:1"),
		"path":              sub("pair?", "pair/x?"),
		"fragment":          good + "#x",
		"version 2":         sub("v=1", "v=2"),
		"no version":        sub("v=1&", ""),
		"two servers":       good + "&srv=https%3A%2F%2Fevil.demo.test",
		"two tokens":        good + "&t=" + token,
		"no token":          sub("&t="+token, ""),
		"short token":       sub(token, "AAAA"),
		"no fingerprint":    sub("&fp=", "&xx="),
		"bad fingerprint":   sub("&fp=", "&fp=_"),
		"server bare":       sub("https%3A%2F%2F", ""),
		"server with path":  sub("demo.test", "demo.test%2Fx"),
		"server with user":  sub("nod.demo.test", "ana%40nod.demo.test"),
		"semicolon":         sub("&t=", ";t="),
		"too long":          good + "&x=" + strings.Repeat("x", 1024),
		"control character": good + "\n",
	} {
		_, err := ParseLink(link)
		if err == nil {
			t.Errorf("%s: read without error", name)
		} else if strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error repeats the token: %v", name, err)
		}
	}
	if _, err := ParseLink(sub("https%3A", "http%3A")); !errors.Is(err, ErrInsecure) {
		t.Errorf("plain http: error = %v, want ErrInsecure", err)
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add(Link{Server: "https://nod.demo.test", Token: Nonce(), Fingerprint: Thumbprint(newTestKey(1).Public())}.String())
	f.Add("nod://pair?v=1&srv=http://[::1]:8420&t=&fp=")
	f.Add("nod:pair")
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLink(s)
		if err != nil {
			return
		}
		again, err := ParseLink(l.String())
		if err != nil || again != l {
			t.Errorf("%q reads as %+v, and that as %+v, %v", s, l, again, err)
		}
	})
}

func FuzzOrigin(f *testing.F) {
	f.Add("https://nod.demo.test:8443/")
	f.Add("[::1]:1")
	f.Add("http://127.0.0.1")
	f.Fuzz(func(t *testing.T, s string) {
		o, err := Origin(s)
		if err != nil {
			return
		}
		if again, err := Origin(o); err != nil || again != o {
			t.Errorf("Origin(%q) = %q, but Origin of that = %q, %v", s, o, again, err)
		}
	})
}

func TestWords(t *testing.T) {
	a, b, c := newTestKey(1).Public(), newTestKey(2).Public(), newTestKey(3).Public()
	words := Words(a, b, c, "d-1")
	if len(words) != 4 {
		t.Fatalf("words = %v", words)
	}
	if got, want := strings.Join(words, " "), "balloon magnet river thunder"; got != want {
		t.Errorf("words = %s, want %s (they must never change)", got, want)
	}
	for name, other := range map[string][]string{
		"server":    Words(b, b, c, "d-1"),
		"transport": Words(a, c, c, "d-1"),
		"approval":  Words(a, b, b, "d-1"),
		"id":        Words(a, b, c, "d-2"),
		"swapped":   Words(a, c, b, "d-1"),
	} {
		if strings.Join(other, " ") == strings.Join(words, " ") {
			t.Errorf("%s: the words do not depend on it", name)
		}
	}
}

func TestWordList(t *testing.T) {
	seen := map[string]bool{}
	for i, w := range wordList {
		if len(w) < 4 || len(w) > 8 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("word %d, %q: not 4 to 8 small letters", i, w)
		}
		if seen[w] {
			t.Errorf("%q is there twice", w)
		}
		seen[w] = true
		if i > 0 && wordList[i-1] >= w {
			t.Errorf("%q stands after %q", w, wordList[i-1])
		}
	}
}
