package sim

// Reading pages: their state, texts and forms.

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// readPage finds what a person looks at first.
func readPage(root *html.Node) *page {
	p := &page{root: root}
	if title := find(root, func(n *html.Node) bool { return n.Data == "title" }); title != nil {
		p.Title = text(title)
	}
	if part := find(root, func(n *html.Node) bool { return n.Data == "main" }); part != nil {
		p.name, p.state = attribute(part, "data-page"), attribute(part, "data-state")
	}
	p.Number = byID(root, "number")
	p.readFactor()
	for _, role := range []string{"alert", "status"} {
		if n := find(root, func(n *html.Node) bool { return attribute(n, "role") == role }); n != nil && p.Text == "" {
			p.Text = text(n)
		}
	}
	if card := find(root, func(n *html.Node) bool { return attribute(n, "class") == "card" }); card != nil && p.Text == "" && p.name == "site" {
		p.Text = text(find(card, func(n *html.Node) bool { return n.Data == "p" }))
	}
	return p
}

// readFactor finds which second factor p asks for.
func (p *page) readFactor() {
	if p.name == "wait" {
		p.method = "companion"
		return
	}
	form := find(p.root, func(n *html.Node) bool { return n.Data == "form" && has(n, "data-method") })
	if form == nil {
		return
	}
	p.method, p.problem, p.address = attribute(form, "data-method"), attribute(form, "data-problem"), attribute(form, "data-address")
	p.live = attribute(form, "data-live") == "true"
	p.wait, _ = strconv.Atoi(attribute(form, "data-wait"))
}

// form is a form as it would be sent untouched.
type form struct {
	action string
	values url.Values
	names  map[string]bool // of all its fields and buttons
}

// findForm returns the first form that has all the fields, nil for none.
func findForm(root *html.Node, fields map[string]string) *form {
next:
	for _, f := range forms(root) {
		for name := range fields {
			if !f.names[name] {
				continue next
			}
		}
		return f
	}
	return nil
}

func forms(root *html.Node) []*form {
	var all []*form
	walk(root, func(n *html.Node) {
		if n.Data == "form" {
			all = append(all, readForm(n))
		}
	})
	return all
}

func readForm(root *html.Node) *form {
	f := &form{action: attribute(root, "action"), values: url.Values{}, names: map[string]bool{}}
	walk(root, func(n *html.Node) {
		name := attribute(n, "name")
		if name == "" {
			return
		}
		switch n.Data {
		case "input":
			f.values.Set(name, attribute(n, "value"))
		case "select":
			f.values.Set(name, selected(n))
		case "button": // sent only when it is pressed
		default:
			return
		}
		f.names[name] = true
	})
	return f
}

// selected is the value of the marked option, or of the first.
func selected(list *html.Node) string {
	option := find(list, func(n *html.Node) bool { return n.Data == "option" && has(n, "selected") })
	if option == nil {
		option = find(list, func(n *html.Node) bool { return n.Data == "option" })
	}
	return attribute(option, "value")
}

// walk calls visit for every element.
func walk(root *html.Node, visit func(*html.Node)) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

// find returns the first element that fits, nil for none.
func find(root *html.Node, fits func(*html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && fits(n) {
			return n
		}
	}
	return nil
}

// byID returns the text of the element with that id, "" for none.
func byID(root *html.Node, id string) string {
	return text(find(root, func(n *html.Node) bool { return attribute(n, "id") == id }))
}

func attribute(n *html.Node, key string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// text is what can be read below n, with single spaces.
func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var all strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			all.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(all.String()), " ")
}
