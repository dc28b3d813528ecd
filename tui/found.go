package tui

// found.go reads what a picture or a link holds, for the preview.

import (
	"fmt"
	"strings"

	"nod/vault/otp"
	"nod/vault/transfer"
)

// found is one thing in a picture.
type found struct {
	key      otp.Key
	usable   bool
	chosen   bool
	about    string // of what is not usable
	existing string // id of the account of the same name, or ""
}

// newPreview reads texts; those that are no keys are listed, too.
func newPreview(m *Model, texts []string, source string, back screen) *preview {
	s := &preview{source: source, back: back}
	for _, text := range texts {
		batch, err := transfer.Decode(text)
		if err != nil || len(batch.Keys) == 0 {
			about := "not a login code"
			if m.pairingLink(text) {
				about = "pairs with a server: open it alone, as a link"
			}
			s.items = append(s.items, found{about: about})
			continue
		}
		for _, k := range batch.Keys {
			s.items = append(s.items, found{key: k, usable: true, chosen: true, existing: m.existing(k.Issuer, k.Name)})
		}
		for _, skipped := range batch.Skipped {
			s.items = append(s.items, found{about: clean(skipped.Error())})
		}
	}
	s.refill(m)
	return s
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

// duplicates counts the chosen accounts that are there already.
func (s *preview) duplicates() int {
	n := 0
	for _, it := range s.items {
		if it.chosen && (it.existing != "" || s.forced) {
			n++
		}
	}
	return n
}
