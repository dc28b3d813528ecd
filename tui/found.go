package tui

// found.go reads what pictures or links hold, for the preview.

import (
	"fmt"
	"slices"
	"strings"

	"nod/vault"
	"nod/vault/otp"
	"nod/vault/transfer"
)

// found is one thing in a picture.
type found struct {
	key      otp.Key
	usable   bool
	chosen   bool
	about    string // of what is not usable
	link     string // of what pairs with a server
	half     string // to type at the site, which completes the key; or ""
	existing string // id of the account of the same name, or ""
	known    bool   // that account has the same key: there is nothing to add
	answer   int    // what to do when the account is there already
}

// newPreview reads texts; those that are no keys are listed, too.
func newPreview(m *Model, from seen, back screen) *preview {
	s := &preview{title: from.title, source: from.source, where: from.where, back: back, width: from.width, height: from.height}
	s.add(m, from)
	s.refill(m)
	return s
}

// add lists what is new in from, and counts it.
func (s *preview) add(m *Model, from seen) int {
	before := len(s.items)
	s.notes = append(s.notes, from.notes...)
	for _, file := range from.files {
		if !slices.Contains(s.files, file) {
			s.files = append(s.files, file)
		}
	}
	for _, text := range from.texts {
		if slices.Contains(s.texts, text) {
			continue
		}
		s.texts = append(s.texts, text)
		s.addText(m, text)
	}
	return len(s.items) - before
}

func (s *preview) addText(m *Model, text string) {
	batch, err := transfer.Decode(text)
	if err != nil || len(batch.Keys) == 0 {
		it := found{about: "not a login code"}
		if m.pairingLink(text) {
			it.about, it.link = "pairs this device with a server", text
		}
		s.items = append(s.items, it)
		return
	}
	if !s.parts.Add(batch) {
		return
	}
	for _, k := range batch.Keys {
		whole, half, err := k.Complete()
		if err != nil {
			s.items = append(s.items, found{about: clean(err.Error())})
			continue
		}
		it := found{key: whole, usable: true, half: half}
		it.compare(m)
		it.chosen = !it.known
		s.items = append(s.items, it)
	}
	for _, skipped := range batch.Skipped {
		if _, gap := skipped.(transfer.Gap); gap { //nolint:errorlint // it is never wrapped
			s.notes = append(s.notes, skipped.Error())
			continue
		}
		s.items = append(s.items, found{about: clean(skipped.Error())})
	}
}

// merge takes the next part of what is shown.
func (s *preview) merge(m *Model, from seen) {
	s.wrong = ""
	if s.add(m, from) == 0 {
		s.wrong = "That holds nothing new. Show " + s.wanted() + "."
		return
	}
	s.refill(m)
	s.focus = 0
}

// wanted names the parts that are missing: "part 2 of 3".
func (s *preview) wanted() string {
	for _, gap := range s.parts.Gaps() {
		return fmt.Sprintf("%s of %d", gap.Want(), gap.Size)
	}
	return "the next part"
}

// compare looks for the account of the same name.
func (f *found) compare(m *Model) {
	f.existing, f.known = "", false
	if twin := m.session.vault.Existing(f.key); twin != nil {
		f.existing, f.known = twin.Existing.ID, sameCodes(twin, f.key)
	}
}

// existing returns the id of the account with that issuer and name, or "".
func (m *Model) existing(issuer, name string) string {
	for _, a := range m.session.accounts {
		if strings.EqualFold(a.Issuer, issuer) && strings.EqualFold(a.Name, name) {
			return a.ID
		}
	}
	return ""
}

// sameCodes tells whether the account makes the same codes as a key.
func sameCodes(twin *vault.DuplicateError, k otp.Key) bool {
	a := twin.Existing
	return twin.SameKey && a.Type == k.Type && a.Algorithm == k.Algorithm && a.Digits == k.Digits && a.Period == k.Period
}

// keyFacts describes a key without its secret.
func keyFacts(k otp.Key) string {
	facts := fmt.Sprintf("%s %d digits", strings.ToUpper(string(k.Type)), k.Digits)
	if k.Type == otp.HOTP {
		return facts + fmt.Sprintf(" counter %d", k.Counter)
	}
	return facts + fmt.Sprintf(" %d s", k.Period)
}

// single is the chosen account when it is the only one.
func (s *preview) single() *found {
	var one *found
	for i := range s.items {
		if s.items[i].chosen {
			if one != nil {
				return nil
			}
			one = &s.items[i]
		}
	}
	return one
}

// twice tells whether item i is chosen and there already.
func (s *preview) twice(i int) bool {
	return s.items[i].chosen && (s.items[i].existing != "" || s.forced)
}

// duplicates counts the chosen accounts that are there already.
func (s *preview) duplicates() int {
	n := 0
	for i := range s.items {
		if s.twice(i) {
			n++
		}
	}
	return n
}

// twin is the chosen account that is there already when it is the only one.
func (s *preview) twin() *found {
	if s.duplicates() != 1 {
		return nil
	}
	for i := range s.items {
		if s.twice(i) {
			return &s.items[i]
		}
	}
	return nil
}

// common is the answer to all duplicates, or -1 when they differ.
func (s *preview) common() int {
	answer := -1
	for i := range s.items {
		switch {
		case !s.twice(i), s.items[i].answer == answer:
		case answer >= 0:
			return -1
		default:
			answer = s.items[i].answer
		}
	}
	return answer
}
