package cli

// This file: which of several QR codes `nod add` takes.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nod/vault/otp"
	"nod/vault/transfer"
)

// pickAll stands for all codes that hold accounts.
const pickAll = "all"

// choose returns the codes that pick names, or else the only one that holds
// accounts; the parts of one export count as one. Else it asks.
func (a *app) choose(ctx context.Context, found []sight, pick string) ([]sight, error) {
	if len(found) == 0 {
		return nil, errNoQR
	}
	if pick != "" {
		chosen, err := picked(found, pick)
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("--pick %s: %w", pick, err), hint: "the codes are:\n" + a.listOf(found)}
		}
		return chosen, nil
	}
	if len(found) == 1 {
		return found, nil
	}
	usable := withAccounts(found)
	if len(usable) == 1 || len(usable) > 1 && !slices.ContainsFunc(usable, func(s sight) bool { return !isMigration(s.text) }) {
		return usable, nil
	}
	if len(usable) > 1 && a.askable() {
		return a.askWhich(ctx, found)
	}
	return nil, &statusError{
		exit: exitNotFound, name: "ambiguous", text: "the picture holds more than one QR code",
		hint: "choose with --pick, such as --pick 1,2 or --pick all:\n" + a.listOf(found),
	}
}

// askWhich has a person choose.
func (a *app) askWhich(ctx context.Context, found []sight) ([]sight, error) {
	question := fmt.Sprintf("There are %d QR codes:\n%s\nWhich ones? (numbers such as 1,2, or all): ", len(found), printable(a.listOf(found)))
	for {
		answer, err := a.ask(ctx, question)
		if err != nil {
			return nil, err
		}
		chosen, err := picked(found, answer)
		if err == nil {
			return chosen, nil
		}
		question = capital(err.Error()) + ". Which ones? "
	}
}

// picked returns the codes of a list of numbers, or all that hold accounts.
func picked(found []sight, pick string) ([]sight, error) {
	if strings.EqualFold(strings.TrimSpace(pick), pickAll) {
		if usable := withAccounts(found); len(usable) > 0 {
			return usable, nil
		}
		return nil, errors.New("none of the codes holds an account")
	}
	var chosen []sight
	for word := range strings.FieldsFuncSeq(pick, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, errors.New("give numbers with commas, or all")
		}
		if n < 1 || n > len(found) {
			return nil, fmt.Errorf("there are %d QR code(s), and no number %d", len(found), n)
		}
		chosen = append(chosen, found[n-1])
	}
	if len(chosen) == 0 {
		return nil, errors.New("give numbers with commas, or all")
	}
	return eachOnce(chosen), nil
}

// withAccounts leaves out the codes that hold no account.
func withAccounts(found []sight) (usable []sight) {
	for _, s := range found {
		batch, err := transfer.Decode(s.text)
		wipeKeys(batch.Keys)
		if err == nil && len(batch.Keys) > 0 {
			usable = append(usable, s)
		}
	}
	return usable
}

// listOf numbers the codes, one a line, with where each is if they are apart.
func (a *app) listOf(found []sight) string {
	apart := slices.ContainsFunc(found, func(s sight) bool { return s.where != found[0].where })
	var lines []string
	for i, s := range found {
		line := fmt.Sprintf("  %d  %s", i+1, a.nameOfCode(s.text))
		if apart {
			line += "  (" + s.where + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// nameOfCode says what a QR code holds, without its secret.
func (a *app) nameOfCode(text string) string {
	if key, err := otp.ParseURI(text); err == nil {
		defer clear(key.Secret)
		return firstOf(strings.TrimSpace(key.Issuer+" "+key.Name), "an account without a name")
	}
	if isMigration(text) {
		batch, err := transfer.Decode(text)
		wipeKeys(batch.Keys)
		switch {
		case err != nil:
			return "a damaged export of another authenticator"
		case batch.Size > 1:
			return fmt.Sprintf("part %d of %d of an export, %d account(s)", batch.Index+1, batch.Size, len(batch.Keys))
		}
		return fmt.Sprintf("an export of %d account(s)", len(batch.Keys))
	}
	if a.isPairing(text) {
		return "a pairing link (nod pair)"
	}
	return "something else"
}

func isMigration(text string) bool {
	return len(text) >= len(migrationScheme) && strings.EqualFold(text[:len(migrationScheme)], migrationScheme)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
