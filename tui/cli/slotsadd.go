package cli

// This file: `nod vault slots add` adds a way to open the vault.

import (
	"context"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/protect"
)

func (a *app) slotsAddCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "add", Short: "add a way to open the vault", Args: noArgs, RunE: parent}
	cmd.AddCommand(a.addPINCommand(), a.addPassphraseCommand(), a.addSSHCommand())
	return cmd
}

func (a *app) addPINCommand() *cobra.Command {
	var n newPIN
	var name, kind string
	cmd := &cobra.Command{
		Use: "pin --name NAME", Short: "add a PIN, for another person",
		Long: `Add a PIN under a name, for another person. It opens the same accounts, and its
wrong tries are counted apart. The new PIN is typed twice, by that person.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := parseKind(kind)
			if err != nil {
				return err
			}
			return a.runSlotAdd(cmd.Context(), k, func(ctx context.Context) (newSlot, error) {
				fresh, err := a.newSecret(ctx, n.purpose())
				return newSlot{vault.PINOf(name, fresh.secret), name}, err
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "whose PIN it is: a `name`")
	cmd.Flags().StringVar(&kind, "protect", "", protectFlag)
	n.sourceFlags(cmd, "PIN")
	return cmd
}

func (a *app) addPassphraseCommand() *cobra.Command {
	n := newPIN{passphrase: true}
	cmd := &cobra.Command{
		Use: "passphrase", Short: "add a passphrase, which opens the vault on any machine",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runSlotAdd(cmd.Context(), "", func(ctx context.Context) (newSlot, error) {
				fresh, err := a.newSecret(ctx, n.purpose())
				return newSlot{vault.Passphrase(fresh.secret), ""}, err
			})
		},
	}
	n.sourceFlags(cmd, "passphrase")
	return cmd
}

func (a *app) addSSHCommand() *cobra.Command {
	var query string
	cmd := &cobra.Command{
		Use: "ssh", Short: "add a key of the ssh-agent",
		Long: `Add a key of the ssh-agent ($SSH_AUTH_SOCK): an ed25519 or RSA key. With --ssh every
command opens the vault by it then. Whoever can use the agent can open the vault.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runSlotAdd(cmd.Context(), "", func(context.Context) (newSlot, error) {
				key, err := a.agentKey(query)
				return newSlot{vault.SSHKey(a.agent(), key), key.Print}, err
			})
		},
	}
	cmd.Flags().StringVar(&query, "key", "", "which key: `SHA256:... or comment`, as ssh-add -l has it")
	return cmd
}

// newSlot is a way to open the vault that is to be added, with what shows of it.
type newSlot struct {
	vault.Credential
	name string
}

// runSlotAdd adds what next returns; a PIN is protected as k says.
func (a *app) runSlotAdd(ctx context.Context, k protect.Kind, next func(context.Context) (newSlot, error)) error {
	return a.withVault(ctx, func(v *vault.Vault) error {
		if k != "" {
			if err := readyFor(v.Place(), k); err != nil {
				return err
			}
		}
		fresh, err := next(ctx)
		defer fresh.Wipe()
		if err != nil {
			return err
		}
		c, err := a.credential(ctx)
		if err != nil {
			return err
		}
		defer c.Wipe()
		dropped, err := v.AddSlot(c, fresh.Credential, k)
		if err != nil {
			return err
		}
		out := changeJSON{Slot: fresh.Kind(), Name: fresh.name}
		if fresh.Kind() == vault.SlotPIN {
			if out.Protection, err = a.tellProtection(v.Place(), fresh.name, k != ""); err != nil {
				return err
			}
		}
		added := vault.Slot{Type: fresh.Kind(), Name: fresh.name}
		return a.reportChange(v.Place(), out, dropped, added.String()+" added")
	})
}
