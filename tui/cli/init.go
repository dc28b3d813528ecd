package cli

// This file: `nod init` makes a vault.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) initCommand() *cobra.Command {
	var recoveryFile string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "make a new vault",
		Long: `Make a new vault and print its path. At a terminal the PIN is typed twice; with
--passphrase it is a passphrase. The recovery code is stored nowhere: it is
shown once on standard error, or written to --recovery-file. No network is used.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runInit(cmd.Context(), recoveryFile) },
	}
	cmd.Flags().StringVar(&recoveryFile, "recovery-file", "", "write the recovery code to `file` (mode 0600) instead of showing it")
	cmd.Flags().Bool("codes-only", false, "no server: what init does anyway, for scripts that want to say so")
	return cmd
}

type initJSON struct {
	Schema       int    `json:"schema"`
	Vault        string `json:"vault"`
	RecoveryCode string `json:"recovery_code,omitempty"`
	RecoveryFile string `json:"recovery_file,omitempty"`
}

func (a *app) runInit(ctx context.Context, recoveryFile string) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(place.File); err == nil {
		return fmt.Errorf("create vault %s: %w", place.File, vault.ErrExists)
	}
	if a.flags.recovery {
		return usagef("a vault is made with a PIN or a passphrase; nod chooses the recovery code")
	}
	c, err := a.newSecret(ctx, firstSecret)
	if err != nil {
		return err
	}
	defer clear(c.secret)
	o := vault.Options{Cost: a.env.Cost}
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
		return err
	}
	v.Close()
	return a.reportVault(place, code, recoveryFile)
}

// reportVault hands the recovery code over, which can not be had again.
func (a *app) reportVault(place vault.Place, code, recoveryFile string) error {
	out := initJSON{Schema: schema, Vault: place.File}
	switch {
	case recoveryFile != "":
		if err := writeNew(recoveryFile, code+"\n"); err != nil {
			a.say("The vault is made, but its recovery code could not be stored. Write it down:\n\n  %s\n", code)
			return err
		}
		out.RecoveryFile = recoveryFile
	case a.flags.json:
		out.RecoveryCode = code
	default:
		// Not say: --quiet must not lose it.
		fmt.Fprintf(a.env.Stderr, "Recovery code, shown only now; write it down and keep it away from this machine:\n\n  %s\n\n", code)
	}
	return a.answer(out, "%s\n", place.File)
}

// writeNew writes text to a file that must not exist yet, for its owner only.
func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// freshSecret is a new PIN or passphrase.
type freshSecret struct {
	kind   vault.SlotType
	secret []byte
}

// secretPurpose tells newSecret which flags the secret may come from.
type secretPurpose struct {
	source func(*app) ([]byte, error)
	kind   func(*app) (vault.SlotType, error)
}

// firstSecret is the secret of a vault that does not exist yet.
var firstSecret = secretPurpose{(*app).sourceSecret, (*app).secretKind}

// newSecret reads a new secret once from its source, or twice from the terminal,
// where it asks again until both are the same and good.
func (a *app) newSecret(ctx context.Context, p secretPurpose) (freshSecret, error) {
	kind, err := p.kind(a)
	if err != nil {
		return freshSecret{}, err
	}
	secret, err := p.source(a)
	if err != nil {
		return freshSecret{}, err
	}
	if secret != nil {
		return freshSecret{kind, secret}, checkSecret(kind, secret)
	}
	for {
		secret, err := a.askTwice(ctx, kind)
		if errors.Is(err, errNoTerminal) {
			return freshSecret{}, errNeedSecret
		}
		if err != nil {
			return freshSecret{}, err
		}
		if secret != nil {
			return freshSecret{kind, secret}, nil
		}
	}
}

// askTwice returns nil when the secret will not do, which it has said then.
func (a *app) askTwice(ctx context.Context, kind vault.SlotType) ([]byte, error) {
	first, err := a.askHidden(ctx, "New "+label(kind)+": ")
	if err != nil {
		return nil, err
	}
	if len(first) == 0 {
		return nil, context.Canceled
	}
	if err := checkSecret(kind, first); err != nil { // before it is typed again in vain
		clear(first)
		problem := err.Error()
		fmt.Fprintf(a.env.Stderr, "%s%s.\n", strings.ToUpper(problem[:1]), problem[1:])
		return nil, nil
	}
	second, err := a.askHidden(ctx, "The same again: ")
	if err != nil {
		return nil, err
	}
	defer clear(second)
	if !bytes.Equal(first, second) {
		clear(first)
		fmt.Fprintln(a.env.Stderr, "The two are not the same. Type both again.")
		return nil, nil
	}
	return first, nil
}

func checkSecret(kind vault.SlotType, secret []byte) error {
	if kind == vault.SlotPassphrase {
		return vault.CheckPassphrase(secret)
	}
	return vault.CheckPIN(secret)
}
