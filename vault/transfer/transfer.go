// Package transfer reads and writes the files and links with which other
// authenticators hand over their accounts, one file a format.
package transfer

// This file: what a hand-over is, and which format a text has.

import (
	"errors"
	"fmt"
	"strings"

	"nod/vault/otp"
)

// Batch is one part of a hand-over.
type Batch struct {
	Format string // "google migration", "otpauth links"
	Keys   []otp.Key
	// Index and Size tell which part this is (0-based) of how many; ID is the
	// same for all parts of one hand-over. Size is 1 when there is just one.
	Index, Size int
	ID          int32
	// Skipped names, without secrets, the entries that could not be read.
	Skipped []error
}

// ErrFormat says that a text is none of the formats that nod reads.
var ErrFormat = errors.New("neither otpauth links nor a Google Authenticator export")

const maxText = 4 << 20 // bytes; 1,000 accounts take about 200 KB

// Decode reads text: otpauth links (one a line) or an otpauth-migration link.
// Entries that it can not read are in Batch.Skipped; when it can read none, the
// first of them is the error. Errors hold no secrets.
func Decode(text string) (Batch, error) {
	if len(text) > maxText {
		return Batch{}, fmt.Errorf("read accounts: longer than %d MiB", maxText>>20)
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")) // editors on Windows put one there
	decode := decodeLinks
	if isMigration(text) && !strings.ContainsAny(text, "\r\n") {
		decode = decodeMigration
	}
	b, err := decode(text)
	if err == nil && len(b.Keys) == 0 && len(b.Skipped) > 0 {
		err = b.Skipped[0]
	}
	if err != nil {
		return Batch{}, fmt.Errorf("read accounts: %w", err)
	}
	return b, nil
}
