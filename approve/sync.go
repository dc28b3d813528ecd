package approve

// This file keeps a set of tokens that a server holds for one pairing together with
// the accounts of the vault. The server is told what is here and says what is new;
// whether an account is added or removed is for the caller and the person.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

// Synchroniser is a Driver whose pairings hold a set of tokens at the server.
type Synchroniser interface {
	// Sync tells the server which tokens are here. That is no mere question: the
	// server gives every token of the set that have does not name a new secret.
	Sync(ctx context.Context, d Device, have []Held) (Synced, error)
	// Rollover gives the pairing a new key, and d.Secret it once the server has taken
	// it. The next Sync renews all tokens of the set then.
	Rollover(ctx context.Context, d Device) error
	// PushDriver names the driver whose pairings with the same server are tokens of
	// such a set, too; "" when there is none.
	PushDriver() string
}

// Held is a token that this vault holds: by its serial number or, where that is not
// known, by two codes.
type Held struct {
	ID      string // of the account or pairing in this vault; not told
	Serial  string
	Type    string    // the server's word: "totp", "hotp", "daypassword", "push"
	Codes   [2]string // when Serial is ""
	Counter uint64    // of the first of Codes, for "hotp"
}

// Synced is what a server made of the tokens that it was told. Nothing of it has
// been carried out here.
type Synced struct {
	Add      []NewToken
	Known    []Held          // told, and in the set; with the serial number that Codes led to
	Renewed  []Held          // told, but the server has made a new secret: it is in Add
	Gone     []Held          // told, but not in the set, or not any more
	Policies map[string]bool // of the server, by its names
	Unread   int             // entries that could not be read
	Warnings []string        // sentences
}

// NewToken is a token that the server hands out. Its link is a secret.
type NewToken struct {
	Serial string // "" when the link does not say
	Link   string // otpauth://, or a pairing link
}

// tokenSource is how the Source of an account begins that came with the set of d.
func tokenSource(d vault.Device) string {
	return fmt.Sprintf("container %s of %s, token ", d.RemoteID, d.Server)
}

// TokenSource is what vault.NewAccount.Source says of a token of the set of d.
func TokenSource(d vault.Device, serial string) string { return tokenSource(d) + serial }

// memoryToken begins the names under which the memory of a pairing holds the serial
// numbers of accounts that did not come from it.
const memoryToken = "token."

// tokenSerial is the serial number in the set of d that an account is known to have.
func tokenSerial(d vault.Device, x vault.Account) string {
	if serial, ok := strings.CutPrefix(x.Source, tokenSource(d)); ok {
		return serial
	}
	return d.Memory[memoryToken+x.ID]
}

// Tokens are those of this vault that are known to be of the set of one pairing, or
// may be because they are push tokens of the same server. Error: ErrNoSet.
func (in *Inbox) Tokens(deviceID string) (have []Held, err error) {
	d, s, err := in.synchroniser(deviceID)
	if err != nil {
		return nil, err
	}
	for _, x := range in.v.Accounts() {
		if serial := tokenSerial(d.Device, x); serial != "" && x.Odd == "" {
			have = append(have, Held{ID: x.ID, Serial: serial, Type: tokenType(x)})
		}
	}
	for _, other := range in.v.Devices() {
		if s.PushDriver() != "" && other.Driver == s.PushDriver() && other.Server == d.Server && other.State == vault.DeviceActive {
			have = append(have, PushToken(other))
		}
	}
	return have, nil
}

// PushToken is a pairing as a token.
func PushToken(d vault.Device) Held { return Held{ID: d.ID, Serial: d.RemoteID, Type: "push"} }

// WithoutSerial is an account of which the set may hold the token, still without its
// codes. Error: the server finds no token of that kind by codes, a password of the day
// for one.
func WithoutSerial(x vault.Account) (Held, error) {
	h := Held{ID: x.ID, Type: tokenType(x)}
	if h.Type != "totp" && h.Type != "hotp" {
		return Held{}, fmt.Errorf("account %s: the server finds no token of the kind %s by codes", x.ID, h.Type)
	}
	return h, nil
}

// TokenByCodes is an account of which the set may hold the token, by two codes that are
// used up then. A server that has seen a code, or a later one, does not find the token by
// it and renews its secret, so those of a clock are the next two: nobody can have used
// them.
func (in *Inbox) TokenByCodes(accountID string, now time.Time) (Held, error) {
	x, err := in.v.Account(accountID)
	if err != nil {
		return Held{}, err
	}
	h, err := WithoutSerial(x)
	if err != nil {
		return Held{}, err
	}
	first, err := in.v.Code(x.ID, now)
	if err != nil {
		return Held{}, err
	}
	if x.Type == otp.HOTP {
		second, err := in.v.Code(x.ID, now)
		if err != nil {
			return Held{}, err
		}
		h.Codes, h.Counter = [2]string{first.Value, second.Value}, first.Counter
		return h, nil
	}
	next, err := in.v.Code(x.ID, now.Add(first.Left))
	if err != nil {
		return Held{}, err
	}
	h.Codes = [2]string{next.Value, next.Next}
	return h, nil
}

// aDay is, in seconds, the shortest period that counts as a password of the day.
const aDay = 3600

// tokenType is the server's word for the kind of an account.
func tokenType(x vault.Account) string {
	if x.Type == otp.TOTP && x.Period >= aDay {
		return "daypassword"
	}
	return string(x.Type)
}

// Synchronise tells the server of one pairing which tokens are here and remembers the
// serial numbers that it found. Errors: ErrNoSet, ErrRevoked, ErrRefused,
// ErrUnreachable; after the last, tokens may have got a new secret all the same.
func (in *Inbox) Synchronise(ctx context.Context, deviceID string, have []Held) (Synced, error) {
	d, s, err := in.synchroniser(deviceID)
	if err != nil {
		return Synced{}, err
	}
	synced, err := s.Sync(ctx, d, have)
	if err != nil {
		if errors.Is(err, ErrRevoked) {
			in.revoke(d.Device)
		}
		return Synced{}, err
	}
	if err := in.rememberTokens(d.Device, synced.Known); err != nil {
		// The new secrets matter more: they are nowhere else.
		synced.Warnings = append(synced.Warnings, fmt.Sprintf("the serial numbers that the server found could not be kept: %v", err))
	}
	return synced, nil
}

// rememberTokens keeps the serial numbers of accounts that did not come from the set.
func (in *Inbox) rememberTokens(d vault.Device, known []Held) error {
	found := map[string]string{}
	for _, h := range known {
		if h.Codes[0] != "" && h.Serial != "" {
			found[memoryToken+h.ID] = h.Serial
		}
	}
	if len(found) == 0 {
		return nil
	}
	_, err := in.v.EditDevice(d.ID, func(d *vault.Device) {
		if d.Memory == nil {
			d.Memory = map[string]string{}
		}
		for name, serial := range found {
			d.Memory[name] = serial
		}
	})
	return err
}

// Rollover gives one pairing a new key. Errors: as of Synchronise.
func (in *Inbox) Rollover(ctx context.Context, deviceID string) error {
	d, s, err := in.synchroniser(deviceID)
	if err != nil {
		return err
	}
	err = s.Rollover(ctx, d)
	if errors.Is(err, ErrRevoked) {
		in.revoke(d.Device)
	}
	return err
}

// synchroniser returns a pairing with its driver.
func (in *Inbox) synchroniser(id string) (Device, Synchroniser, error) {
	d, driver, err := in.device(id)
	if err != nil {
		return Device{}, nil, err
	}
	s, ok := driver.(Synchroniser)
	switch {
	case !ok:
		return Device{}, nil, fmt.Errorf("pairing %s: %w", id, ErrNoSet)
	case d.State == vault.DeviceRevoked:
		return Device{}, nil, fmt.Errorf("pairing %s: %w", id, ErrRevoked)
	}
	return d, s, nil
}
