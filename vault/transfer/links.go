package transfer

// This file: lists of setup links, one a line, among them those of Google
// Authenticator's exports.

import (
	"fmt"
	"strings"

	"nod/vault/otp"
)

const formatLinks = "otpauth links"

// decodeLinks reads one link a line. Lines that hold none are skipped with an
// error, if there is a link at all.
func decodeLinks(text string) (Batch, error) {
	b := Batch{Format: formatLinks, Size: 1}
	links, number := 0, 0
	var parts Parts
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if isLink(line) {
			links++
		}
		err := b.addLine(line, &parts)
		if err != nil && len(line) < len(text) { // a single link needs no number
			err = fmt.Errorf("line %d: %w", number, err)
		}
		if err != nil {
			b.Skipped = append(b.Skipped, err)
		}
	}
	if links == 0 {
		return Batch{}, ErrFormat
	}
	for _, gap := range parts.Gaps() {
		b.Skipped = append(b.Skipped, gap)
	}
	return b, nil
}

// addLine adds the accounts of one line to b.
func (b *Batch) addLine(line string, parts *Parts) error {
	if isMigration(line) {
		part, err := decodeMigration(line)
		if err != nil {
			return err
		}
		if !parts.Add(part) {
			return nil
		}
		b.Keys = append(b.Keys, part.Keys...)
		b.Skipped = append(b.Skipped, part.Skipped...)
		return nil
	}
	k, err := otp.ParseURI(line)
	if err != nil {
		return err
	}
	b.Keys = append(b.Keys, k)
	return nil
}

func isLink(line string) bool {
	scheme, _, ok := strings.Cut(line, "://")
	switch strings.ToLower(scheme) {
	case "otpauth", "otpauth-migration", "motp", "steam":
		return ok
	}
	return false
}
