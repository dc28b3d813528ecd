package cli

// This file: `nod vault drill` proves that a copy of the vault opens with what
// the person has, before it is needed.

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) drillCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "drill [FILE]",
		Short: "prove that a copy of the vault opens with your PIN or recovery code",
		Long: `Prove that the newest copy beside the vault, or FILE (a backup, or the number of a
copy), opens with what you have: the PIN, or with --passphrase, --recovery or --ssh
that. It says what the copy holds and how far it is behind. Nothing is changed, but
a wrong PIN counts as one.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runDrill(cmd.Context(), strings.Join(args, ""))
		},
	}
}

type drillJSON struct {
	Schema    int            `json:"schema"`
	File      string         `json:"file"`
	Saved     *time.Time     `json:"saved"`
	Size      int64          `json:"size"`
	OpensWith vault.SlotType `json:"opens_with"`
	heldJSON
	Present    *heldJSON `json:"present,omitempty"`
	PresentWhy string    `json:"present_why,omitempty"` // the present vault does not open
	PresentFix string    `json:"present_fix,omitempty"` // what to do about it
}

// heldJSON is what a vault file holds.
type heldJSON struct {
	Accounts int    `json:"accounts"`
	Servers  int    `json:"servers"`
	Odd      int    `json:"odd,omitempty"` // entries that this version can not read
	Epoch    uint64 `json:"epoch"`         // changes saved since the vault was made
}

func held(c vault.Copy) heldJSON { return heldJSON{c.Accounts, c.Devices, c.Odd, c.Epoch} }

func (a *app) runDrill(ctx context.Context, name string) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	if name, err = copyNamed(place, name); err != nil {
		return err
	}
	s, _ := vault.Inspect(place) // the vault itself may be lost
	a.warnRecords(s)
	c, err := a.credential(ctx)
	if err != nil {
		return err
	}
	defer c.Wipe()
	found, err := vault.Drill(place, name, c)
	if err != nil {
		return damagedCopy(err)
	}
	out := drillJSON{
		Schema: schema, File: found.File, Saved: moment(found.Saved), Size: found.Size, OpensWith: c.Kind(), heldJSON: held(found),
	}
	text := fmt.Sprintf("%s opens with your %s: %s, saved %s\n", found.File, personal(c.Kind()), holds(found),
		found.Saved.Local().Format(time.DateTime))
	present, err := newest(place, c)
	if err != nil {
		out.PresentWhy, out.PresentFix = err.Error(), classify(openHint(place, err), a.env.Now()).Hint
		text += fmt.Sprintf("The vault itself does not open: %s\n", err)
		if out.PresentFix != "" {
			text += fmt.Sprintf("What to do: %s\n", out.PresentFix)
		}
	} else {
		h := held(present)
		out.Present = &h
		text += behind(found, present)
	}
	return a.answer(out, "%s", printable(text))
}

// personal names a kind of secret in the middle of a sentence.
func personal(kind vault.SlotType) string {
	if kind == vault.SlotPIN {
		return "PIN"
	}
	return string(kind)
}

// newest opens the vault itself and says what it holds.
func newest(place vault.Place, c vault.Credential) (vault.Copy, error) {
	v, err := vault.Open(place, c)
	if err != nil {
		return vault.Copy{}, err
	}
	defer v.Close()
	list, err := v.CheckCopies()
	if err != nil {
		return vault.Copy{}, err
	}
	return list[0], list[0].Err
}

// behind says how a copy differs from the present vault.
func behind(old, now vault.Copy) string {
	switch {
	case old.Epoch == now.Epoch:
		return "It is as new as the vault itself.\n"
	case old.Epoch > now.Epoch:
		return fmt.Sprintf("It is newer than the vault itself, by %s; the vault holds %s.\n",
			count(int(old.Epoch-now.Epoch), "change"), holds(now))
	}
	return fmt.Sprintf("The vault itself is newer by %s and holds %s.\n", count(int(now.Epoch-old.Epoch), "change"), holds(now))
}
