package envelope

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nod/approve"
)

func TestRead(t *testing.T) {
	r := Read(approve.Answer{Status: 200, Body: []byte(`{"result":{"status":true,"value":true},"detail":{"serial":"PIPU1","code":7,"list":[1]}}`)})
	if !r.Known || !r.Succeeded() || !r.IsTrue() || r.Text("serial") != "PIPU1" || r.Text("code") != "7" || r.Text("list") != "" || r.Text("none") != "" {
		t.Errorf("%+v", r)
	}
	for body, code := range map[string]int{
		`{"result":{"status":false,"error":{"code":905}}}`:   905,
		`{"result":{"status":false,"error":{"code":"601"}}}`: 601,
		`{"result":{"status":false}}`:                        0,
	} {
		if r := Read(approve.Answer{Status: 400, Body: []byte(body)}); !r.Known || r.Succeeded() || r.Code != code {
			t.Errorf("%s: %+v", body, r)
		}
	}
	for _, body := range []string{"", "<html>", `{"detail":{}}`, `[]`} {
		if r := Read(approve.Answer{Status: 200, Body: []byte(body)}); r.Known || r.IsTrue() {
			t.Errorf("%q: %+v", body, r)
		}
	}
}

func TestRefusal(t *testing.T) {
	for name, test := range map[string]struct {
		reply Reply
		want  error
		text  string
	}{
		"stranger": {Reply{Status: 200}, approve.ErrUnreachable, "not a privacyIDEA server"},
		"code":     {Reply{Status: 400, Known: true, Code: 905}, approve.ErrRefused, "status 400 and code 905"},
		"status":   {Reply{Status: 403}, approve.ErrRefused, "status 403"},
	} {
		if err := test.reply.Refusal("a privacyIDEA server"); !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	limited, ok := errors.AsType[*approve.LimitedError](Reply{Status: 429, Header: http.Header{"Retry-After": {"30"}}}.Refusal(""))
	if !ok || limited.RetryAfter != 30*time.Second {
		t.Errorf("429: %+v", limited)
	}
}

// What is sent is JSON as it stands: "&" stays "&", for it is signed elsewhere.
func TestSend(t *testing.T) {
	var got, kind string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, kind = strings.TrimSpace(string(body)), r.Method+" "+r.Header.Get("Content-Type")
		w.Write([]byte(`{"result":{"status":true,"value":1}}`))
	}))
	defer s.Close()
	send := func(method string, body any) {
		t.Helper()
		r, err := Send(t.Context(), s.Client(), method, s.URL, body, time.Minute, 1000)
		if err != nil || !r.Succeeded() || string(r.Value) != "1" {
			t.Errorf("%s: %+v, %v", method, r, err)
		}
	}
	if send(http.MethodPost, map[string]string{"a": "x&<%25"}); got != `{"a":"x&<%25"}` || kind != "POST application/json" {
		t.Errorf("sent %s as %s", got, kind)
	}
	if send(http.MethodGet, nil); got != "" || kind != "GET " {
		t.Errorf("sent %q as %s", got, kind)
	}
	if _, err := Send(t.Context(), s.Client(), http.MethodGet, "http://[", nil, time.Minute, 1000); err == nil {
		t.Error("a broken address: no error")
	}
}
