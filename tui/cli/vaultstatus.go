package cli

// This file: `nod vault status` tells how the vault opens and what a thief could
// do. It asks the TPM and the keyring, but needs no PIN.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/protect"
)

func (a *app) vaultStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "how the vault opens, and what a thief could do; no PIN",
		Long: `How the vault opens, and the ways to protect a PIN on this machine, best first: what
each is worth, whether it is ready, and which PINs have it. It asks the TPM and the
keyring, which can take some seconds; nod status does not.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.runVaultStatus() },
	}
}

type vaultStatusJSON struct {
	statusJSON
	Protections []protectionJSON `json:"protections"`
	Recommended []string         `json:"recommended,omitempty"` // commands
}

func (a *app) runVaultStatus() error {
	place, err := a.place()
	if err != nil {
		return err
	}
	s, err := vault.Inspect(place)
	if err != nil {
		return err
	}
	all, err := vault.Protections(place)
	if err != nil {
		return err
	}
	if len(s.PINs()) == 0 {
		all[len(all)-1].Slots = passphrases(s)
	}
	out := vaultStatusJSON{statusJSON: a.statusShape(place, s), Recommended: recommended(all)}
	for _, w := range all {
		out.Protections = append(out.Protections, protectionShape(w))
	}
	if a.flags.json {
		return a.printJSON(out)
	}
	err = a.print("vault  %s\nid     %s\nsize   %d bytes, saved %s\nstate  %s\ncopies %d\n\nIt opens with\n",
		printable(place.File), s.ID, s.Size, s.Saved.Local().Format(time.DateTime), printable(place.State), len(s.Generations))
	if err != nil {
		return err
	}
	if err := a.table(a.slotRows(s)); err != nil {
		return err
	}
	return a.print("\nProtection of PINs, best first\n%s", printable(protectionText(all)))
}

// protectionText is a paragraph on each kind, and what to do.
func protectionText(all []vault.Protection) string {
	var b strings.Builder
	for _, w := range all {
		fmt.Fprintf(&b, "%-10s  grade %s, %s\n%s", w.Kind, w.Kind.Grade(), standing(w), indented(w.Sentence))
		for _, text := range w.Cautions {
			b.WriteString(indented("Caution: " + text))
		}
	}
	if list := recommended(all); list != nil {
		fmt.Fprintf(&b, "\nA better way is ready. Recommended: %s\n", strings.Join(list, "; "))
	}
	return b.String()
}

// indented breaks a sentence into lines under the kind that it is about.
func indented(sentence string) string {
	const margin, width = "            ", 80
	var b strings.Builder
	line := margin
	for _, word := range strings.Fields(sentence) {
		if len(line)+len(word) > width && line != margin {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = margin
		}
		line += word + " "
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}

// standing says whether a kind is in use, by whom, and whether it is ready.
func standing(w vault.Protection) string {
	state := "ready"
	switch {
	case w.Kind == protect.KindNone:
		state = "with nod pin change --new-passphrase"
	case errors.Is(w.Ready, protect.ErrAbsent):
		state = protect.ErrAbsent.Error()
	case w.Ready != nil:
		state = "not ready: " + w.Ready.Error()
	}
	if len(w.Slots) == 0 {
		return state
	}
	var names []string
	for _, s := range w.Slots {
		names = append(names, s.String())
	}
	used := "in use: " + strings.Join(names, ", ")
	if w.Kind == protect.KindNone {
		return used
	}
	if w.Ready != nil {
		used += ", but " + state
	}
	return used
}

// passphrases are the slots of a vault without a PIN that a thief has to guess.
func passphrases(s vault.Summary) []vault.Slot {
	return slices.DeleteFunc(slices.Clone(s.Slots), func(w vault.Slot) bool { return w.Type != vault.SlotPassphrase })
}

// recommended lists the commands that give PINs a better protection.
func recommended(all []vault.Protection) (list []string) {
	for _, w := range all {
		k := better(all, w.Kind)
		for _, s := range w.Slots {
			if k == "" || s.Disabled {
				continue
			}
			command := "nod vault protect " + string(k)
			if s.Name != "" {
				command += " --slot " + shellWord(s.Name)
			}
			list = append(list, command)
		}
	}
	slices.Sort(list)
	return list
}

// shellWord quotes a word for a shell where it has to be.
func shellWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@/+-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
