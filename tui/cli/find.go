package cli

// This file: finding one account, device or request by what a person types.

import (
	"fmt"
	"strings"

	"nod/approve"
	"nod/vault"
)

// matchError says that more than one entry matches; its hint names them.
func matchError(query string, candidates []string) error {
	what := "more than one entry matches"
	if query != "" {
		what = fmt.Sprintf("%q matches more than one entry", query)
	}
	return &statusError{
		exit: exitNotFound, name: "ambiguous", text: what,
		hint: "name one by its id:\n  " + strings.Join(candidates, "\n  "),
	}
}

// findAccount returns the account with the id query, or else the only one that
// has every word of it in issuer, name or tags. An empty query finds the only
// account of the vault.
func findAccount(v keeper, query string) (vault.Account, error) {
	var found []vault.Account
	for _, x := range v.Accounts() {
		if x.ID == query {
			return x, nil
		}
		if hasWords(x.Issuer+" "+x.Name+" "+strings.Join(x.Tags, " "), query) {
			found = append(found, x)
		}
	}
	found = exactFirst(found, query)
	switch len(found) {
	case 0:
		return vault.Account{}, errNoMatch
	case 1:
		return found[0], nil
	}
	var names []string
	for _, x := range found {
		names = append(names, accountLine(x))
	}
	return vault.Account{}, matchError(query, names)
}

// exactFirst keeps the only account whose issuer is the whole query, so that
// "rms" is found beside "rms cloud".
func exactFirst(found []vault.Account, query string) []vault.Account {
	var exact []vault.Account
	for _, x := range found {
		if strings.EqualFold(x.Issuer, query) {
			exact = append(exact, x)
		}
	}
	if len(exact) == 1 {
		return exact
	}
	return found
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

// requestFilter picks requests by app and account, whatever their case.
type requestFilter struct{ app, user string }

func (f requestFilter) match(r approve.Request) bool {
	return hasWords(r.App, f.app) && (f.user == "" ||
		strings.EqualFold(r.Account, f.user) || strings.EqualFold(localPart(r.Account), f.user))
}

func localPart(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return local
}
