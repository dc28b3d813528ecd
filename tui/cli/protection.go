package cli

// This file: how PINs are protected on this machine, as commands say it.

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"nod/vault"
	"nod/vault/protect"
)

// parseKind reads the name of a way to protect a PIN; "" and "best" leave the
// choice to the vault.
func parseKind(name string) (protect.Kind, error) {
	k := protect.Kind(strings.ToLower(name))
	if name == "" || k == "best" {
		return "", nil
	}
	if !slices.Contains(protect.Kinds, k) {
		names := []string{"best"}
		for _, known := range protect.Kinds {
			names = append(names, string(known))
		}
		return "", &usageError{
			err:  fmt.Errorf("a PIN can not be protected by %q", name),
			hint: "choose one of " + strings.Join(names, ", ") + "; nod vault status says what is ready here",
		}
	}
	return k, nil
}

// protectFlag says where the second half of a new PIN's key goes.
const protectFlag = "protect the PIN by this `kind`: tpm, keyring, credential, file or best"

type protectionJSON struct {
	Kind     protect.Kind  `json:"kind"`
	Grade    protect.Grade `json:"grade"`
	Sentence string        `json:"sentence"`
	Ready    bool          `json:"ready"`
	Why      string        `json:"why,omitempty"` // not ready
	Cautions []string      `json:"cautions,omitempty"`
	Slots    []slotJSON    `json:"slots"`
}

func protectionShape(w vault.Protection) protectionJSON {
	s := protectionJSON{
		Kind: w.Kind, Grade: w.Kind.Grade(), Sentence: w.Sentence, Ready: w.Ready == nil, Cautions: w.Cautions,
		Slots: slotShapes(w.Slots),
	}
	if w.Ready != nil {
		s.Why = w.Ready.Error()
	}
	return s
}

// protectionOf returns how the PIN of that name, or the only one, is protected;
// without a PIN in the vault, what that is worth.
func protectionOf(all []vault.Protection, name string) vault.Protection {
	found, pins := all[len(all)-1], 0
	for _, w := range all {
		for _, s := range w.Slots {
			if s.Name == name {
				return w
			}
			if pins++; pins == 1 {
				found = w
			}
		}
	}
	return found
}

// better returns the best kind that is ready and stands above k, or "". A
// credential is given to a service, not to a person: it is a choice.
func better(all []vault.Protection, k protect.Kind) protect.Kind {
	for _, w := range all {
		if k.Weaker(w.Kind) && w.Ready == nil && w.Kind != protect.KindCredential && w.Kind != protect.KindNone {
			return w.Kind
		}
	}
	return ""
}

// passed returns the kinds above k that are on this machine but not ready.
func passed(all []vault.Protection, k protect.Kind) (list []vault.Protection) {
	for _, w := range all {
		if k.Weaker(w.Kind) && w.Ready != nil && !errors.Is(w.Ready, protect.ErrAbsent) {
			list = append(list, w)
		}
	}
	return list
}

// tellProtection says in a sentence how the PIN of that name is protected and,
// where the vault has chosen, why a better way was passed over.
func (a *app) tellProtection(place vault.Place, name string, chosen bool) (*protectionJSON, error) {
	all, err := vault.Protections(place)
	if err != nil {
		return nil, err
	}
	w := protectionOf(all, name)
	if w.Kind == protect.KindNone {
		a.say("%s", w.Sentence)
	} else {
		a.say("The PIN is protected by %s: %s", w.Kind, w.Sentence)
	}
	for _, text := range w.Cautions {
		a.warn("%s", text)
	}
	if !chosen && w.Kind != protect.KindNone {
		for _, p := range passed(all, w.Kind) {
			a.say("Protection by %s would be better, but: %s. When it is ready: nod vault protect %s", p.Kind, p.Ready, p.Kind)
		}
	}
	shape := protectionShape(w)
	return &shape, nil
}
