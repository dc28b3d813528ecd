package cli

// This file: `nod status` says one line about the vault, without unlocking it.

import (
	"context"
	"errors"
	"fmt"
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
	Schema      int              `json:"schema"`
	Vault       string           `json:"vault"`
	State       string           `json:"state_dir"`
	Exists      bool             `json:"exists"`
	ID          string           `json:"id,omitempty"`
	Version     int              `json:"version,omitempty"`
	Size        int64            `json:"size,omitempty"`
	Saved       *time.Time       `json:"saved,omitempty"`
	Slots       []vault.SlotType `json:"slots,omitempty"`
	Grade       string           `json:"grade,omitempty"`
	Protection  string           `json:"protection,omitempty"`
	TriesLeft   int              `json:"tries_left"`
	WaitUntil   *time.Time       `json:"wait_until,omitempty"`
	PINDisabled bool             `json:"pin_disabled"`
	Copies      int              `json:"copies,omitempty"`
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
	slots := make([]string, len(s.Slots))
	for i, slot := range s.Slots {
		slots[i] = string(slot)
	}
	out := statusJSON{
		Schema: schema, Vault: place.File, State: place.State, Exists: true, ID: s.ID, Version: s.Version, Size: s.Size,
		Saved: moment(s.Saved), Slots: s.Slots, Grade: string(s.Grade), Protection: s.Grade.Sentence(),
		TriesLeft: s.TriesLeft, WaitUntil: moment(s.WaitUntil), PINDisabled: s.PINDisabled, Copies: len(s.Generations),
	}
	return a.answer(out, "%s: locked, %d bytes, opens with %s, %s. %s\n",
		place.File, s.Size, strings.Join(slots, " or "), tries(s, a.env.Now()), s.Grade.Sentence())
}

// tries says how the count of wrong PINs stands.
func tries(s vault.Summary, now time.Time) string {
	switch {
	case s.PINDisabled:
		return "PIN disabled after ten wrong tries"
	case s.WaitUntil.After(now):
		return fmt.Sprintf("%d tries left, the next at %s", s.TriesLeft, s.WaitUntil.Local().Format(time.TimeOnly))
	default:
		return fmt.Sprintf("%d tries left", s.TriesLeft)
	}
}
