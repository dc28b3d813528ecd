package cli

// This file: `nod vault slots` lists the ways to open the vault and removes one.
// Adding is in slotsadd.go.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/protect"
)

func (a *app) slotsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "slots", Short: "the ways to open the vault: PINs, passphrase, ssh keys, recovery code",
		Long: `The ways to open the vault. Several people can have a PIN of their own, under a
name; --slot says whose PIN a command reads. All of them open the same accounts.`,
		Args: noArgs,
	}
	list := &cobra.Command{
		Use: "list", Short: "list the ways to open the vault; no PIN", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.runSlots() },
	}
	cmd.RunE = list.RunE
	yes := false
	remove := &cobra.Command{
		Use: "remove ID", Aliases: []string{"rm"}, Short: "remove a way to open the vault, and give the vault new keys",
		Args: oneArg("id of nod vault slots"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runSlotRemove(cmd.Context(), args[0], yes) },
	}
	remove.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.AddCommand(list, a.slotsAddCommand(), remove)
	return cmd
}

func (a *app) runSlots() error {
	place, err := a.place()
	if err != nil {
		return err
	}
	s, err := vault.Inspect(place)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(struct {
			Schema int        `json:"schema"`
			Slots  []slotJSON `json:"slots"`
		}{schema, slotShapes(s.Slots)})
	}
	return a.table(a.slotRows(s))
}

// slotRows is the table of the ways to open a vault.
func (a *app) slotRows(s vault.Summary) [][]string {
	rows := [][]string{{"ID", "OPENS WITH", "PROTECTED BY", "STATE"}}
	for _, slot := range s.Slots {
		rows = append(rows, []string{slot.ID, slot.String(), string(slot.Kind), tries(slot, a.env.Now())})
	}
	return rows
}

func (a *app) runSlotRemove(ctx context.Context, id string, yes bool) error {
	slot, text, err := a.removable(id)
	if err != nil {
		return err
	}
	if text != "" {
		a.warn("%s", text)
	}
	if !yes {
		question := fmt.Sprintf("The vault will no longer open with its %s. To go on type  yes : ", printable(slot.String()))
		if err := a.confirm(ctx, question, "yes"); err != nil {
			return err
		}
	}
	return a.withVault(ctx, func(v *vault.Vault) error {
		c, err := a.credential(ctx)
		if err != nil {
			return err
		}
		defer c.Wipe()
		dropped, err := v.RemoveSlot(c, id)
		if err != nil {
			return err
		}
		return a.reportChange(v.Place(), changeJSON{Slot: slot.Type, Name: slot.Name}, dropped, slot.String()+" removed")
	})
}

// removable finds a slot by its id and refuses the last one that people use. warning
// says what hangs on the others then, "" when it is nothing new.
func (a *app) removable(id string) (slot vault.Slot, warning string, err error) {
	place, err := a.place()
	if err != nil {
		return slot, "", err
	}
	s, err := vault.Inspect(place)
	if err != nil {
		return slot, "", err
	}
	var found *vault.Slot
	others := 0
	for i, slot := range s.Slots {
		switch {
		case slot.ID == id:
			found = &s.Slots[i]
		case !slot.Disabled && slot.Type != vault.SlotRecovery:
			others++
		}
	}
	if found == nil {
		return slot, "", &hinted{fmt.Errorf("slot %s: %w", id, vault.ErrNotFound), "nod vault slots lists the ids"}
	}
	if others == 0 {
		return slot, "", &statusError{
			exit: exitConflict, name: "last_slot", text: "the vault would open with its recovery code only, or not at all",
			hint: "add another way first: nod vault slots add; nod pin change gives this one another secret",
		}
	}
	return *found, onlyPINs(s.Slots, id), nil
}

// onlyPINs says what it means that the slot without is the last beside PINs, which
// end after too many wrong ones and with this machine; "" when it is not that.
func onlyPINs(slots []vault.Slot, without string) string {
	least := 0
	for _, s := range slots {
		switch {
		case s.ID == without && s.Type == vault.SlotPIN, s.ID != without && s.Type != vault.SlotPIN && !s.Disabled:
			return ""
		case s.ID != without && !s.Disabled && (least == 0 || s.Kind == protect.KindTPM):
			least = 10
			if s.Kind == protect.KindTPM {
				least = protect.MostTries
			}
		}
	}
	return fmt.Sprintf("then nothing but a PIN opens the vault: after %d wrong ones in a row, or without this machine, "+
		"all that is in it is lost for ever", least)
}
