package cli

// This file: what is said after a change of the ways to open the vault: which of
// them are gone, and which files old secrets still open.

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nod/vault"
	"nod/vault/protect"
)

type changeJSON struct {
	Schema     int             `json:"schema"`
	Slot       vault.SlotType  `json:"slot,omitempty"` // that is new or gone
	Name       string          `json:"name,omitempty"`
	Dropped    []slotJSON      `json:"dropped"`
	Leftovers  []string        `json:"leftovers,omitempty"`
	Protection *protectionJSON `json:"protection,omitempty"`
	handedJSON
}

// reportChange completes out, warns of what the person has to do, and prints text.
func (a *app) reportChange(place vault.Place, out changeJSON, dropped []vault.Slot, text string) error {
	a.warnChange(place, &out, dropped)
	return a.answer(out, "%s\n", text)
}

// warnChange completes out and warns of what the person has to do.
func (a *app) warnChange(place vault.Place, out *changeJSON, dropped []vault.Slot) {
	out.Schema, out.Dropped = schema, slotShapes(dropped)
	for _, slot := range dropped {
		a.warn("the vault no longer opens with its %s", slot)
	}
	out.Leftovers = leftovers(place)
	for _, file := range out.Leftovers {
		a.warn("what opened the vault before still opens %s: delete it when you need nothing of it any more", file)
	}
}

// sayReplaced names what opened the vault before and has given its place to a
// secret of another kind.
func (a *app) sayReplaced(before vault.Summary, place vault.Place, kind vault.SlotType, dropped []vault.Slot) {
	now, err := vault.Inspect(place)
	if err != nil {
		return
	}
	for _, slot := range before.Slots {
		told := slices.ContainsFunc(dropped, func(d vault.Slot) bool { return d.ID == slot.ID })
		if slot.Type != kind && !now.Has(slot.Type) && !told {
			a.say("the vault no longer opens with its %s", slot)
		}
	}
}

// warnWeaker says that the PIN is worth less than before.
func (a *app) warnWeaker(before vault.Summary, name string, now protect.Kind) {
	if pin, ok := before.PIN(name); ok && now.Weaker(pin.Kind) {
		a.warn("until now the PIN was protected by %s, which is better than %s", pin.Kind, now)
	}
}

// leftovers lists the files beside the vault that hold an older state of it and
// that no change reaches.
func leftovers(place vault.Place) (list []string) {
	now, err := vault.Inspect(place)
	if err != nil {
		return nil
	}
	for _, file := range setAside(place) {
		old := place
		old.File = file
		if s, err := vault.Inspect(old); err == nil && s.ID == now.ID {
			list = append(list, file)
		}
	}
	return list
}

// setAside lists the files that nod vault restore has set aside.
func setAside(place vault.Place) (list []string) { return beside(place, ".replaced-") }

// beside lists the files whose names are the vault's, followed by mark and more.
func beside(place vault.Place, mark string) (list []string) {
	file := place.File
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(file)+mark) {
			list = append(list, filepath.Join(filepath.Dir(file), e.Name()))
		}
	}
	return list
}
