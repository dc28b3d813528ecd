package cli

// This file: reading a new PIN or passphrase.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"nod/vault"
)

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

// newPIN are the flags that say where the new secret of a vault comes from that
// has been opened already.
type newPIN struct {
	fd         int
	file       string
	passphrase bool
}

// sourceFlags adds the flags to a command.
func (n *newPIN) sourceFlags(cmd *cobra.Command, what string) {
	cmd.Flags().IntVar(&n.fd, "new-pin-fd", -1, "read the new "+what+" from this file descriptor `number`")
	cmd.Flags().StringVar(&n.file, "new-pin-file", "", "read the new "+what+" from `file`, which nobody else may read")
}

// choiceFlag lets the person choose between PIN and passphrase.
func (n *newPIN) choiceFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&n.passphrase, "new-passphrase", false, "the new secret is a passphrase")
}

func (n newPIN) kind() vault.SlotType {
	if n.passphrase {
		return vault.SlotPassphrase
	}
	return vault.SlotPIN
}

func (n newPIN) purpose() secretPurpose {
	return secretPurpose{
		source: func(a *app) ([]byte, error) {
			switch {
			case n.fd >= 0:
				return a.readSecretFD(n.fd)
			case n.file != "":
				return a.readSecretFile(n.file, true)
			}
			return nil, nil
		},
		kind: func(*app) (vault.SlotType, error) { return n.kind(), nil },
	}
}

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
