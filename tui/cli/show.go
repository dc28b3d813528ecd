package cli

// This file: `nod show` prints an account, on demand with its secret.

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/otp"
)

type showOptions struct {
	secret bool
	qr     qrOptions
}

func (a *app) showCommand() *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "print what is stored of an account",
		Long: `Print what is stored of an account. Its secret, and the QR code that holds it, ask
for the PIN. Another app scans the code from the terminal or from a picture:

  nod show helpdesk --qr
  nod show helpdesk --qr-file helpdesk.png`,
		Args: oneArg("account (id or words)"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runShow(cmd.Context(), args[0], o) },
	}
	cmd.Flags().BoolVar(&o.secret, "secret", false, "with the secret and its otpauth link")
	o.qr.flags(cmd)
	a.screenFlags(cmd)
	return cmd
}

func (a *app) runShow(ctx context.Context, query string, o showOptions) error {
	if err := a.checkQR(o); err != nil {
		return err
	}
	if !o.secret && !o.qr.wanted() {
		return a.withKeeper(ctx, func(v keeper) error {
			x, err := findAccount(v, query)
			if err != nil {
				return err
			}
			return a.showAccount(x, shownAccount(v, x))
		})
	}
	return a.withVault(ctx, func(v *vault.Vault) error {
		x, err := findAccount(v, query)
		if err != nil {
			return err
		}
		shape := shownAccount(v, x)
		c, err := a.credential(ctx)
		if err != nil {
			return err
		}
		defer c.Wipe()
		key, err := v.Reveal(x.ID, c)
		if err != nil {
			return err
		}
		defer clear(key.Secret)
		if o.secret {
			shape.secretJSON = &secretJSON{Secret: otp.EncodeSecret(key.Secret), URI: key.URI()}
			if err := a.showAccount(x, shape); err != nil {
				return err
			}
		}
		return a.showQR(key, o)
	})
}

// shownAccount is an account with what is known of the clock of its codes.
func shownAccount(v clockSource, x vault.Account) accountJSON {
	shape := accountShape(x)
	if x.Type != otp.HOTP {
		shape.timeJSON = &timeJSON{VaultShift: v.Shift().Seconds()}
	}
	return shape
}

func (a *app) showAccount(x vault.Account, shape accountJSON) error {
	if a.flags.json {
		return a.printJSON(struct {
			Schema int `json:"schema"`
			accountJSON
		}{schema, shape})
	}
	rows := [][]string{
		{"id", x.ID},
		{"issuer", x.Issuer},
		{"account", x.Name},
		{"type", string(x.Type)},
		{"algorithm", string(x.Algorithm)},
		{"digits", strconv.Itoa(x.Digits)},
	}
	if x.Type == otp.HOTP {
		rows = append(rows, []string{"counter", strconv.FormatUint(x.Counter, 10)})
	} else {
		rows = append(rows, []string{"period", fmt.Sprintf("%d s", x.Period)})
	}
	optional := [][]string{
		{"tags", strings.Join(x.Tags, ", ")},
		{"note", x.Note},
		{"source", x.Source},
		{"added", shownTime(x.Added)},
		{"last used", shownTime(x.Used)},
		{"device", x.Device},
		{"problem", x.Odd},
	}
	if x.Confirm {
		optional = append(optional, []string{"confirm", "the agent gives codes against the PIN only"})
	}
	if x.Shift != 0 {
		optional = append(optional, []string{"shift", x.Shift.String()})
	}
	if shape.timeJSON != nil && shape.VaultShift != 0 {
		optional = append(optional, []string{"vault shift", difference(time.Duration(shape.VaultShift * float64(time.Second)))})
	}
	if shape.secretJSON != nil {
		optional = append(optional, []string{"secret", shape.Secret}, []string{"link", shape.URI})
	}
	for _, row := range optional {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return a.table(rows)
}

// shownTime is a time as people read it, "" for none.
func shownTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
