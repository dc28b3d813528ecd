package vault

// This file tells how PINs are protected on this machine and how they could be.

import (
	"fmt"
	"time"

	"nod/vault/protect"
)

// Protection is a way to protect a PIN on this machine.
type Protection struct {
	Kind     protect.Kind
	Sentence string   // what a thief can do against it
	Ready    error    // nil: a PIN can be protected so now; else why not
	Cautions []string // where a PIN that is protected so is worth less than Sentence says
	Slots    []Slot   // the PINs that are protected so
}

// Protections lists the ways to protect a PIN, best first, with the PINs of the
// vault at p, which need not exist. It asks the TPM and the keyring, which can
// take some seconds, but nobody at the screen.
func Protections(p Place) ([]Protection, error) {
	st, err := locate(p)
	if err != nil {
		return nil, fmt.Errorf("look at the PIN's protection: %w", err)
	}
	f, err := st.load()
	if err != nil {
		f = &frame{}
	}
	list := protectors(st.place)
	id := protect.Find(list, protect.MachineID)
	machineHere := id != nil && id.Ready() == nil
	var all []Protection
	for _, k := range protect.Kinds {
		w := Protection{Kind: k, Ready: k.Ready(list)}
		guess, machine := FloorCost.Guess(), true
		for i := range f.slots {
			s := &f.slots[i]
			if s.kind != typePIN || protect.KindOf(s.need) != k {
				continue
			}
			w.Slots = append(w.Slots, st.describe(f, s))
			if s.disabled() {
				continue
			}
			guess = s.in.cost.Guess()
			machine = machine && s.need&protect.MachineID != 0
			if text := caution(protect.Find(list, k.Extra()), s.in.blob); text != "" {
				w.Cautions = append(w.Cautions, text)
			}
		}
		if len(w.Slots) == 0 {
			machine = machineHere
		}
		w.Sentence = k.Sentence(guess, machine)
		all = append(all, w)
	}
	return append(all, Protection{Kind: protect.KindNone, Sentence: protect.KindNone.Sentence(time.Second, false)}), nil
}

// caution returns what p has to say about the part that blob names.
func caution(p protect.Protector, blob []byte) string {
	if c, ok := p.(protect.Cautious); ok {
		return c.Caution(blob)
	}
	return ""
}
