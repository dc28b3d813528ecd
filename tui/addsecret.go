package tui

// addsecret.go takes a secret key typed by hand.

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// addSecret is the form of a key.
type addSecret struct {
	issuer, name, secret, period, counter field
	typ, digits, algorithm                int
	duplicate                             int
	twice                                 bool // the account is there already
	focus                                 int
	back                                  screen
	wrong                                 string
}

// The places of the form.
const (
	atIssuer = iota
	atName
	atSecret
	atType
	atDigits
	atAlgorithm
	atPeriod // or the counter
	atDuplicate
	atSave
)

var (
	typeNames      = []string{"TOTP, changes with time", "HOTP, counter"}
	digitNames     = []string{"6", "7", "8"}
	algorithmNames = []string{"SHA1", "SHA256", "SHA512"}
	algorithms     = []otp.Algorithm{otp.SHA1, otp.SHA256, otp.SHA512}
	dupNames       = []string{"keep both", "replace it", "cancel"}
)

func newAddSecret(_ *Model, back screen) *addSecret {
	s := &addSecret{
		issuer: newField("Issuer", "", 64), name: newField("Account", "", 64),
		secret: newField("Secret key", "", 256),
		period: newField("Period", "30", 5), counter: newField("Counter", "0", 19),
		back: back,
	}
	s.period.only, s.counter.only = digit, digit
	return s
}

// box is the text box with the focus, or nil.
func (s *addSecret) box() *field {
	switch s.focus {
	case atIssuer:
		return &s.issuer
	case atName:
		return &s.name
	case atSecret:
		return &s.secret
	case atPeriod:
		if s.typ == 1 {
			return &s.counter
		}
		return &s.period
	}
	return nil
}

func (s *addSecret) eats(*Model) appetite {
	if s.box() != nil {
		return eatsText
	}
	return eatsNothing
}

func (s *addSecret) dirty() bool { return s.issuer.value()+s.name.value()+s.secret.value() != "" }

func (s *addSecret) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case accountsMsg:
		if _, twice := errors.AsType[*vault.DuplicateError](msg.err); twice {
			s.twice, s.focus = true, atDuplicate
			return nil
		}
		if msg.err != nil {
			s.wrong = explain(m.now, msg.err)
			return nil
		}
		s.secret.set("")
		return m.added(msg.accounts)
	case tea.PasteMsg:
		if b := s.box(); b != nil {
			b.update(msg)
			s.changed(m)
		}
	case tea.KeyPressMsg:
		if m.busy == "" {
			return s.press(m, msg)
		}
	}
	return nil
}

// changed looks again at what is in the boxes.
func (s *addSecret) changed(m *Model) {
	s.wrong = ""
	s.twice = m.existing(s.issuer.value(), s.name.value()) != ""
}

func (s *addSecret) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, keyBack):
		s.secret.set("")
		return m.show(s.back)
	case key.Matches(msg, keyNextBox):
		s.advance(1)
	case key.Matches(msg, keyPrevBox):
		s.advance(-1)
	case key.Matches(msg, keyShow):
		s.secret.cover = !s.secret.cover
	case key.Matches(msg, keyEnter):
		return s.save(m)
	case s.box() != nil:
		if s.box().update(msg) {
			s.changed(m)
		}
	case key.Matches(msg, keySpace), key.Matches(msg, keyRight):
		s.choose(1)
	case key.Matches(msg, keyLeft):
		s.choose(-1)
	case key.Matches(msg, keyCopy):
		if k, _ := s.key(); k != nil && k.Type == otp.TOTP {
			code, _ := k.Code(m.now)
			return m.copy(code, spaced(code))
		}
	}
	return nil
}

// advance moves the focus, past the question about duplicates when there are none.
func (s *addSecret) advance(by int) {
	s.focus = (s.focus + by + atSave + 1) % (atSave + 1)
	if s.focus == atDuplicate && !s.twice {
		s.focus = (s.focus + by + atSave + 1) % (atSave + 1)
	}
}

// choose turns the choice with the focus.
func (s *addSecret) choose(by int) {
	switch s.focus {
	case atType:
		s.typ = (s.typ + 1) % 2
	case atDigits:
		s.digits = (s.digits + by + 3) % 3
	case atAlgorithm:
		s.algorithm = (s.algorithm + by + 3) % 3
	case atDuplicate:
		s.duplicate = (s.duplicate + by + 3) % 3
	}
}

// key builds the key from the boxes; the text says what is wrong with them.
func (s *addSecret) key() (*otp.Key, string) {
	secret, err := otp.DecodeSecret(s.secret.value())
	if err != nil {
		return nil, explain(time.Time{}, err)
	}
	if len(secret) == 0 {
		return nil, ""
	}
	k := &otp.Key{
		Type: otp.TOTP, Issuer: s.issuer.value(), Name: s.name.value(), Secret: secret,
		Algorithm: algorithms[s.algorithm], Digits: 6 + s.digits,
	}
	if s.typ == 1 {
		k.Type = otp.HOTP
		k.Counter, err = strconv.ParseUint(s.counter.value(), 10, 63)
		if err != nil {
			return nil, "The counter is a whole number."
		}
		return k, ""
	}
	k.Period, err = strconv.Atoi(s.period.value())
	if err != nil || k.Period < 1 {
		return nil, "The period is a number of seconds. Most sites use 30."
	}
	if err := k.Validate(); err != nil {
		return nil, capital(clean(err.Error())) + "."
	}
	return k, ""
}

// warning is advice that does not keep from saving.
func (s *addSecret) warning(k *otp.Key) string {
	if k != nil && len(k.Secret) < 16 {
		return fmt.Sprintf("That key is short (%d bytes). Check that you copied all of it.", len(k.Secret))
	}
	return ""
}

func (s *addSecret) save(m *Model) tea.Cmd {
	if s.twice && s.duplicate == dupSkip {
		s.secret.set("")
		return m.show(s.back)
	}
	k, wrong := s.key()
	switch {
	case wrong != "":
		s.wrong, s.focus = wrong, atSecret
		return nil
	case k == nil:
		s.focus = atSecret
		return nil
	case k.Issuer == "" && k.Name == "":
		s.wrong, s.focus = "Give the account an issuer or a name.", atIssuer
		return nil
	}
	e := entry{account: vault.NewAccount{Key: *k, Source: "typed"}}
	if s.twice && s.duplicate == dupReplace {
		e.replaces = m.existing(k.Issuer, k.Name)
	}
	return m.work("Saving", add(m.session.vault, s.twice && s.duplicate == dupKeep, []entry{e}))
}
