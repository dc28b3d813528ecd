package cli

// This file: `nod status` says one line about the vault, without unlocking it.

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "one line about the vault; no PIN, no network",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runStatus(cmd.Context()) },
	}
}

type statusJSON struct {
	Schema      int        `json:"schema"`
	Vault       string     `json:"vault"`
	State       string     `json:"state_dir"`
	Exists      bool       `json:"exists"`
	ID          string     `json:"id,omitempty"`
	Version     int        `json:"version,omitempty"`
	Size        int64      `json:"size,omitempty"`
	Saved       *time.Time `json:"saved,omitempty"`
	Slots       []slotJSON `json:"slots,omitempty"`
	Grade       string     `json:"grade,omitempty"`
	Protection  string     `json:"protection,omitempty"`
	TriesLeft   int        `json:"tries_left"` // of the PIN that --slot names
	WaitUntil   *time.Time `json:"wait_until,omitempty"`
	PINDisabled bool       `json:"pin_disabled"`
	Copies      int        `json:"copies,omitempty"`
}

func (a *app) runStatus(context.Context) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	s, err := vault.Inspect(place)
	if errors.Is(err, vault.ErrNoVault) { // for a status line that is no failure
		return a.answer(statusJSON{Schema: schema, Vault: place.File, State: place.State},
			"%s: no vault; nod init makes one\n", place.File)
	}
	if err != nil {
		return err
	}
	var ways []string
	for _, slot := range s.Slots {
		way := slot.String()
		if text := tries(slot, a.env.Now()); text != "" {
			way += " (" + text + ")"
		}
		ways = append(ways, way)
	}
	return a.answer(a.statusShape(place, s), "%s: locked, %d bytes, opens with %s. %s\n",
		place.File, s.Size, printable(strings.Join(ways, " or ")), s.Protection)
}

func (a *app) statusShape(place vault.Place, s vault.Summary) statusJSON {
	pin, _ := s.PIN(a.slotName())
	return statusJSON{
		Schema: schema, Vault: place.File, State: place.State, Exists: true, ID: s.ID, Version: s.Version, Size: s.Size,
		Saved: moment(s.Saved), Slots: slotShapes(s.Slots), Grade: string(s.Grade), Protection: s.Protection,
		TriesLeft: pin.TriesLeft, WaitUntil: moment(pin.WaitUntil), PINDisabled: pin.Disabled, Copies: len(s.Generations),
	}
}
