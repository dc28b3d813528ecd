package protect

// This file names the ways to protect a PIN, orders them and says in plain
// words what each is worth.

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kind is a way to protect a PIN, by the name that people use for it.
type Kind string

// The kinds, best first.
const (
	KindTPM        Kind = "tpm"
	KindKeyring    Kind = "keyring"
	KindCredential Kind = "credential"
	KindFile       Kind = "file"
	KindNone       Kind = "passphrase" // no PIN in the file at all
)

// Kinds are the ways to keep a PIN in the file, best first.
var Kinds = []Kind{KindTPM, KindKeyring, KindCredential, KindFile}

// Grade says how well a PIN slot withstands a thief, best first.
type Grade string

// The grades.
const (
	GradeA Grade = "A" // hardware limits the guesses
	GradeB Grade = "B" // the login's keyring has to be opened first
	GradeC Grade = "C" // safe in a copied vault, not on a copied disk
	GradeP Grade = "P" // no PIN in the file at all
)

// KindOf returns the kind that the parts of a slot make.
func KindOf(need Part) Kind {
	switch {
	case need&TPM != 0:
		return KindTPM
	case need&Keyring != 0:
		return KindKeyring
	case need&Credential != 0:
		return KindCredential
	case need != 0:
		return KindFile
	}
	return KindNone
}

// Extra returns the part that a slot of kind k has beside the device file and
// the machine id; 0 for a kind that has none.
func (k Kind) Extra() Part {
	switch k {
	case KindTPM:
		return TPM
	case KindKeyring:
		return Keyring
	case KindCredential:
		return Credential
	}
	return 0
}

// Grade returns the grade of kind k.
func (k Kind) Grade() Grade {
	switch k {
	case KindTPM:
		return GradeA
	case KindKeyring:
		return GradeB
	case KindCredential, KindFile:
		return GradeC
	}
	return GradeP
}

// Weaker reports whether k stands less than other.
func (k Kind) Weaker(other Kind) bool { return slices.Index(Kinds, k) > slices.Index(Kinds, other) }

// Sentence says in plain words what a thief can do against kind k, when one
// guess takes this long on one processor core like this machine's. machine says
// whether the machine id is a part, too: it is the only one that no copy of the
// home directory has.
func (k Kind) Sentence(guess time.Duration, machine bool) string {
	all := about(10_000 * guess)
	copied := "this whole disk"
	if k == KindFile && !machine {
		copied = "the home directory"
	}
	switch k {
	case KindTPM:
		return "Nobody can try more than eight PINs, whatever is copied: this machine's TPM counts them and then refuses."
	case KindKeyring:
		return "Someone who copies these files can not try PINs without the password of your login; " +
			"with it, every 4-digit PIN falls in " + all + "."
	case KindCredential:
		return "Someone who copies the home directory can not try PINs; " +
			"someone who copies " + copied + " can try every 4-digit PIN in " + all + "."
	case KindFile:
		return "Someone who copies only the vault file can not try PINs; " +
			"someone who copies " + copied + " can try every 4-digit PIN in " + all + "."
	}
	return "No PIN is in the vault file: someone who copies it has to guess the passphrase."
}

// about writes a time as people say it, for one core; thieves have more.
func about(d time.Duration) string {
	text := ""
	switch {
	case d < 2*time.Minute:
		text = "a minute"
	case d < 100*time.Minute:
		text = fmt.Sprintf("about %d minutes", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		text = fmt.Sprintf("about %d hours", int(d.Round(time.Hour).Hours()))
	default:
		text = fmt.Sprintf("about %d days", int(d.Hours()/24+0.5))
	}
	return text + " on one processor core, sooner on many"
}

// Find returns the Protector of part in list, or nil.
func Find(list []Protector, part Part) Protector {
	i := slices.IndexFunc(list, func(p Protector) bool { return p.Part() == part })
	if i < 0 {
		return nil
	}
	return list[i]
}

// Ready returns nil when slots of kind k can be made with list, and else why not.
func (k Kind) Ready(list []Protector) error {
	if k.Extra() == 0 {
		return nil
	}
	p := Find(list, k.Extra())
	if p == nil {
		return ErrAbsent
	}
	return p.Ready()
}

// Best returns the best kind that is ready on this machine. passed holds, for
// each better kind that is there but not ready, what to do about it.
func Best(list []Protector) (best Kind, passed map[Kind]error) {
	passed = map[Kind]error{}
	for _, k := range Kinds {
		err := k.Ready(list)
		// A credential is given to a service, not to a person: it is a choice.
		if err == nil && k != KindCredential {
			return k, passed
		}
		if err != nil && !errors.Is(err, ErrAbsent) {
			passed[k] = err
		}
	}
	return KindFile, passed
}
