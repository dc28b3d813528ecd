package otp

// This file: the text parts of setup links: parameters, the label and its
// issuer, escapes, and which characters a name may hold.

import (
	"strings"
	"unicode"
)

// query holds the parameters of a link, still escaped, by lower-case name. Of
// repeated ones the first counts.
type query map[string]string

func parseQuery(s string) query {
	q := query{}
	for part := range strings.SplitSeq(s, "&") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(name)
		if _, twice := q[name]; !twice {
			q[name] = value
		}
	}
	return q
}

// text returns a parameter, or "". A + is a space, as in web forms.
func (q query) text(name string) string {
	return strings.TrimSpace(unescape(q[name], true))
}

// issuer returns the issuer, and the period that some exporters glue to it:
// issuer=Acmeperiod=30. An issuer that really ends so has %3D for the second =.
func (q query) issuer() (issuer, period string) {
	raw, period, _ := strings.Cut(q["issuer"], "period=")
	return unescape(raw, true), period
}

// SplitLabel separates "issuer:name", as it stands in setup links and in other
// apps' files. An issuer given beside the label wins; the label is then the
// name, without the issuer in front. A colon at the start says that there is no
// issuer. Both results are clean: no control characters, no marks that turn the
// writing direction around, no spaces at the ends.
func SplitLabel(label, issuer string) (cleanIssuer, name string) {
	label, issuer = clean(label), clean(issuer)
	if issuer != "" && strings.HasPrefix(label, issuer+":") {
		return issuer, clean(label[len(issuer)+1:])
	}
	prefix, name, ok := strings.Cut(label, ":")
	prefix = clean(prefix)
	switch {
	case !ok:
		return issuer, label
	case issuer == "":
		return prefix, clean(name)
	case prefix == "" || sameIssuer(prefix, issuer):
		return issuer, clean(name)
	}
	return issuer, label
}

// sameIssuer compares as a person would. The + stands for a space in labels
// that were escaped as web forms; elsewhere in a label it is a plus, as in
// ana+work@demo.test.
func sameIssuer(prefix, issuer string) bool {
	return strings.EqualFold(prefix, issuer) ||
		strings.EqualFold(strings.ReplaceAll(prefix, "+", " "), issuer)
}

// clean drops what a name must not hold: control characters, marks that turn
// the writing direction around, invalid UTF-8, and spaces at both ends.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// unescape decodes %XX and leaves a % alone that starts no such escape.
func unescape(s string, plusIsSpace bool) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			out = append(out, fromHex(s[i+1])<<4|fromHex(s[i+2]))
			i += 2
		case s[i] == '+' && plusIsSpace:
			out = append(out, ' ')
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// fromHex is the value of a letter for which isHex holds.
func fromHex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
