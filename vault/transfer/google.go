package transfer

// This file: the export of Google Authenticator, otpauth-migration://offline
// ?data=, whose data is a protocol buffer in Base64. The message, by field:
//
//	1 account, repeated   2 version   3 parts   4 index of this part   5 ID
//
// and an account:
//
//	1 secret   2 name   3 issuer   4 algorithm (0 and 1 SHA1, 2 SHA256,
//	3 SHA512, 4 MD5)   5 digits (0 and 1 six, 2 eight)   6 kind (1 HOTP, 0 and
//	2 TOTP)   7 counter   8 unique ID
//
// The period is always 30 seconds. Fields not named here are passed over.

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"nod/vault/otp"
)

const (
	formatMigration = "google migration"
	maxMigration    = 64 << 10 // bytes of a link; a QR code holds 3 KB
	maxParts        = 1000
	googlePeriod    = 30 // seconds
)

var errDamaged = errors.New("the data of the Google Authenticator export is damaged: scan or copy it again")

func isMigration(text string) bool {
	const scheme = "otpauth-migration:"
	return len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme)
}

// decodeMigration reads one link, which is one QR code of an export.
func decodeMigration(link string) (Batch, error) {
	message, err := migrationData(link)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Format: formatMigration, Size: 1}
	size, index, entry := uint64(1), uint64(0), 0
	err = eachField(message, func(f field) {
		switch f.number {
		case 1:
			entry++
			k, err := migrationKey(f.bytes)
			if err != nil {
				b.Skipped = append(b.Skipped, fmt.Errorf("%s: %w", entryName(k, entry), err))
			} else {
				b.Keys = append(b.Keys, k)
			}
		case 3:
			size = max(1, f.value)
		case 4:
			index = f.value
		case 5:
			b.ID = int32(f.value) // negative numbers come as 64 bits
		}
	})
	if err != nil || size > maxParts || index >= size {
		return Batch{}, errDamaged
	}
	if entry == 0 {
		return Batch{}, errors.New("the Google Authenticator export holds no accounts")
	}
	b.Size, b.Index = int(size), int(index)
	return b, nil
}

// migrationData returns the message in a link. The Base64 may be the one for
// URLs, may lack its padding, and its + may have become a space on the way.
func migrationData(link string) ([]byte, error) {
	if len(link) > maxMigration {
		return nil, fmt.Errorf("a Google Authenticator export is not longer than %d KiB", maxMigration>>10)
	}
	_, query, _ := strings.Cut(link, "?")
	for param := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(name, "data") || value == "" {
			continue
		}
		value, err := url.PathUnescape(value)
		if err != nil {
			return nil, errDamaged // the library's error quotes the text
		}
		value = strings.NewReplacer(" ", "+", "-", "+", "_", "/", "\r", "", "\n", "").Replace(value)
		message, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
		if err != nil {
			return nil, errDamaged
		}
		return message, nil
	}
	return nil, errors.New("the link of the Google Authenticator export has no data: copy all of it")
}

// migrationKey reads an account. With an error, the key still has its names.
func migrationKey(message []byte) (otp.Key, error) {
	k := otp.Key{Type: otp.TOTP, Algorithm: otp.SHA1, Digits: 6, Period: googlePeriod}
	var issuer, label string
	var wrong error
	err := eachField(message, func(f field) {
		var err error
		switch f.number {
		case 1:
			k.Secret = append([]byte(nil), f.bytes...)
		case 2:
			label = string(f.bytes)
		case 3:
			issuer = string(f.bytes)
		case 4:
			k.Algorithm, err = migrationAlgorithm(f.value)
		case 5:
			k.Digits, err = migrationDigits(f.value)
		case 6:
			k.Type, err = migrationType(f.value)
		case 7:
			k.Counter = f.value
		}
		wrong = errors.Join(wrong, err)
	})
	k.Issuer, k.Name = otp.SplitLabel(label, issuer)
	if err = errors.Join(err, wrong); err != nil {
		return k, err
	}
	if k.Type == otp.HOTP {
		k.Period = 0
	} else {
		k.Counter = 0
	}
	if int64(k.Counter) < 0 {
		return k, errors.New("its counter is negative")
	}
	return k, k.Validate()
}

func migrationAlgorithm(n uint64) (otp.Algorithm, error) {
	switch n {
	case 0, 1:
		return otp.SHA1, nil
	case 2:
		return otp.SHA256, nil
	case 3:
		return otp.SHA512, nil
	case 4:
		return "", errors.New("its codes use MD5, which nod does not support")
	}
	return "", errors.New("its algorithm is unknown")
}

func migrationDigits(n uint64) (int, error) {
	switch n {
	case 0, 1:
		return 6, nil
	case 2:
		return 8, nil
	}
	return 0, errors.New("its number of digits is unknown")
}

func migrationType(n uint64) (otp.Type, error) {
	switch n {
	case 0, 2:
		return otp.TOTP, nil
	case 1:
		return otp.HOTP, nil
	}
	return "", errors.New("its kind of code is unknown")
}

// entryName names an account in an error.
func entryName(k otp.Key, entry int) string {
	switch {
	case k.Issuer != "" && k.Name != "":
		return k.Issuer + " (" + k.Name + ")"
	case k.Issuer+k.Name != "":
		return k.Issuer + k.Name
	}
	return fmt.Sprintf("account %d", entry)
}
