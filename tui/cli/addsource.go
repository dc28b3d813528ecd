package cli

// This file: where the keys of `nod add` come from that are text: links and typed
// keys. Those of QR codes are in addqr.go.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"nod/vault/otp"
	"nod/vault/transfer"
)

// migrationScheme begins the links of Google Authenticator's export.
const migrationScheme = "otpauth-migration:"

// maxInput is the most that is read from standard input, in bytes: some 30,000 links,
// which the agent takes in one call.
const maxInput = 4 << 20

// haul returns what is to be added.
func (a *app) haul(ctx context.Context, args []string, o addOptions) (*haul, error) {
	if len(o.qr) > 0 {
		return a.seenHaul(ctx, o)
	}
	keys, source, skipped, err := a.typedKeys(ctx, args, o)
	if err != nil {
		return nil, err
	}
	h := &haul{skipped: skipped}
	for _, k := range keys {
		h.items = append(h.items, item{key: k, source: source})
	}
	return h, nil
}

// typedKeys returns the keys that are text, how they came, and what could not be
// read of them.
func (a *app) typedKeys(ctx context.Context, args []string, o addOptions) (keys []otp.Key, source string, skipped []error, err error) {
	switch {
	case o.secretStdin:
		text, err := a.readInput("the key")
		if err != nil {
			return nil, "", nil, err
		}
		keys, err := o.typedKey(text)
		return keys, "typed key", nil, err
	case len(args) == 1 && args[0] == "-":
		text, err := a.readInput("links")
		if err != nil {
			return nil, "", nil, err
		}
		keys, skipped, err = a.linkKeys(text, o)
		return keys, "link", skipped, err
	case len(args) == 1:
		a.warn("every process of this machine could read the link; nod add - reads it from standard input")
		keys, skipped, err = a.linkKeys(args[0], o)
		return keys, "link", skipped, err
	}
	return a.askKeys(ctx, o)
}

// readInput reads standard input.
func (a *app) readInput(what string) (string, error) {
	if err := a.stdinTaken(what); err != nil {
		return "", err
	}
	text, err := await(a, func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.env.Stdin, maxInput+1)) })
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	if len(text) > maxInput {
		return "", &usageError{err: errors.New("standard input is longer than 4 MiB"), hint: "give it in parts"}
	}
	if strings.TrimSpace(string(text)) == "" {
		return "", usagef("there is nothing on standard input; %s should come from there", what)
	}
	return string(text), nil
}

// askKeys asks for a link or key at the terminal, which does not show it.
func (a *app) askKeys(ctx context.Context, o addOptions) ([]otp.Key, string, []error, error) {
	typed, err := a.askHidden(ctx, "Link (otpauth://...) or key (Base32): ")
	if errors.Is(err, errNoTerminal) {
		return nil, "", nil, &usageError{err: errors.New("nothing to add"), hint: "nod add --qr FILE, nod add - or nod add --secret-stdin"}
	}
	if err != nil {
		return nil, "", nil, err
	}
	defer clear(typed)
	if strings.Contains(string(typed), "://") {
		keys, skipped, err := a.linkKeys(string(typed), o)
		return keys, "link", skipped, err
	}
	for _, q := range []struct {
		question string
		answer   *string
	}{{"Issuer (who asks for the code): ", &o.issuer}, {"Account (your name there): ", &o.account}} {
		if *q.answer == "" {
			if *q.answer, err = a.ask(ctx, q.question); err != nil {
				return nil, "", nil, err
			}
		}
	}
	keys, err := o.typedKey(string(typed))
	return keys, "typed key", nil, err
}

// linkKeys reads otpauth links, one a line, or a migration link. --issuer and
// --account rename a single account.
func (a *app) linkKeys(text string, o addOptions) ([]otp.Key, []error, error) {
	text = strings.TrimSpace(text)
	if a.isPairing(text) {
		return nil, nil, &usageError{err: errors.New("that is a pairing link, not an account"), hint: "nod pair - reads it from standard input"}
	}
	var keys []otp.Key
	var skipped []error
	if isMigration(text) || strings.Contains(text, "\n") {
		batch, err := transfer.Decode(text)
		if err != nil {
			return nil, nil, &usageError{err: err, hint: "it reads otpauth:// links, one a line, and otpauth-migration:// links"}
		}
		keys, skipped = batch.Keys, batch.Skipped
		var parts transfer.Parts
		parts.Add(batch)
		for _, gap := range parts.Gaps() {
			skipped = append(skipped, gap)
		}
	} else {
		key, err := otp.ParseURI(text)
		if err != nil {
			return nil, nil, &usageError{err: err, hint: "it reads otpauth:// links; a key alone goes with --secret-stdin"}
		}
		keys = []otp.Key{key}
	}
	if len(keys) == 1 {
		keys[0].Issuer = firstOf(o.issuer, keys[0].Issuer)
		keys[0].Name = firstOf(o.account, keys[0].Name)
	}
	return keys, skipped, nil
}

// typedKey makes a key of Base32 text and the flags.
func (o addOptions) typedKey(text string) ([]otp.Key, error) {
	secret, err := otp.DecodeSecret(strings.TrimSpace(text))
	if _, named := errors.AsType[*otp.SecretError](err); err != nil && !named { // empty, too short or too long
		return nil, &usageError{err: err}
	}
	if err != nil {
		return nil, err
	}
	if o.issuer == "" && o.account == "" {
		return nil, &usageError{err: errors.New("the account has no name"), hint: "give --issuer and --account"}
	}
	kind := otp.Type(strings.ToLower(firstOf(o.kind, "totp")))
	if o.hotp {
		kind = otp.HOTP
	}
	if kind != otp.TOTP && kind != otp.HOTP && kind != otp.Steam {
		return nil, &usageError{err: fmt.Errorf("--type %q: a typed key is totp, hotp or steam", o.kind), hint: "keys of other kinds come as links: nod add -"}
	}
	k := otp.Key{
		Type: kind, Issuer: o.issuer, Name: o.account, Secret: secret, Counter: o.counter,
		Algorithm: otp.Algorithm(strings.ToUpper(firstOf(o.algorithm, "SHA1"))), Digits: o.digits, Period: o.period,
	}
	if k.Digits == 0 {
		k.Digits = 6
		if kind == otp.Steam {
			k.Digits = 5
		}
	}
	if k.Period == 0 && kind != otp.HOTP {
		k.Period = 30
	}
	if err := k.Validate(); err != nil {
		return nil, &usageError{err: err}
	}
	return []otp.Key{k}, nil
}
