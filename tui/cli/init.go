package cli

// This file: `nod init` makes a vault.

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/protect"
)

type initOptions struct {
	recoveryFile string
	protect      string
}

func (a *app) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "make a new vault",
		Long: `Make a new vault and print its path. At a terminal the PIN is typed twice; with
--passphrase it is a passphrase. The recovery code is stored nowhere: it is
shown once, and two groups of it are asked for, or it is written to
--recovery-file. nod says how well the PIN is protected on this machine; see
nod help vault. No network is used.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runInit(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.recoveryFile, "recovery-file", "", recoveryFile)
	cmd.Flags().StringVar(&o.protect, "protect", "", protectFlag)
	cmd.Flags().Bool("codes-only", false, "no server: what init does anyway, for scripts that want to say so")
	return cmd
}

type initJSON struct {
	Schema     int             `json:"schema"`
	Vault      string          `json:"vault"`
	Protection *protectionJSON `json:"protection,omitempty"`
	handedJSON
}

func (a *app) runInit(ctx context.Context, o initOptions) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(place.File); err == nil {
		return fmt.Errorf("create vault %s: %w", place.File, vault.ErrExists)
	}
	if a.flags.recovery || a.flags.ssh {
		return usagef("a vault is made with a PIN or a passphrase; nod chooses the recovery code, and nod vault slots add ssh adds a key")
	}
	if err := checkNew(o.recoveryFile); err != nil {
		return err
	}
	kind, err := parseKind(o.protect)
	if err != nil {
		return err
	}
	if kind != "" {
		if err := readyFor(place, kind); err != nil { // before the PIN is typed in vain
			return err
		}
	}
	code, err := a.create(ctx, place, kind)
	if err != nil {
		return err
	}
	out := initJSON{Schema: schema, Vault: place.File}
	if out.handedJSON, err = a.handOver(ctx, code, o.recoveryFile); err != nil {
		return err
	}
	if out.Protection, err = a.tellProtection(place, "", kind != ""); err != nil {
		return err
	}
	return a.answer(out, "%s\n", place.File)
}

// create makes the vault and returns its recovery code.
func (a *app) create(ctx context.Context, place vault.Place, kind protect.Kind) (string, error) {
	c, err := a.newSecret(ctx, firstSecret)
	if err != nil {
		return "", err
	}
	defer clear(c.secret)
	o := vault.Options{Cost: a.env.Cost, Protect: kind}
	if c.kind == vault.SlotPassphrase {
		o.Passphrase = c.secret
	} else {
		o.PIN = c.secret
	}
	if o.Cost == (vault.Cost{}) {
		a.say("measuring how much work one guess at the PIN should cost...")
	}
	v, code, err := vault.Create(place, o)
	if err != nil {
		return "", err
	}
	v.Close()
	return code, nil
}

// readyFor says why a PIN can not be protected by k now.
func readyFor(place vault.Place, k protect.Kind) error {
	all, err := vault.Protections(place)
	if err != nil {
		return err
	}
	for _, w := range all {
		if w.Kind == k && w.Ready != nil {
			return &hinted{fmt.Errorf("protect the PIN by %s: %w", k, w.Ready), "nod vault status says what else can protect it here"}
		}
	}
	return nil
}
