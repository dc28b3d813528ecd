package cli

// This file: the ways to open a vault as they are printed.

import (
	"fmt"
	"time"

	"nod/vault"
	"nod/vault/protect"
)

type slotJSON struct {
	ID        string         `json:"id"`
	Type      vault.SlotType `json:"type"`
	Name      string         `json:"name,omitempty"`
	Protect   protect.Kind   `json:"protect,omitempty"`
	Disabled  bool           `json:"disabled"`
	TriesLeft *int           `json:"tries_left,omitempty"`
	WaitUntil *time.Time     `json:"wait_until,omitempty"`
}

func slotShape(s vault.Slot) slotJSON {
	shape := slotJSON{ID: s.ID, Type: s.Type, Name: s.Name, Protect: s.Kind, Disabled: s.Disabled, WaitUntil: moment(s.WaitUntil)}
	if s.Type == vault.SlotPIN {
		shape.TriesLeft = &s.TriesLeft
	}
	return shape
}

func slotShapes(slots []vault.Slot) []slotJSON {
	shapes := []slotJSON{}
	for _, s := range slots {
		shapes = append(shapes, slotShape(s))
	}
	return shapes
}

// tries says how the count of a PIN's wrong tries stands; "" for other slots.
func tries(s vault.Slot, now time.Time) string {
	switch {
	case s.Disabled:
		return "disabled after too many wrong tries"
	case s.Type != vault.SlotPIN:
		return ""
	case s.WaitUntil.After(now):
		return fmt.Sprintf("%d tries left, the next at %s", s.TriesLeft, s.WaitUntil.Local().Format(time.TimeOnly))
	}
	return fmt.Sprintf("%d tries left", s.TriesLeft)
}
