package cli

// This file: `nod vault`, the commands about the vault's file as a whole.

import "github.com/spf13/cobra"

func (a *app) vaultCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "vault", Short: "the vault's file, and the ways to open it", Args: noArgs, RunE: parent,
		Long: "The vault's file, and the ways to open it. nod help vault says what to do when a\nPIN, a machine or a disk is lost.",
	}
	cmd.AddCommand(a.vaultStatusCommand(), a.slotsCommand(), a.protectCommand(), a.recoverCommand(), a.rekeyCommand(),
		a.restoreCommand(), a.drillCommand())
	return cmd
}
