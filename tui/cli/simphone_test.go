package cli

// This file: the names and numbers of simulated phones.

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestPhoneNames(t *testing.T) {
	tests := []struct {
		given []string
		count int
		want  []string // nil: refused
	}{
		{nil, 0, []string{"phone"}},
		{nil, 2, []string{"phone-1", "phone-2"}},
		{[]string{"ana's"}, 1, []string{"ana's-1"}},
		{[]string{"phone-{1..3}"}, 0, []string{"phone-1", "phone-2", "phone-3"}},
		{[]string{"{9..10} at home", "b"}, 0, []string{"9 at home", "10 at home", "b"}},
		{[]string{"phone-{1..2"}, 0, []string{"phone-{1..2"}},
		{[]string{"a", "b"}, 2, nil},
		{[]string{"a", "a"}, 0, nil},
		{[]string{"a-{1..2}", "a-2"}, 0, nil},
		{[]string{"a-{2..1}"}, 0, nil},
		{[]string{"a-{0..1000}"}, 0, nil},
		{[]string{" "}, 0, nil},
		{nil, -1, nil},
		{nil, 1001, nil},
	}
	for _, test := range tests {
		got, err := phoneNames(test.given, test.count)
		if !slices.Equal(got, test.want) || (err != nil) != (test.want == nil) {
			t.Errorf("%q, %d = %q, %v, want %q", test.given, test.count, got, err, test.want)
		}
	}
}

func FuzzPhoneNames(f *testing.F) {
	f.Add("phone-{1..3}", 0)
	f.Add("{1..2}{3..4}", 2)
	f.Fuzz(func(t *testing.T, name string, count int) {
		names, err := phoneNames([]string{name}, count)
		if err != nil {
			return
		}
		for _, each := range names {
			if strings.TrimSpace(each) == "" {
				t.Errorf("%q has an empty name: %q", name, names)
			}
		}
		if len(names) == 0 || len(names) > maxPhones {
			t.Errorf("%q, %d are %d phones", name, count, len(names))
		}
	})
}

func TestNumberLines(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a := &app{env: Env{Stdin: strings.NewReader("47\n\n 05 \r\nseven\n")}}
	number := a.numberLines(ctx)
	for _, test := range []struct{ id, want string }{{"r-1", "47"}, {"r-1", "47"}, {"r-2", "05"}, {"r-1", "47"}, {"r-3", ""}, {"r-3", ""}} {
		if got, err := number(ctx, test.id, "rms", "ana@demo.test"); got != test.want || (err == nil) != (got != "") {
			t.Errorf("%s: %q, %v, want %q", test.id, got, err, test.want)
		}
	}
	cancel()
	if _, err := number(ctx, "r-4", "", ""); err == nil {
		t.Error("a number after the end")
	}
	blocked := (&app{env: Env{Stdin: never{}}}).numberLines(t.Context())
	if _, err := blocked(ctx, "r-1", "", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("nothing on standard input: %v, want the context's end", err)
	}
}

// never is standard input where nobody types.
type never struct{}

func (never) Read([]byte) (int, error) { select {} }
