package cli

// This file: `nod code --all` and `nod code --watch`, which print many codes.

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"nod/vault"
	"nod/vault/otp"
)

// printAll prints the codes of all accounts that query finds, in one step.
func (a *app) printAll(src codeSource, query string, o codeOptions) error {
	accounts, err := a.accountsOf(src, query, o)
	if err != nil {
		return err
	}
	ids := make([]string, len(accounts))
	for i, x := range accounts {
		ids[i] = x.ID
	}
	codes, err := src.GiveAll(ids, a.env.Now(), vault.Giving{Next: o.next, At: o.when})
	if err != nil {
		return err
	}
	if a.flags.json {
		answer := accountsJSON{Schema: schema, Accounts: make([]accountJSON, len(accounts))}
		for i, x := range accounts {
			answer.Accounts[i] = withCode(x, codes[i])
		}
		return a.printJSON(answer)
	}
	w := bufio.NewWriter(a.env.Stdout)
	for i, x := range accounts {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", codes[i].Value, cell(x.ID), cell(x.Issuer), cell(x.Name))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// accountsOf returns the accounts of query that --all prints.
func (a *app) accountsOf(src codeSource, query string, o codeOptions) (list []vault.Account, err error) {
	odd, counters := 0, 0
	for _, x := range src.Find(query) {
		switch {
		case o.kind != "" && x.Type != otp.Type(o.kind):
		case x.Odd != "":
			odd++
		case x.Type == otp.HOTP && (o.kind == "" || o.next || o.at != ""):
			counters++
		default:
			list = append(list, x)
		}
	}
	if odd > 0 {
		a.warn("%s can not be used: nod show says why", counted(odd, "account"))
	}
	if counters > 0 {
		a.say("left out %s, whose counter each code moves: --type hotp", counted(counters, "HOTP account"))
	}
	if len(list) == 0 {
		return nil, noMatch(src, query)
	}
	return list, nil
}

// cell makes text fit between tabs.
func cell(text string) string {
	return printable(strings.NewReplacer("\t", " ", "\n", " ").Replace(text))
}

// watchCode prints each new code of x until ctx ends. The use is counted once.
func (a *app) watchCode(ctx context.Context, src codeSource, x vault.Account, o codeOptions) error {
	for last := int64(-1); ; {
		c, at, err := a.awaitCode(ctx, src, x, o)
		if err != nil {
			return err
		}
		step := at.Add(src.Shift()+x.Shift).Unix() / int64(x.Period)
		if last < 0 {
			a.markUsed(src, x, "printed")
		}
		if step != last { // the same when the clock was set back a little
			err = a.printCode(x, c, &timeJSON{VaultShift: src.Shift().Seconds()})
		}
		if last = step; err != nil {
			return err
		}
		if err := sleep(ctx, codeLeft(src, x, at)-a.env.Now().Sub(at)); err != nil {
			return err
		}
	}
}
