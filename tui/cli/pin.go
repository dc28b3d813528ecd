package cli

// This file: `nod pin change` gives the vault another PIN or passphrase.

import (
	"context"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) pinCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "pin", Short: "the vault's PIN or passphrase", Args: noArgs, RunE: parent}
	var n newPIN
	change := &cobra.Command{
		Use:   "change",
		Short: "give the vault another PIN or passphrase",
		Long: `Give the vault another PIN, or with --new-passphrase a passphrase, and new keys.
The old secret is read as everywhere; --passphrase, --recovery or --ssh says what
it is, --slot whose PIN is changed. Ways to open the vault that can not be kept
are dropped and named. Is the PIN or the machine lost? Then: nod vault recover`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runPINChange(cmd.Context(), n) },
	}
	n.sourceFlags(change, "PIN")
	n.choiceFlag(change)
	cmd.AddCommand(change)
	return cmd
}

func (a *app) runPINChange(ctx context.Context, n newPIN) error {
	return a.withVault(ctx, func(v *vault.Vault) error {
		if err := a.whoseNewPIN(v.Place(), n.kind()); err != nil {
			return err
		}
		before, err := vault.Inspect(v.Place())
		if err != nil {
			return err
		}
		next, err := a.newSecret(ctx, n.purpose())
		if err != nil {
			return err
		}
		defer clear(next.secret)
		old, err := a.credential(ctx)
		if err != nil {
			return err
		}
		defer old.Wipe()
		dropped, err := v.Change(old, a.newCredential(next.kind, next.secret))
		if err != nil {
			return err
		}
		out := changeJSON{Slot: next.kind, Name: a.nameOf(next.kind)}
		if _, had := before.PIN(a.slotName()); next.kind == vault.SlotPIN && !had {
			if out.Protection, err = a.tellProtection(v.Place(), a.slotName(), false); err != nil {
				return err
			}
		}
		a.sayReplaced(before, v.Place(), next.kind, dropped)
		return a.reportChange(v.Place(), out, dropped, label(next.kind)+" changed")
	})
}

// whoseNewPIN refuses a new PIN that could be any of several people's.
func (a *app) whoseNewPIN(place vault.Place, kind vault.SlotType) error {
	if kind != vault.SlotPIN {
		return nil
	}
	s, err := vault.Inspect(place)
	if err != nil {
		return err
	}
	return a.whosePIN(s)
}

// nameOf is whose PIN was meant, "" for a passphrase.
func (a *app) nameOf(kind vault.SlotType) string {
	if kind != vault.SlotPIN {
		return ""
	}
	return a.slotName()
}
