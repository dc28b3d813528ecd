package sim

// What a phone does with a request, as a Go value and as text.

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The acts of a behaviour.
const (
	actAccept      = "accept"
	actIgnore      = "ignore"
	actDeny        = "deny"
	actReport      = "report"
	actNever       = "never"
	actWrongNumber = "wrong-number"
)

// Behaviour says what a phone does with the requests that it fits. The methods
// return changed copies.
type Behaviour struct {
	act       string
	app, user string // only for these; "" for any
	delay     time.Duration
	late      bool
	twice     bool
}

// Accept types the number and says yes.
func Accept() Behaviour { return Behaviour{act: actAccept} }

// Ignore gives no verdict, and says so.
func Ignore() Behaviour { return Behaviour{act: actIgnore} }

// Deny refuses as started by mistake.
func Deny() Behaviour { return Behaviour{act: actDeny} }

// Report refuses as started by someone else.
func Report() Behaviour { return Behaviour{act: actReport} }

// Never does nothing at all. A phone that has nothing else to do does not even poll.
func Never() Behaviour { return Behaviour{act: actNever} }

// WrongNumber says yes with a number that is not the one of the page.
func WrongNumber() Behaviour { return Behaviour{act: actWrongNumber} }

// After waits first, by the clock of this machine.
func (b Behaviour) After(d time.Duration) Behaviour { b.delay = d; return b }

// Late waits until the request has expired by the server's clock.
func (b Behaviour) Late() Behaviour { b.late = true; return b }

// Twice sends the same answer once more.
func (b Behaviour) Twice() Behaviour { b.twice = true; return b }

// OnApp is for requests of one site only: its name for programs or for people.
func (b Behaviour) OnApp(app string) Behaviour { b.app = app; return b }

// OnUser is for requests of one account only: its address, or what is before the @.
func (b Behaviour) OnUser(user string) Behaviour { b.user = user; return b }

// fits tells whether b is for r.
func (b Behaviour) fits(r Request) bool {
	local, _, _ := strings.Cut(r.Account, "@")
	return (b.app == "" || strings.EqualFold(b.app, r.App) || strings.EqualFold(b.app, r.Site)) &&
		(b.user == "" || strings.EqualFold(b.user, r.Account) || strings.EqualFold(b.user, local))
}

// choose returns the first behaviour that fits r.
func choose(all []Behaviour, r Request) (Behaviour, bool) {
	for _, b := range all {
		if b.fits(r) {
			return b, true
		}
	}
	return Behaviour{}, false
}

// deaf tells whether a phone with these behaviours can never have an answer to give.
func deaf(all []Behaviour) bool {
	for _, b := range all {
		switch {
		case b.act != actNever:
			return false
		case b.app == "" && b.user == "":
			return true
		}
	}
	return false
}

// String returns b as ParseBehaviour reads it.
func (b Behaviour) String() string {
	var words []string
	if b.app != "" {
		words = append(words, "app="+b.app)
	}
	if b.user != "" {
		words = append(words, "user="+b.user)
	}
	if len(words) > 0 {
		words[len(words)-1] += ":"
	}
	words = append(words, b.act)
	if b.twice {
		words = append(words, "twice")
	}
	if b.late {
		words = append(words, "late")
	}
	if b.delay > 0 {
		words = append(words, "after", b.delay.String())
	}
	return strings.Join(words, " ")
}

// ParseBehaviour reads a behaviour:
//
//	[app=NAME] [user=NAME]: ACT [twice] [late] [after DURATION]
//
// ACT is accept, ignore, deny, report, never or wrong-number. Without it, twice
// and late accept.
func ParseBehaviour(text string) (Behaviour, error) {
	b, err := parseBehaviour(text)
	if err != nil {
		return Behaviour{}, fmt.Errorf("read behaviour %q: %w", text, err)
	}
	return b, nil
}

func parseBehaviour(text string) (b Behaviour, err error) {
	conditions, words, conditional := strings.Cut(text, ":")
	if !conditional {
		conditions, words = "", text
	}
	if err := b.readConditions(strings.Fields(conditions)); err != nil {
		return b, err
	}
	if conditional && b.app == "" && b.user == "" {
		return b, errors.New("nothing is before the colon")
	}
	if err := b.readWords(strings.Fields(words)); err != nil {
		return b, err
	}
	if b.act == "" && (b.twice || b.late) {
		b.act = actAccept
	}
	switch {
	case b.act == "":
		return b, errors.New("it says nothing to do")
	case b.act == actNever && (b.twice || b.late || b.delay > 0):
		return b, errors.New("never is all there is to it")
	}
	return b, nil
}

// readConditions reads what is before the colon.
func (b *Behaviour) readConditions(fields []string) error {
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		into := &b.app
		switch {
		case name == "user":
			into = &b.user
		case name != "app":
			return fmt.Errorf("%q is not app=NAME or user=NAME", field)
		}
		if value == "" || *into != "" {
			return fmt.Errorf("%s needs one name", name)
		}
		*into = value
	}
	return nil
}

// readWords reads what is after the colon.
func (b *Behaviour) readWords(words []string) error {
	for i := 0; i < len(words); i++ {
		switch word := words[i]; word {
		case actAccept, actIgnore, actDeny, actReport, actNever, actWrongNumber:
			if b.act != "" {
				return fmt.Errorf("it can not both %s and %s", b.act, word)
			}
			b.act = word
		case "twice":
			b.twice = true
		case "late":
			b.late = true
		case "after":
			i++
			if i == len(words) || b.delay != 0 {
				return errors.New("after needs one time, such as 300ms or 2s")
			}
			d, err := time.ParseDuration(words[i])
			if err != nil || d <= 0 {
				return fmt.Errorf("%q is not a time such as 300ms or 2s", words[i])
			}
			b.delay = d
		default:
			return fmt.Errorf("%q is not known: use accept, ignore, deny, report, never, wrong-number, twice, late or after", word)
		}
	}
	return nil
}
