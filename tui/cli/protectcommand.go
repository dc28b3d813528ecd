package cli

// This file: `nod vault protect` moves the second half of a PIN's key to another
// place of this machine.

import (
	"context"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/protect"
)

func (a *app) protectCommand() *cobra.Command {
	var n newPIN
	cmd := &cobra.Command{
		Use:   "protect KIND",
		Short: "protect the PIN in another way: tpm, keyring, credential, file or best",
		Long: `Protect the PIN in another way on this machine: by tpm, keyring, credential, file,
or the best of those that are ready (best). nod vault status says what each is
worth. It takes a new PIN: copies of the vault from before still open with the old
one, and whoever has one can try PINs on it.`,
		Args:      oneArg("kind: tpm, keyring, credential, file or best"),
		ValidArgs: []string{"tpm", "keyring", "credential", "file", "best"},
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := parseKind(args[0])
			if err != nil {
				return err
			}
			return a.runProtect(cmd.Context(), n, k)
		},
	}
	n.sourceFlags(cmd, "PIN")
	return cmd
}

func (a *app) runProtect(ctx context.Context, n newPIN, k protect.Kind) error {
	place, err := a.find()
	if err != nil {
		return err
	}
	if k != "" {
		if err := readyFor(place, k); err != nil {
			return err
		}
	}
	return a.withVault(ctx, func(v *vault.Vault) error {
		if err := a.whoseNewPIN(place, vault.SlotPIN); err != nil {
			return err
		}
		return a.protect(ctx, v, n, newCode{}, k)
	})
}

// protect gives the PIN another value and another place, and makes a new recovery
// code where that is wanted.
func (a *app) protect(ctx context.Context, v *vault.Vault, n newPIN, code newCode, k protect.Kind) error {
	if a.flags.recovery && n.kind() == vault.SlotPIN && !a.flags.json {
		a.say("Take a PIN that this vault never had: on copies from before, PINs can be tried. nod refuses the old one " +
			"where it can try it: not if the TPM, keyring or state directory of the old PIN is away.")
	}
	fresh, err := a.newSecret(ctx, n.purpose())
	if err != nil {
		return err
	}
	defer clear(fresh.secret)
	next := a.newCredential(fresh.kind, fresh.secret)
	old, err := a.credential(ctx)
	if err != nil {
		return err
	}
	defer old.Wipe()
	before, err := vault.Inspect(v.Place())
	if err != nil {
		return err
	}
	var dropped []vault.Slot
	if fresh.kind == vault.SlotPIN {
		dropped, err = v.Protect(old, next, k)
	} else {
		dropped, err = v.Change(old, next)
	}
	if err != nil {
		return err
	}
	out := changeJSON{Slot: fresh.kind, Name: a.nameOf(fresh.kind)}
	if fresh.kind == vault.SlotPIN {
		if out.Protection, err = a.tellProtection(v.Place(), a.slotName(), k != ""); err != nil {
			return err
		}
		a.warnWeaker(before, a.slotName(), out.Protection.Kind)
	}
	a.warnChange(v.Place(), &out, dropped)
	if out.handedJSON, err = a.renewCode(ctx, v, next, code); err != nil {
		return err
	}
	return a.answer(out, "%s changed\n", label(fresh.kind))
}

// renewCode makes a new recovery code and hands it over, where it is wanted.
func (a *app) renewCode(ctx context.Context, v *vault.Vault, c vault.Credential, n newCode) (handedJSON, error) {
	if !n.want {
		return handedJSON{}, nil
	}
	code, err := v.NewRecoveryCode(c)
	if err != nil {
		return handedJSON{}, err
	}
	return a.handOver(ctx, code, n.file)
}
