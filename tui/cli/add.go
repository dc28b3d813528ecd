package cli

// This file: `nod add` stores accounts. Where their keys come from is in
// addsource.go.

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/otp"
)

type addOptions struct {
	qr                []string
	pick              string
	secretStdin, hotp bool
	issuer, account   string
	kind, algorithm   string
	digits, period    int
	counter           uint64
	tags              []string
	note              string
	replace, keepBoth bool
	skip, shred       bool
}

func (a *app) addCommand() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add [LINK|-]",
		Short: "store accounts from a QR picture, a link or a typed key",
		Long: `Store accounts. Their keys come from QR codes (--qr), from otpauth or
otpauth-migration links on standard input (-), from a key on standard input
(--secret-stdin) or from questions at the terminal. A link as an argument is
taken, too, but every process of this machine can read it there.

--qr takes ` + sourcesHelp + `.
Given again, it adds the codes of all; the parts of an export may come in any order.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runAdd(cmd.Context(), args, o) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.qr, "qr", nil, "`place` of QR codes: a picture, a folder, -, clipboard, screen, region, camera")
	f.StringVar(&o.pick, "pick", "", "take the codes with these `numbers` where there are several: 1,3 or all")
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
	f.BoolVar(&o.skip, "skip", false, "leave an account that is there already as it is")
	f.BoolVar(&o.shred, "shred", false, "delete the picture once its accounts are stored")
	return cmd
}

func (o addOptions) check(args []string) error {
	sources := 0
	for _, given := range []bool{len(o.qr) > 0, o.secretStdin, len(args) > 0} {
		if given {
			sources++
		}
	}
	switch {
	case sources > 1:
		return usagef("give one of --qr, --secret-stdin and a link")
	case o.replace && o.keepBoth, o.replace && o.skip, o.keepBoth && o.skip:
		return usagef("--replace, --keep-both and --skip exclude each other")
	case o.shred && !slices.ContainsFunc(o.qr, func(name string) bool { return name != "-" && !isSource(name) }):
		return usagef("--shred deletes the picture of --qr FILE")
	case o.pick != "" && len(o.qr) == 0:
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
	h, err := a.haul(ctx, args, o)
	if err != nil {
		return err
	}
	defer h.wipe()
	if err := h.join(); err != nil {
		return err
	}
	return a.withKeeper(ctx, func(v keeper) error {
		plan, err := a.settle(ctx, v, h.items, o)
		if err != nil {
			return err
		}
		added, err := plan.store(v, o)
		if err != nil {
			return err
		}
		if o.shred {
			a.shred(plan, h)
		}
		for _, err := range h.skipped {
			a.warn("left out: %v", err)
		}
		return a.printAdded(v, added, h)
	})
}

// printAdded prints id, issuer, account and first code, which counts as handed out. An
// HOTP account's first code stays unused: printing it would move the counter.
func (a *app) printAdded(v keeper, added []vault.Account, h *haul) error {
	var ids []string
	for _, x := range added {
		if x.Type != otp.HOTP {
			ids = append(ids, x.ID)
		}
	}
	codes, err := v.GiveAll(ids, a.env.Now(), vault.Giving{Ahead: a.flags.json})
	if err != nil {
		return fmt.Errorf("stored, but it makes no code: %w", err)
	}
	out := accountsJSON{Schema: schema, Accounts: []accountJSON{}, Halves: h.halves()}
	rows := [][]string{{"ID", "ISSUER", "ACCOUNT", "CODE"}}
	for _, x := range added {
		shape, shown := accountShape(x), "-"
		if x.Type != otp.HOTP {
			shape, shown = withCode(x, codes[0]), codes[0].Value
			codes = codes[1:]
		}
		out.Accounts = append(out.Accounts, shape)
		rows = append(rows, []string{x.ID, x.Issuer, x.Name, shown})
	}
	for _, err := range h.skipped {
		out.Skipped = append(out.Skipped, err.Error())
	}
	if a.flags.json {
		return a.printJSON(out)
	}
	for _, half := range out.Halves { // the key is worth nothing without it
		fmt.Fprintf(a.env.Stderr, "type this at %s to finish, once: %s\n", printable(firstOf(half.Issuer, half.Account, "the site")), otp.InFours(half.Half))
	}
	return a.table(rows)
}

func wipeKeys(keys []otp.Key) {
	for _, k := range keys {
		clear(k.Secret)
	}
}
