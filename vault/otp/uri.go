package otp

// This file: setup links in (otpauth://, motp://, steam://). They are taken
// apart by hand because real ones break URL rules: # and % stand unescaped in
// labels, and parameters run into each other.

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

const maxURI = 4096 // bytes

// ParseURI reads an otpauth://, motp:// or steam:// link. An mOTP or Yandex
// link may lack the PIN; Validate then returns ErrPIN. That of a two-step enrolment
// has half a key; Validate then returns ErrHalf. Errors never hold the
// secret or the link; those about a letter of the secret wrap *SecretError.
func ParseURI(s string) (Key, error) {
	k, err := parseURI(strings.TrimSpace(s))
	if err != nil {
		return Key{}, fmt.Errorf("read setup link: %w", err)
	}
	return k, nil
}

func parseURI(s string) (Key, error) {
	if len(s) > maxURI {
		return Key{}, fmt.Errorf("longer than %d characters", maxURI)
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Key{}, errScheme
	}
	switch strings.ToLower(scheme) {
	case "otpauth":
		return parseOtpauth(rest)
	case "motp":
		label, query, _ := strings.Cut(rest, "?")
		return newKey(MOTP, label, parseQuery(query))
	case "steam":
		return parseSteam(rest)
	case "otpauth-migration":
		return Key{}, errors.New("this link hands over several accounts: import it instead of adding it")
	}
	return Key{}, errScheme
}

var errScheme = errors.New("it must start with otpauth://, motp:// or steam://")

// parseOtpauth reads what follows otpauth://, such as totp/label?secret=...
func parseOtpauth(rest string) (Key, error) {
	path, query, _ := strings.Cut(rest, "?")
	host, label, _ := strings.Cut(path, "/")
	p := parseQuery(query)
	switch strings.ToLower(host) {
	case "totp":
		if strings.EqualFold(p.text("encoder"), "steam") {
			return newKey(Steam, label, p)
		}
		return newKey(TOTP, label, p)
	case "daypassword": // privacyIDEA's name for a code that changes once a day
		// eduMFA writes 30 where nobody has named a period, and counts days.
		if period := p.text("period"); period == "" || period == "30" {
			p["period"] = "86400"
		}
		return newKey(TOTP, label, p)
	case "hotp":
		return newKey(HOTP, label, p)
	case "steam":
		return newKey(Steam, label, p)
	case "motp":
		return newKey(MOTP, label, p)
	case "yaotp":
		return newKey(Yandex, label, p)
	}
	return Key{}, errors.New("unknown kind of code: nod knows totp, hotp, daypassword, steam, motp and yaotp")
}

// parseSteam reads what follows steam://, which is the bare secret.
func parseSteam(rest string) (Key, error) {
	secret, _, _ := strings.Cut(rest, "?")
	return newKey(Steam, "Steam:", query{"secret": strings.TrimSuffix(secret, "/")})
}

// newKey makes a key of the parts of a link.
func newKey(typ Type, label string, p query) (Key, error) {
	k := Key{Type: typ}
	issuer, glued := p.issuer()
	k.Issuer, k.Name = SplitLabel(unescape(label, false), issuer)
	if err := k.readSecret(p); err != nil {
		return Key{}, err
	}
	k.readPIN(p)
	if err := k.readSettings(p, glued); err != nil {
		return Key{}, err
	}
	if err := k.readHalf(p); err != nil {
		return Key{}, err
	}
	if err := k.Validate(); err != nil && !errors.Is(err, ErrPIN) && !errors.Is(err, ErrHalf) {
		return Key{}, err
	}
	return k, nil
}

func (k *Key) readSecret(p query) (err error) {
	text := p.text("secret")
	if text == "" {
		return errors.New("it has no secret key: check that you copied all of it")
	}
	if k.Type == MOTP {
		k.Secret, err = decodeHex(text)
	} else {
		k.Secret, err = DecodeSecret(text)
	}
	return err
}

// readPIN reads the PIN. Yandex PINs are digits, plain or as the Base32 of
// their text; that always starts with G, so the two can not be mistaken.
func (k *Key) readPIN(p query) {
	if k.Type != MOTP && k.Type != Yandex {
		return
	}
	k.PIN = unescape(p["pin"], true) // spaces may belong to it
	if k.Type == Yandex && !isDigits(k.PIN) {
		if plain, err := DecodeSecret(k.PIN); err == nil && isDigits(string(plain)) {
			k.PIN = string(plain)
		}
	}
}

// readSettings reads algorithm, digits, period and counter; glued is a period
// that was found at the end of the issuer. What the kind of the key prescribes
// is not read: apps write all sorts of things there.
func (k *Key) readSettings(p query, glued string) error {
	if s, fixed := shapes[k.Type]; fixed {
		k.Algorithm, k.Digits, k.Period = s.algorithm, s.digits, s.period
		return nil
	}
	var ok bool
	if k.Algorithm, ok = parseAlgorithm(p.text("algorithm")); !ok {
		return errAlgorithm
	}
	if k.Digits, ok = parseNumber(p.text("digits"), 6, maxDigits); !ok {
		return errDigits
	}
	if k.Type == HOTP {
		text := p.text("counter")
		counter, err := strconv.ParseUint(text, 10, 64)
		if err != nil && text != "" {
			return errCounter
		}
		k.Counter = counter
		return nil
	}
	period := p.text("period")
	if period == "" {
		period = glued
	}
	if k.Period, ok = parseNumber(period, 30, math.MaxInt32); !ok {
		return errPeriod
	}
	return nil
}

// parseAlgorithm knows the spellings in use: SHA1, sha1, SHA-1, HmacSHA1.
func parseAlgorithm(s string) (Algorithm, bool) {
	s = strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(s))
	switch a := Algorithm(strings.TrimPrefix(s, "HMAC")); a {
	case "":
		return SHA1, true
	case SHA1, SHA256, SHA512:
		return a, true
	}
	return "", false
}

// parseNumber reads a number from 1 to limit; an absent one is missing.
func parseNumber(s string, missing, limit int) (int, bool) {
	if s == "" {
		return missing, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n <= limit
}
