package picture

// This file: how an element of a drawing looks: attributes, style="", rules of
// a <style> element, what it has from the elements around it.

import (
	"cmp"
	"image/color"
	"slices"
	"strings"
)

const maxRules = 500 // of CSS

// paint is what fills a shape or a line.
type paint struct {
	none  bool
	color color.NRGBA
}

// style is how a shape looks.
type style struct {
	fill, stroke paint
	current      color.NRGBA // that "currentColor" means
	fillOpacity  float64
	lineOpacity  float64
	opacity      float64 // of this and all the elements around it
	lineWidth    float64
	evenOdd      bool // rule for what is inside
	clipEvenOdd  bool
	hidden       bool
	absent       bool // with all that is in it
	crisp        bool // without smooth edges
	cap          string
	clip         string
}

var plainStyle = style{
	fill:        paint{color: color.NRGBA{A: 255}},
	stroke:      paint{none: true},
	current:     color.NRGBA{A: 255},
	fillOpacity: 1, lineOpacity: 1, opacity: 1, lineWidth: 1,
}

// declaration is one name: value.
type declaration struct{ name, value string }

// declarations splits a list of them.
func declarations(s string) []declaration {
	var list []declaration
	for part := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		value, _, _ = strings.Cut(value, "!important")
		list = append(list, declaration{strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)})
	}
	return list
}

// of returns the style of an element inside one with style s.
func (d *document) style(n *node, s style) style {
	s.clip = ""
	own := 1.0 // opacity, which is not inherited but adds up
	apply := func(list []declaration) {
		for _, one := range list {
			if one.name == "opacity" {
				own = fraction(one.value)
			} else {
				d.set(&s, one)
			}
		}
	}
	for _, a := range n.attrs {
		apply([]declaration{{a.name, strings.TrimSpace(a.value)}})
	}
	class := strings.Fields(n.attr("class"))
	for _, r := range d.rules {
		if r.matches(n, class) {
			apply(r.set)
		}
	}
	apply(declarations(n.attr("style")))
	s.opacity *= own
	return s
}

// set changes one property.
func (d *document) set(s *style, one declaration) {
	v := one.value
	if v == "inherit" {
		return
	}
	switch one.name {
	case "fill":
		s.fill = d.paint(s.fill, v, s.current)
	case "stroke":
		s.stroke = d.paint(s.stroke, v, s.current)
	case "color":
		if c, ok := parseColor(v); ok {
			s.current = c
		}
	case "fill-opacity":
		s.fillOpacity = fraction(v)
	case "stroke-opacity":
		s.lineOpacity = fraction(v)
	case "stroke-width":
		s.lineWidth, _ = length(v, 0)
	case "stroke-linecap":
		s.cap = v
	case "fill-rule":
		s.evenOdd = v == "evenodd"
	case "clip-rule":
		s.clipEvenOdd = v == "evenodd"
	case "clip-path":
		s.clip = v
	case "visibility":
		s.hidden = v != "visible"
	case "display":
		s.absent = v == "none"
	case "shape-rendering":
		s.crisp = v == "crispEdges" || v == "optimizeSpeed"
	}
}

// paint reads a colour, or takes the mean colour of a gradient. What it does not
// know leaves the old one.
func (d *document) paint(old paint, v string, current color.NRGBA) paint {
	switch strings.ToLower(v) {
	case "none", "transparent":
		return paint{none: true}
	case "currentcolor":
		return paint{color: current}
	}
	if strings.HasPrefix(v, "url(") {
		if c, ok := d.gradient(d.target(v), 0); ok {
			return paint{color: c}
		}
		_, v, _ = strings.Cut(v, ")") // what to take in its place
		v = strings.TrimSpace(v)
	}
	if c, ok := parseColor(v); ok {
		return paint{color: c}
	}
	return old
}

// gradient is the mean of the colours in a gradient.
func (d *document) gradient(n *node, depth int) (color.NRGBA, bool) {
	if n == nil || depth > 4 {
		return color.NRGBA{}, false
	}
	var sum [3]int
	stops := 0
	for _, child := range n.children {
		list := append(declarations(child.attr("style")), declaration{"stop-color", child.attr("stop-color")})
		for _, one := range list {
			if c, ok := parseColor(one.value); ok && one.name == "stop-color" {
				sum[0], sum[1], sum[2], stops = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B), stops+1
				break
			}
		}
	}
	if stops == 0 {
		return d.gradient(d.target(n.attr("href")), depth+1)
	}
	return color.NRGBA{byte(sum[0] / stops), byte(sum[1] / stops), byte(sum[2] / stops), 255}, true
}

// rule is what CSS says about some elements.
type rule struct {
	tag, id string
	class   []string
	set     []declaration
}

func (r *rule) matches(n *node, class []string) bool {
	if r.tag != "" && r.tag != n.name || r.id != "" && r.id != n.attr("id") {
		return false
	}
	for _, c := range r.class {
		if !slices.Contains(class, c) {
			return false
		}
	}
	return true
}

// weight orders rules: those for a name before those for a class, then an id.
func (r *rule) weight() int {
	w := 10 * len(r.class)
	if r.id != "" {
		w += 1000
	}
	if r.tag != "" {
		w++
	}
	return w
}

// parseCSS reads rules, the weaker ones first. Of a selector with several
// elements only the last counts.
func parseCSS(css string) []rule {
	for {
		before, rest, ok := strings.Cut(css, "/*")
		if !ok {
			break
		}
		_, after, _ := strings.Cut(rest, "*/")
		css = before + " " + after
	}
	var rules []rule
	for len(rules) < maxRules {
		selectors, rest, ok := strings.Cut(css, "{")
		if !ok {
			break
		}
		var body string
		body, css, _ = strings.Cut(rest, "}")
		set := declarations(body)
		for one := range strings.SplitSeq(selectors, ",") {
			parts := strings.FieldsFunc(one, func(r rune) bool { return strings.ContainsRune(" \t\r\n>+~", r) })
			if len(parts) > 0 && !strings.HasPrefix(parts[0], "@") && len(rules) < maxRules {
				rules = append(rules, selector(parts[len(parts)-1], set))
			}
		}
	}
	slices.SortStableFunc(rules, func(a, b rule) int { return cmp.Compare(a.weight(), b.weight()) })
	return rules
}

// selector reads one like rect#a.b.
func selector(s string, set []declaration) rule {
	r := rule{set: set}
	for len(s) > 0 {
		end := strings.IndexAny(s[1:], ".#:[") + 1
		if end == 0 {
			end = len(s)
		}
		switch part := s[:end]; part[0] {
		case '.':
			r.class = append(r.class, part[1:])
		case '#':
			r.id = part[1:]
		case '*', ':', '[':
		default:
			r.tag = part
		}
		s = s[end:]
	}
	return r
}
