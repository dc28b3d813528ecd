package cli

// This file: finding one account, device or request by what a person types.

import (
	"fmt"
	"slices"
	"strings"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
)

// matchError says that more than one entry matches; its hint names them.
func matchError(query string, candidates []string) *statusError {
	what := "more than one entry matches"
	if query != "" {
		what = fmt.Sprintf("%q matches more than one entry", query)
	}
	return &statusError{
		exit: exitNotFound, name: "ambiguous", text: what,
		hint: "name one by its id:\n  " + strings.Join(candidates, "\n  "),
	}
}

// finder finds accounts in an unlocked vault.
type finder interface {
	Accounts() []vault.Account
	Find(query string) []vault.Account
}

// findAccount returns the only account that query finds by id or words, for commands
// that change or show more than a code: they take no guess. An empty query finds the
// only account of the vault. Errors: *statusError.
func findAccount(v finder, query string) (vault.Account, error) {
	found := v.Find(query)
	if len(found) > 0 && isGuess(found[0], query) {
		return vault.Account{}, noMatch(v, query)
	}
	return onlyOne(v, query, found)
}

// pickAccount returns the only account of a type, "" for any, that query finds.
func pickAccount(v finder, query, kind string) (vault.Account, error) {
	found := v.Find(query)
	if kind != "" {
		found = slices.DeleteFunc(slices.Clone(found), func(x vault.Account) bool { return x.Type != otp.Type(kind) })
	}
	return onlyOne(v, query, found)
}

func onlyOne(v finder, query string, found []vault.Account) (vault.Account, error) {
	switch len(found) {
	case 0:
		return vault.Account{}, noMatch(v, query)
	case 1:
		return found[0], nil
	}
	return vault.Account{}, ambiguous(query, found)
}

// isGuess tells whether query finds x only by letters of its words.
func isGuess(x vault.Account, query string) bool {
	return !strings.EqualFold(x.ID, strings.TrimSpace(query)) && !hasWords(x.Issuer+" "+x.Name+" "+strings.Join(x.Tags, " "), strings.ReplaceAll(query, ":", " "))
}

// mostNamed is how many accounts a message names.
const mostNamed = 20

// ambiguous is matchError for accounts; in JSON all of them are listed.
func ambiguous(query string, found []vault.Account) error {
	var lines []string
	var list []candidateJSON
	for _, x := range found {
		if len(lines) < mostNamed {
			lines = append(lines, accountLine(x))
		}
		list = append(list, candidateJSON{x.ID, x.Issuer, x.Name})
	}
	if more := len(found) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	err := matchError(query, lines)
	err.candidates = list
	return err
}

// candidateJSON is an account that a query may mean.
type candidateJSON struct {
	ID      string `json:"id"`
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
}

// noMatch says that query finds no account, and which have a name like it.
func noMatch(v finder, query string) error {
	e := &statusError{exit: exitNotFound, name: "not_found", text: errNoMatch.Error(), hint: "nod ls shows all accounts"}
	if query == "" {
		return e
	}
	e.text = fmt.Sprintf("nothing matches %q", query)
	var names []string
	for _, x := range nearAccounts(v, query) {
		names = append(names, accountLine(x))
	}
	if len(names) > 0 {
		e.hint = "did you mean\n  " + strings.Join(names, "\n  ")
	}
	return e
}

// nearAccounts returns up to three accounts that query finds by letters, or whose
// issuer or name differs from it by a few.
func nearAccounts(v finder, query string) (near []vault.Account) {
	if near = v.Find(query); len(near) == 0 {
		query = strings.ToLower(strings.TrimSpace(query))
		for _, x := range v.Accounts() {
			if isNear(strings.ToLower(x.Issuer), query) || isNear(strings.ToLower(x.Name), query) {
				near = append(near, x)
			}
		}
	}
	return near[:min(len(near), 3)]
}

// isNear tells whether a becomes b by changing at most a third of its bytes, and by
// no more than three changes: the distance of Levenshtein.
func isNear(a, b string) bool {
	most := min(3, len(b)/3)
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := min(row[j+1]+1, row[j]+1, corner)
			if a[i] != b[j] {
				next = min(row[j+1]+1, row[j]+1, corner+1)
			}
			corner, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)] <= most
}

func accountLine(x vault.Account) string {
	return strings.TrimSpace(x.ID + "  " + x.Issuer + "  " + x.Name)
}

// hasWords tells whether text has every word of query, whatever their case.
func hasWords(text, query string) bool {
	text = strings.ToLower(text)
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// findDevice returns the pairing with the id query, or else the only one that
// has every word of it in app, account, name or server.
func findDevice(v keeper, query string) (vault.Device, error) {
	var found []vault.Device
	var names []string
	for _, d := range v.Devices() {
		if d.ID == query {
			return d, nil
		}
		if hasWords(strings.Join([]string{d.App, d.Account, d.Name, d.Server}, " "), query) {
			found = append(found, d)
			names = append(names, d.ID+"  "+d.App+"  "+d.Account+"  "+d.Server)
		}
	}
	switch len(found) {
	case 0:
		return vault.Device{}, vault.ErrNotFound
	case 1:
		return found[0], nil
	}
	return vault.Device{}, matchError(query, names)
}

// requestFilter picks requests by app, account and server, whatever their case.
type requestFilter struct{ app, user, server string }

func (f requestFilter) match(r approve.Request) bool {
	return hasWords(r.App, f.app) && f.matchServer(r.Server) && (f.user == "" ||
		strings.EqualFold(r.Account, f.user) || strings.EqualFold(localPart(r.Account), f.user))
}

// matchServer looks at the server alone: its address or a part of it.
func (f requestFilter) matchServer(origin string) bool {
	return hasWords(origin, strings.TrimSuffix(f.server, "/"))
}

func localPart(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return local
}
