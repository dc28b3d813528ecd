package server

// The server's real answers against docs/openapi.yaml. Every call that any test of
// this package makes goes through the check; TestOpenAPI sees to it that every
// operation and every documented answer comes up.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// openapi is what the file says, and which answers were seen.
type openapi struct {
	operations []*operation

	mu   sync.Mutex
	seen map[string]bool // "GET /v1/meta 200", and with a code "... 404 not_found"
}

// operation is one method of one path.
type operation struct {
	method, path string
	match        *regexp.Regexp
	request      *jsonschema.Schema
	answers      map[string]documented // by status
}

func (o *operation) name() string { return o.method + " " + o.path }

// documented is one answer.
type documented struct {
	codes  []string
	media  string // "" for no body
	schema *jsonschema.Schema
}

// file is the part of the OpenAPI file that is read here.
type file struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]any `json:"content"`
		} `json:"requestBody"`
		Responses map[string]struct {
			Codes   []string       `json:"x-codes"`
			Content map[string]any `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
}

// theAPI reads the file once.
var theAPI = sync.OnceValue(func() *openapi {
	api, err := readOpenAPI("../../docs/openapi.yaml")
	if err != nil {
		panic(err)
	}
	return api
})

func readOpenAPI(path string) (*openapi, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var plain any
	if err := yaml.Unmarshal(text, &plain); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(asJSON, &f); err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("openapi.json", document); err != nil {
		return nil, err
	}
	return f.operations(c)
}

// pointer is the JSON pointer of a schema.
func pointer(parts ...string) string {
	for i, part := range parts {
		parts[i] = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(part)
	}
	return "openapi.json#/" + strings.Join(parts, "/")
}

func (f file) operations(c *jsonschema.Compiler) (*openapi, error) {
	api := &openapi{seen: map[string]bool{}}
	parameter := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for path, methods := range f.Paths {
		for method, described := range methods {
			o := &operation{
				method: strings.ToUpper(method), path: path, answers: map[string]documented{},
				match: regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$"),
			}
			compile := func(media string, parts ...string) (*jsonschema.Schema, error) {
				return c.Compile(pointer(slices.Concat([]string{"paths", path, method}, parts, []string{"content", media, "schema"})...))
			}
			var err error
			for media := range described.RequestBody.Content {
				if o.request, err = compile(media, "requestBody"); err != nil {
					return nil, err
				}
			}
			for status, answer := range described.Responses {
				d := documented{codes: answer.Codes}
				for media := range answer.Content {
					d.media = media
					if d.schema, err = compile(media, "responses", status); err != nil {
						return nil, err
					}
				}
				o.answers[status] = d
			}
			api.operations = append(api.operations, o)
		}
	}
	return api, nil
}

// operation finds what a call is; nil for none.
func (api *openapi) operation(method, path string) *operation {
	for _, o := range api.operations {
		if o.method == method && o.match.MatchString(path) {
			return o
		}
	}
	return nil
}

// documentedPath tells whether calls of that path belong into the file.
func documentedPath(path string) bool {
	return strings.HasPrefix(path, "/v1/") || slices.Contains([]string{"/healthz", "/readyz", "/metrics"}, path)
}

// Client is Server.Client with the check.
func (b *bench) Client() *http.Client { return &http.Client{Transport: checked{b}} }

type checked struct{ b *bench }

// RoundTrip makes the call and compares the answer with the file.
func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	if !documentedPath(r.URL.Path) {
		return inProcess{c.b.Server}.RoundTrip(r)
	}
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := inProcess{c.b.Server}.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if err := theAPI().check(r, sent, answer, body); err != nil {
		c.b.t.Errorf("%s %s answers other than documented: %v\n%d %s", r.Method, r.URL.Path, err, answer.StatusCode, body)
	}
	return answer, nil
}

// check compares an answer with the file and notes that it came up.
func (api *openapi) check(r *http.Request, sent []byte, answer *http.Response, body []byte) error {
	o := api.operation(r.Method, r.URL.Path)
	if o == nil {
		if answer.StatusCode != http.StatusNotFound {
			return fmt.Errorf("there is no such operation")
		}
		return nil
	}
	status := fmt.Sprint(answer.StatusCode)
	d, ok := o.answers[status]
	if !ok && answer.StatusCode >= 500 {
		status = "default"
		d, ok = o.answers[status]
	}
	if !ok {
		return fmt.Errorf("the status is not documented")
	}
	key := o.name() + " " + status
	api.mark(key)
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if media != d.media || (d.media == "") != (len(body) == 0) {
		return fmt.Errorf("the content is %q, want %q", media, d.media)
	}
	if d.media != "" {
		if err := d.checkBody(body); err != nil {
			return err
		}
	}
	if len(d.codes) == 0 {
		return o.checkSent(sent)
	}
	var e struct{ Error struct{ Code string } }
	if err := json.Unmarshal(body, &e); err != nil {
		return err
	}
	if !slices.Contains(d.codes, e.Error.Code) {
		return fmt.Errorf("the code %q is not one of %q", e.Error.Code, d.codes)
	}
	api.mark(key + " " + e.Error.Code)
	return nil
}

// checkBody checks a body: JSON, JSON lines or text.
func (d documented) checkBody(body []byte) error {
	parts := [][]byte{body}
	switch d.media {
	case "application/x-ndjson":
		parts = bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	case "text/plain":
		return d.schema.Validate(string(body))
	}
	for _, part := range parts {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(part))
		if err != nil {
			return err
		}
		if err := d.schema.Validate(value); err != nil {
			return err
		}
	}
	return nil
}

// checkSent checks the body of a call that the server has taken: what it takes is
// documented, too.
func (o *operation) checkSent(sent []byte) error {
	if o.request == nil {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(sent))
	if err != nil {
		return err
	}
	return o.request.Validate(value)
}

func (api *openapi) mark(key string) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.seen[key] = true
}

// missing lists the documented answers that did not come up.
func (api *openapi) missing() []string {
	api.mu.Lock()
	defer api.mu.Unlock()
	var all []string
	for _, o := range api.operations {
		for status, d := range o.answers {
			keys := []string{o.name() + " " + status}
			if len(d.codes) > 0 {
				keys = nil
			}
			for _, code := range d.codes {
				keys = append(keys, o.name()+" "+status+" "+code)
			}
			for _, key := range keys {
				if !api.seen[key] {
					all = append(all, key)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestOpenAPIRoutes: what the server answers is in the file.
func TestOpenAPIRoutes(t *testing.T) {
	b := newBench(t)
	routes := 0
	for _, pattern := range b.mux.patterns {
		method, path, found := strings.Cut(pattern, " ")
		if !found || !documentedPath(path) {
			continue
		}
		routes++
		if !slices.ContainsFunc(theAPI().operations, func(o *operation) bool { return o.name() == method+" "+path }) {
			t.Errorf("docs/openapi.yaml lacks %s", pattern)
		}
	}
	if routes != len(theAPI().operations) {
		t.Errorf("the server has %d documented routes, the file %d operations", routes, len(theAPI().operations))
	}
}
