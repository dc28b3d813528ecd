package cli

// This file: `nod pin change` gives the vault another PIN or passphrase.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"nod/vault"
)

// newPIN are the flags that say where the new secret comes from.
type newPIN struct {
	fd         int
	file       string
	passphrase bool
}

func (a *app) pinCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "pin", Short: "the vault's PIN or passphrase", Args: noArgs, RunE: parent}
	var n newPIN
	change := &cobra.Command{
		Use:   "change",
		Short: "give the vault another PIN or passphrase",
		Long: `Give the vault another PIN, or with --new-passphrase a passphrase, and new keys.
The old secret is read as everywhere; --passphrase or --recovery says what it is.
Ways to open the vault whose secret is not at hand are dropped and named.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runPINChange(cmd.Context(), n) },
	}
	change.Flags().IntVar(&n.fd, "new-pin-fd", -1, "read the new PIN from this file descriptor `number`")
	change.Flags().StringVar(&n.file, "new-pin-file", "", "read the new PIN from `file`, which nobody else may read")
	change.Flags().BoolVar(&n.passphrase, "new-passphrase", false, "the new secret is a passphrase")
	cmd.AddCommand(change)
	return cmd
}

func (n newPIN) purpose() secretPurpose {
	return secretPurpose{
		source: func(*app) ([]byte, error) {
			switch {
			case n.fd >= 0:
				return readSecretFD(n.fd)
			case n.file != "":
				return readSecretFile(n.file, true)
			}
			return nil, nil
		},
		kind: func(*app) (vault.SlotType, error) {
			if n.passphrase {
				return vault.SlotPassphrase, nil
			}
			return vault.SlotPIN, nil
		},
	}
}

func (a *app) runPINChange(ctx context.Context, n newPIN) error {
	return a.withVault(ctx, func(v *vault.Vault) error {
		next, err := a.newSecret(ctx, n.purpose())
		if err != nil {
			return err
		}
		old, err := a.credential(ctx)
		if err != nil {
			return err
		}
		dropped, err := v.Change(old, newCredential(next.kind, next.secret))
		if err != nil {
			return err
		}
		for _, slot := range dropped {
			a.warn("the vault no longer opens with its %s", slot)
		}
		return a.answer(struct {
			Schema  int              `json:"schema"`
			Slot    vault.SlotType   `json:"slot"`
			Dropped []vault.SlotType `json:"dropped"`
		}{schema, next.kind, append([]vault.SlotType{}, dropped...)}, "%s", fmt.Sprintf("%s changed\n", label(next.kind)))
	})
}
