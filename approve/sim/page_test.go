package sim

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const sample = `<title>A  page</title><main data-page="login" data-state="x">
<p role="alert">Not <b>this</b>.</p><strong id="number">47</strong>
<form action="/a"><input name="one" value="1"><select name="two"><option value="x"><option value="y" selected></select></form>
<form action="/b"><input name="one" value="2"><input type="hidden" name="csrf" value="t"><button name="answer" value="yes">Yes</button></form></main>`

func parse(t *testing.T, text string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestReadPage(t *testing.T) {
	p := readPage(parse(t, sample))
	if p.Title != "A page" || p.name != "login" || p.state != "x" || p.Number != "47" || p.Text != "Not this ." {
		t.Errorf("page = %+v %s %s", p.Page, p.name, p.state)
	}
}

func TestForms(t *testing.T) {
	root := parse(t, sample)
	tests := []struct{ field, action, values string }{
		{"two", "/a", "one=1&two=y"},
		{"answer", "/b", "csrf=t&one=2"},
		{"one", "/a", "one=1&two=y"},
	}
	for _, test := range tests {
		f := findForm(root, map[string]string{test.field: ""})
		if f == nil || f.action != test.action || f.values.Encode() != test.values {
			t.Errorf("form with %s = %+v, want %s %s", test.field, f, test.action, test.values)
		}
	}
	if f := findForm(root, map[string]string{"one": "", "three": ""}); f != nil {
		t.Errorf("found %+v", f)
	}
}

func FuzzReadPage(f *testing.F) {
	f.Add(sample)
	f.Fuzz(func(t *testing.T, text string) {
		root, err := html.Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		readPage(root)
		forms(root)
	})
}
