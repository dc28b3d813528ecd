package server

// A browser under the control of a test.

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// browser is a person's browser: it keeps cookies and follows redirects.
type browser struct {
	b      *bench
	client *http.Client
	status int
	at     string // path of the page shown
	body   string
	header http.Header
}

func (b *bench) browser() *browser {
	client := b.Client()
	client.Jar, _ = cookiejar.New(nil)
	return &browser{b: b, client: client}
}

func (w *browser) do(r *http.Request) *browser {
	w.b.t.Helper()
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	answer, err := w.client.Do(r)
	if err != nil {
		w.b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		w.b.t.Fatal(err)
	}
	w.status, w.at, w.body, w.header = answer.StatusCode, answer.Request.URL.RequestURI(), string(body), answer.Header
	return w
}

func (w *browser) get(path string) *browser {
	w.b.t.Helper()
	r, _ := http.NewRequestWithContext(w.b.t.Context(), http.MethodGet, testOrigin+path, nil)
	return w.do(r)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// post sends a form with the token of the page shown.
func (w *browser) post(path string, fields ...string) *browser {
	w.b.t.Helper()
	values := url.Values{}
	if found := csrfField.FindStringSubmatch(w.body); found != nil {
		values.Set("csrf", found[1])
	}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	r, _ := http.NewRequestWithContext(w.b.t.Context(), http.MethodPost, testOrigin+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(r)
}

func (w *browser) signIn(user, password string) *browser {
	w.b.t.Helper()
	return w.get("/app/rms/login").post("/app/rms/login", "user", user, "password", password)
}

var stateHook = regexp.MustCompile(`<main data-page="([^"]*)" data-state="([^"]*)">`)

// want checks which page is shown, and that it holds the texts,
// as markup or as a person reads them.
func (w *browser) want(page, state string, texts ...string) *browser {
	w.b.t.Helper()
	found := stateHook.FindStringSubmatch(w.body)
	if found == nil || found[1] != page || found[2] != state {
		w.b.t.Fatalf("page is %q at %s (%d), want %s %s:\n%s", found, w.at, w.status, page, state, w.body)
	}
	for _, text := range texts {
		if !strings.Contains(w.body, text) && !strings.Contains(html.UnescapeString(w.body), text) {
			w.b.t.Errorf("page %s lacks %q:\n%s", page, text, w.body)
		}
	}
	return w
}

var numberHook = regexp.MustCompile(`<strong class="number" id="number">(\d\d)</strong>`)

// number is the number to match that the wait page shows.
func (w *browser) number() string {
	w.b.t.Helper()
	w.want("wait", "waiting")
	found := numberHook.FindStringSubmatch(w.body)
	if found == nil {
		w.b.t.Fatalf("no number on the page:\n%s", w.body)
	}
	return found[1]
}

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// hiddenFields are the names and values of a page's hidden fields but the token.
func hiddenFields(body string) (fields []string) {
	for _, found := range hiddenField.FindAllStringSubmatch(body, -1) {
		if found[1] != "csrf" {
			fields = append(fields, found[1], html.UnescapeString(found[2]))
		}
	}
	return fields
}
