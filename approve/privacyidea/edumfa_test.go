package privacyidea

import (
	"net/http"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/privacyidea/privacyideatest"
	"nod/vault"
)

func edumfaLink() string {
	s := privacyideatest.New(nil)
	s.EduMFA = true
	return s.Link(nil)
}

func TestEduMFAPreview(t *testing.T) {
	n := NewEduMFA(&http.Client{Transport: unused{t}})
	p, err := n.Preview(strings.Replace(edumfaLink(), "&poll_only=True", "", 1))
	if err != nil || p.Driver != "edumfa" || n.Name() != "edumfa" || p.Server != testOrigin || len(p.Risks) != 0 {
		t.Errorf("preview %+v, %v", p, err)
	}
	if _, err := n.Preview(testLink(nil)); err != approve.ErrNotMine {
		t.Errorf("privacyIDEA's: %v", err)
	}
}

// TestEduMFA: pairing, a request and each answer, with a server that finds an answer
// by its nonce and knows nothing newer.
func TestEduMFA(t *testing.T) {
	for act, state := range states {
		s := newServer(t)
		s.EduMFA = true
		n := s.driver()
		keys := vault.NewKeys()
		defer keys.Wipe()
		p, err := n.Pair(t.Context(), offer(edumfaLink()), keys)
		if err != nil || p.Device.Driver != "edumfa" {
			t.Fatalf("paired %+v, %v", p, err)
		}
		b := &bench{server: s}
		b.with(func(a *ask) {
			a.Capabilities = `{"decline_reason":true}` // means nothing there
			a.Spoil = func(f map[string]any) { f["capabilities_signature"], f["require_presence"] = "x", "A,B" }
		})
		b.d.Driver = NameEduMFA
		if b.r.Asks() || len(b.r.Warnings) != 0 {
			t.Errorf("request %+v", b.r)
		}
		out, err := b.answer(act, "")
		if err != nil || out.State != state || len(s.Answers()) != 1 || s.Answers()[0]["decline_reason"] != "" {
			t.Errorf("%s: %+v, %v, sent %v", act, out, err, s.Answers())
		}
		if got := poll(t, b.n, b.d); len(got.Requests) != 0 || got.Dropped != 0 || b.a.Answered != (act == approve.Accept) {
			t.Errorf("after %s: %+v", act, got)
		}
	}
}

// TestEduMFASilent: some of these servers have no words for nothing.
func TestEduMFASilent(t *testing.T) {
	for status, ok := range map[int]bool{204: true, 404: true, 403: false, 400: false} {
		s := newServer(t)
		s.EduMFA = true
		d := s.paired()
		s.Lie = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			return true
		}
		b, err := s.driver().Poll(t.Context(), d, 0)
		if (err == nil) != ok || len(b.Requests) != 0 || ok && b.Interval != pollEvery {
			t.Errorf("%d: %+v, %v", status, b, err)
		}
		if status == 403 && !strings.Contains(err.Error(), "edupush_allow_polling") {
			t.Errorf("%d: %v", status, err)
		}
	}
}
