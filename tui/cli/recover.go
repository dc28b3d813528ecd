package cli

// This file: `nod vault recover` opens the vault with the recovery code and gives
// it a new PIN, when the old one or the machine is lost; `nod vault rekey` gives
// the vault new keys.

import (
	"context"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) recoverCommand() *cobra.Command {
	var n newPIN
	var code newCode
	var kind string
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "PIN or machine lost: open the vault with the recovery code and choose a new PIN",
		Long: `Open the vault with the recovery code and give it a new PIN, or with
--new-passphrase a passphrase. It works on any machine that has the vault file.
The recovery code is read from --pin-fd, --pin-file, --pin-stdin or the terminal.
It stays good, unless --new-code makes another.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runRecover(cmd.Context(), n, code, kind) },
	}
	n.sourceFlags(cmd, "PIN")
	n.choiceFlag(cmd)
	code.flags(cmd)
	cmd.Flags().StringVar(&kind, "protect", "", protectFlag)
	return cmd
}

func (a *app) runRecover(ctx context.Context, n newPIN, code newCode, kind string) error {
	k, err := parseKind(kind)
	if err == nil {
		err = code.check()
	}
	if err != nil {
		return err
	}
	a.flags.recovery = true
	return a.withVault(ctx, func(v *vault.Vault) error {
		if err := a.whoseNewPIN(v.Place(), n.kind()); err != nil {
			return err
		}
		if k != "" {
			if err := readyFor(v.Place(), k); err != nil {
				return err
			}
		}
		return a.protect(ctx, v, n, code, k)
	})
}

func (a *app) rekeyCommand() *cobra.Command {
	var code newCode
	cmd := &cobra.Command{
		Use:   "rekey",
		Short: "give the vault new keys; PINs stay as they are",
		Long: `Give the vault new keys, after somebody may have read them out of a running
program. PINs, passphrase and ssh keys stay as they are, and with --new-code
there is another recovery code. Older copies beside the vault are deleted.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runRekey(cmd.Context(), code) },
	}
	code.flags(cmd)
	return cmd
}

func (a *app) runRekey(ctx context.Context, code newCode) error {
	if err := code.check(); err != nil {
		return err
	}
	return a.withVault(ctx, func(v *vault.Vault) error {
		c, err := a.credential(ctx)
		if err != nil {
			return err
		}
		defer c.Wipe()
		dropped, err := v.Rekey(c)
		if err != nil {
			return err
		}
		out := changeJSON{}
		a.warnChange(v.Place(), &out, dropped)
		if out.handedJSON, err = a.renewCode(ctx, v, c, code); err != nil {
			return err
		}
		return a.answer(out, "the vault has new keys\n")
	})
}
