package cli

// This file: `nod add` stores accounts. Where their keys come from is in
// addsource.go.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/otp"
)

type addOptions struct {
	qr                string
	pick              int
	secretStdin, hotp bool
	issuer, account   string
	kind, algorithm   string
	digits, period    int
	counter           uint64
	tags              []string
	note              string
	replace, keepBoth bool
	shred             bool
}

func (a *app) addCommand() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add [LINK|-]",
		Short: "store accounts from a QR picture, a link or a typed key",
		Long: `Store accounts. Their keys come from a picture (--qr FILE, or - for standard
input), from otpauth or otpauth-migration links on standard input (-), from a key
on standard input (--secret-stdin) or from questions at the terminal. A link as an
argument is taken, too, but every process of this machine can read it there.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runAdd(cmd.Context(), args, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.qr, "qr", "", "picture `file` with QR codes, or -")
	f.IntVar(&o.pick, "pick", 0, "take the code with this `number` where a picture holds several")
	f.BoolVar(&o.secretStdin, "secret-stdin", false, "read the key (Base32) from standard input")
	f.StringVar(&o.issuer, "issuer", "", "who asks for the code")
	f.StringVar(&o.account, "account", "", "your name there")
	f.StringVar(&o.kind, "type", "", "of a typed key: totp, hotp, steam")
	f.BoolVar(&o.hotp, "hotp", false, "the same as --type hotp")
	f.StringVar(&o.algorithm, "algorithm", "", "of a typed key: SHA1, SHA256 or SHA512")
	f.IntVar(&o.digits, "digits", 0, "of a typed key: length of the code (6)")
	f.IntVar(&o.period, "period", 0, "of a typed key: `seconds` that a code is valid (30)")
	f.Uint64Var(&o.counter, "counter", 0, "of a typed HOTP key: counter of the next code")
	f.StringSliceVar(&o.tags, "tag", nil, "tags (again, or with commas)")
	f.StringVar(&o.note, "note", "", "a note")
	f.BoolVar(&o.replace, "replace", false, "put the key in place of an account that is there already")
	f.BoolVar(&o.keepBoth, "keep-both", false, "store it beside an account that is there already")
	f.BoolVar(&o.shred, "shred", false, "delete the picture once its accounts are stored")
	return cmd
}

func (o addOptions) check(args []string) error {
	sources := 0
	for _, given := range []bool{o.qr != "", o.secretStdin, len(args) > 0} {
		if given {
			sources++
		}
	}
	switch {
	case sources > 1:
		return usagef("give one of --qr, --secret-stdin and a link")
	case o.replace && o.keepBoth:
		return usagef("--replace and --keep-both exclude each other")
	case o.shred && (o.qr == "" || o.qr == "-"):
		return usagef("--shred deletes the picture of --qr FILE")
	case o.pick != 0 && o.qr == "":
		return usagef("--pick goes with --qr")
	}
	return nil
}

func (a *app) runAdd(ctx context.Context, args []string, o addOptions) error {
	if err := o.check(args); err != nil {
		return err
	}
	if _, err := a.find(); err != nil {
		return err
	}
	keys, source, skipped, err := a.addKeys(ctx, args, o)
	if err != nil {
		return err
	}
	defer wipeKeys(keys)
	var fresh []vault.NewAccount
	for _, k := range keys {
		fresh = append(fresh, vault.NewAccount{Key: k, Tags: o.tags, Note: o.note, Source: source})
	}
	return a.withVault(ctx, func(v *vault.Vault) error {
		added, err := store(v, fresh, o)
		if err != nil {
			return err
		}
		if o.shred {
			if err := os.Remove(o.qr); err != nil {
				a.warn("the accounts are stored, but the picture is still there: %v", err)
			}
		}
		for _, err := range skipped {
			a.warn("left out: %v", err)
		}
		return a.printAdded(v, added, skipped)
	})
}

// store adds accounts, all or none, unless --replace takes those that exist.
func store(v *vault.Vault, fresh []vault.NewAccount, o addOptions) ([]vault.Account, error) {
	var replaced []vault.Account
	for len(fresh) > 0 {
		added, err := v.Add(o.keepBoth, fresh...)
		duplicate, isDuplicate := errors.AsType[*vault.DuplicateError](err)
		if !isDuplicate || !o.replace {
			return append(replaced, added...), err
		}
		at := sameAccount(fresh, duplicate.Existing)
		if at < 0 || duplicate.Existing.ID == "" { // twice among the new ones
			return replaced, err
		}
		x, err := v.Replace(duplicate.Existing.ID, fresh[at])
		if err != nil {
			return replaced, err
		}
		replaced = append(replaced, x)
		fresh = append(fresh[:at:at], fresh[at+1:]...)
	}
	return replaced, nil
}

func sameAccount(fresh []vault.NewAccount, x vault.Account) int {
	for i, n := range fresh {
		if strings.EqualFold(n.Key.Issuer, x.Issuer) && strings.EqualFold(n.Key.Name, x.Name) {
			return i
		}
	}
	return -1
}

// printAdded prints id, issuer, account and first code. An HOTP account's first
// code stays unused: printing it would move the counter.
func (a *app) printAdded(v *vault.Vault, added []vault.Account, skipped []error) error {
	out := accountsJSON{Schema: schema, Accounts: []accountJSON{}}
	rows := [][]string{{"ID", "ISSUER", "ACCOUNT", "CODE"}}
	for _, x := range added {
		shape, shown := accountShape(x), "-"
		if x.Type != otp.HOTP {
			c, err := v.Code(x.ID, a.env.Now())
			if err != nil {
				return fmt.Errorf("stored, but it makes no code: %w", err)
			}
			shape, shown = withCode(x, c), c.Value
		}
		out.Accounts = append(out.Accounts, shape)
		rows = append(rows, []string{x.ID, x.Issuer, x.Name, shown})
	}
	for _, err := range skipped {
		out.Skipped = append(out.Skipped, err.Error())
	}
	if a.flags.json {
		return a.printJSON(out)
	}
	return a.table(rows)
}

func wipeKeys(keys []otp.Key) {
	for _, k := range keys {
		clear(k.Secret)
	}
}
