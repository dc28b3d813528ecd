package cli

// This file: what `nod doctor` looks at in the vault: its file and copies, the
// record of the newest one, the ways to open it, how its PINs are protected.

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"nod/vault"
	"nod/vault/protect"
)

// checkFiles checks the vault file and its copies. found tells whether there is a
// vault that can be looked at, opened whether it was decrypted.
func (d *doctor) checkFiles(ctx context.Context, unlock bool) (found, opened bool) {
	list, err := vault.CheckCopies(d.place)
	if err != nil {
		d.add(levelFail, classify(err, d.env.Now()).Hint, "%s", err)
		return false, false
	}
	if errors.Is(list[0].Err, vault.ErrNoVault) && len(list) == 1 {
		d.add(levelWarn, "nod init", "there is no vault at %s", d.place.File)
		return false, false
	}
	how := "whole (checksum; --unlock decrypts it, too)"
	if list[0].Err == nil && d.wantsOpen(unlock) {
		if open, err := d.openAll(ctx); err != nil {
			d.add(levelFail, classify(err, d.env.Now()).Hint, "the vault does not open: %s", err)
		} else {
			list, opened, how = open, true, "whole, and it opens"
		}
	}
	for i, c := range list {
		name, fix := "vault file", "nod vault restore lists the older copies and puts one back"
		if !slices.ContainsFunc(list[1:], func(c vault.Copy) bool { return c.Err == nil }) {
			fix = "put a backup in its place: nod vault restore FILE"
		}
		if i > 0 {
			name, fix = "older copy "+filepath.Base(c.File), "nothing, if the others are whole: it goes with the next changes"
		}
		if c.Err != nil {
			d.add(levelFail, fix, "%s: %s", name, c.Err)
			continue
		}
		d.add(levelOK, "", "%s: %s, %d bytes", name, how, c.Size)
		if c.Odd > 0 && i == 0 {
			d.add(levelWarn, "update nod; nothing is lost", "%s in the vault can not be read by this version", count(c.Odd, "entry"))
		}
	}
	if len(list) == 1 {
		d.add(levelOK, "", "no older copies yet: the next change makes one")
	}
	return list[0].Err == nil || opened, opened
}

// wantsOpen tells whether the vault is to be decrypted.
func (d *doctor) wantsOpen(unlock bool) bool {
	at, err := d.atHand()
	return unlock || at || err != nil // the error shows when it is opened
}

// openAll decrypts the vault and its copies.
func (d *doctor) openAll(ctx context.Context) ([]vault.Copy, error) {
	v, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return v.CheckCopies()
}

// checkRecords looks at what this machine has on record: what tells an old vault
// file from the newest, and wrong PINs. s is from before the vault was opened.
func (d *doctor) checkRecords(s vault.Summary, opened bool) {
	fix := "look who or what wrote there; it is made anew when the vault is opened: nod ls"
	if opened {
		fix = "look who or what wrote there; it is made anew now"
	}
	for _, text := range damagedRecords(s) {
		d.add(levelWarn, fix, "%s", text)
	}
	switch {
	case s.Newest == vault.RecordMissing && !opened:
		d.add(levelWarn, "open the vault once: nod ls", "this machine has no record of the newest vault: an older file would not be noticed")
	case s.Newest != vault.RecordDamaged:
		text := "this machine knows which vault is the newest"
		if opened {
			text += ", and this is it"
		}
		d.add(levelOK, "", "%s", text)
	}
}

// checkSlots looks at the ways to open the vault.
func (d *doctor) checkSlots() {
	s, err := vault.Inspect(d.place)
	if err != nil {
		return
	}
	good := true
	warn := func(fix, format string, args ...any) {
		good = false
		d.add(levelWarn, fix, format, args...)
	}
	for _, slot := range s.Slots {
		switch {
		case slot.Disabled && slot.Type == vault.SlotPIN:
			warn("nod vault recover; or nod vault slots remove "+slot.ID, "PIN %s is disabled after too many wrong tries", slot.ID)
		case slot.Type == vault.SlotPIN && slot.TriesLeft <= 5:
			warn("the right PIN starts the count again", "PIN %s has %s left: somebody has tried PINs", slot.ID, count(slot.TriesLeft, "wrong try"))
		case strings.HasPrefix(string(slot.Type), "unknown"):
			warn("update nod before the next change of a PIN", "slot %s is of a newer nod", slot.ID)
		}
	}
	if !s.Has(vault.SlotRecovery) {
		warn("nod vault rekey --new-code", "the vault has no recovery code: with the PIN it would be lost")
	}
	if good {
		d.add(levelOK, "", "%s to open the vault, none of them disabled", count(len(s.Slots), "way"))
	}
}

// checkProtection looks at how the PINs are protected, and could be.
func (d *doctor) checkProtection() {
	all, err := vault.Protections(d.place)
	if err != nil {
		d.add(levelFail, "", "%s", err)
		return
	}
	pins := 0
	for _, w := range all {
		if len(w.Slots) == 0 {
			continue
		}
		pins++
		if w.Ready != nil {
			d.add(levelFail, "put it right, or: nod vault recover", "the PIN is protected by %s, which is not to be had now: %s", w.Kind, w.Ready)
		} else {
			d.add(levelOK, "", "PIN protected by %s: %s", w.Kind, w.Sentence)
		}
		for _, text := range w.Cautions {
			d.add(levelWarn, "", "%s", text)
		}
		if k := better(all, w.Kind); k != "" {
			d.add(levelWarn, "nod vault protect "+string(k), "the PIN could be protected by %s, which is better than %s", k, w.Kind)
		}
		for _, p := range passed(all, w.Kind) {
			d.add(levelWarn, "put it right, then: nod vault protect "+string(p.Kind), "%s would protect the PIN better, but: %s", p.Kind, p.Ready)
		}
	}
	if pins == 0 {
		d.add(levelOK, "", "%s", all[len(all)-1].Sentence)
		return
	}
	d.checkDeviceKey()
}

// checkDeviceKey reads this machine's half of every PIN.
func (d *doctor) checkDeviceKey() {
	key, err := protect.Device{Dir: d.place.State}.Secret()
	clear(key)
	if err != nil {
		fix := "nod vault recover makes another, with a new PIN"
		if _, damaged := errors.AsType[*protect.DeviceFileError](err); damaged {
			fix = classify(err, d.env.Now()).Hint
		}
		d.add(levelFail, fix, "this machine's half of the PIN: %s", err)
		return
	}
	d.add(levelOK, "", "this machine's half of the PIN is there")
}
