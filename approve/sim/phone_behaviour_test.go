package sim

import (
	"strings"
	"testing"
	"time"
)

func TestParseBehaviour(t *testing.T) {
	tests := []struct {
		text string
		want Behaviour
	}{
		{"accept", Accept()},
		{" ignore ", Ignore()},
		{"deny after 2s", Deny().After(2 * time.Second)},
		{"after 1m30s report", Report().After(90 * time.Second)},
		{"never", Never()},
		{"wrong-number", WrongNumber()},
		{"late", Accept().Late()},
		{"twice", Accept().Twice()},
		{"deny twice late", Deny().Twice().Late()},
		{"accept after 300ms", Accept().After(300 * time.Millisecond)},
		{"app=rms: deny after 2s", Deny().OnApp("rms").After(2 * time.Second)},
		{"user=ana app=rms:never", Never().OnApp("rms").OnUser("ana")},
	}
	for _, test := range tests {
		got, err := ParseBehaviour(test.text)
		if err != nil || got != test.want {
			t.Errorf("%q = %+v, %v, want %+v", test.text, got, err, test.want)
		}
		if again, err := ParseBehaviour(got.String()); err != nil || again != got {
			t.Errorf("%q is written as %q, which is %+v, %v", test.text, got, again, err)
		}
	}
}

func TestParseBehaviourRefuses(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "nothing to do"},
		{"after 2s", "nothing to do"},
		{"accept deny", "both accept and deny"},
		{"accept after", "one time"},
		{"accept after 2s after 3s", "one time"},
		{"accept after soon", "not a time"},
		{"accept after -2s", "not a time"},
		{"acept", `"acept" is not known`},
		{": accept", "before the colon"},
		{"rms: accept", `"rms" is not app=NAME`},
		{"app=: accept", "app needs one name"},
		{"app=rms app=keys: accept", "app needs one name"},
		{"never twice", "never is all"},
	}
	for _, test := range tests {
		if b, err := ParseBehaviour(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q = %+v, %v, want an error with %q", test.text, b, err, test.want)
		}
	}
}

func TestChoose(t *testing.T) {
	all := []Behaviour{Deny().OnApp("helpdesk"), Ignore().OnUser("ben"), Accept().OnApp("rms").OnUser("Ana@demo.test")}
	tests := []struct {
		request Request
		want    string
	}{
		{Request{App: "helpdesk", Account: "ben@demo.test"}, "app=helpdesk: deny"},
		{Request{App: "x", Site: "HelpDesk", Account: "ana@demo.test"}, "app=helpdesk: deny"},
		{Request{App: "rms", Account: "ben@demo.test"}, "user=ben: ignore"},
		{Request{App: "rms", Account: "ana@demo.test"}, "app=rms user=Ana@demo.test: accept"},
		{Request{App: "rms", Account: "cleo@demo.test"}, ""},
	}
	for _, test := range tests {
		got := ""
		if b, ok := choose(all, test.request); ok {
			got = b.String()
		}
		if got != test.want {
			t.Errorf("%+v: %q, want %q", test.request, got, test.want)
		}
	}
}

func TestDeaf(t *testing.T) {
	tests := []struct {
		all  []Behaviour
		want bool
	}{
		{nil, false},
		{[]Behaviour{Never()}, true},
		{[]Behaviour{Never(), Accept()}, true},
		{[]Behaviour{Never().OnApp("rms"), Never()}, true},
		{[]Behaviour{Never().OnApp("rms")}, false},
		{[]Behaviour{Accept().OnApp("rms"), Never()}, false},
	}
	for _, test := range tests {
		if got := deaf(test.all); got != test.want {
			t.Errorf("deaf(%v) = %t, want %t", test.all, got, test.want)
		}
	}
}

func FuzzParseBehaviour(f *testing.F) {
	for _, text := range []string{"accept", "app=rms user=ana: deny twice late after 2s", "late", "never", "x:y:z", "after 1h accept"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBehaviour(text)
		if err != nil {
			return
		}
		if again, err := ParseBehaviour(b.String()); err != nil || again != b {
			t.Errorf("%q is %+v, written as %q, which is %+v, %v", text, b, b.String(), again, err)
		}
	})
}
