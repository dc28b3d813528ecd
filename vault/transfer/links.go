package transfer

// This file: lists of setup links, one a line, among them those of Google
// Authenticator's exports.

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"nod/vault/otp"
)

const formatLinks = "otpauth links"

// decodeLinks reads one link a line. Lines that hold none are skipped with an
// error, if there is a link at all.
func decodeLinks(text string) (Batch, error) {
	b := Batch{Format: formatLinks, Size: 1}
	links, number := 0, 0
	var parts handOvers
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
	b.Skipped = append(b.Skipped, parts.missing()...)
	return b, nil
}

// addLine adds the accounts of one line to b.
func (b *Batch) addLine(line string, parts *handOvers) error {
	if isMigration(line) {
		part, err := decodeMigration(line)
		if err != nil {
			return err
		}
		parts.add(part)
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

// handOvers keeps which parts of exports have been seen, by their common ID.
type handOvers map[int32]*handOver

type handOver struct {
	size int
	seen map[int]bool
}

func (h *handOvers) add(part Batch) {
	if *h == nil {
		*h = handOvers{}
	}
	one := (*h)[part.ID]
	if one == nil {
		one = &handOver{seen: map[int]bool{}}
		(*h)[part.ID] = one
	}
	one.size = max(one.size, part.Size)
	one.seen[part.Index] = true
}

// missing tells which exports are not whole.
func (h handOvers) missing() []error {
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(h)) {
		one := h[id]
		if n := one.size - len(one.seen); n > 0 {
			errs = append(errs, fmt.Errorf("%d of the %d codes of a Google Authenticator export are missing", n, one.size))
		}
	}
	return errs
}
