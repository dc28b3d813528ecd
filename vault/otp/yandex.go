package otp

// This file: Yandex codes. They are HOTP with SHA-256 under a key made of PIN
// and secret, cut to 63 bits instead of 31 and written in letters.

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

const (
	yandexSecret = 16 // bytes of the secret that count
	yandexTyped  = 26 // bytes of the form made for typing, which ends in a checksum
)

// validateYandex checks what only Yandex prescribes.
func validateYandex(secret []byte, pin string) error {
	switch {
	case len(secret) != yandexSecret && len(secret) != yandexTyped:
		return errors.New("yandex keys have 26 or 42 letters in Base32")
	case len(secret) == yandexTyped && !yandexChecksum(secret):
		return errors.New("the checksum of the yandex key is wrong: check that you copied all of it")
	case pin == "":
		return ErrPIN
	case len(pin) < 4 || len(pin) > 16 || !isDigits(pin):
		return errors.New("yandex PINs have 4 to 16 digits")
	}
	return nil
}

// yandexCode returns the code of a 30-second step counted from 1970.
func yandexCode(secret []byte, pin string, step uint64) string {
	key := sha256.Sum256(append([]byte(pin), secret[:yandexSecret]...))
	k := key[:]
	if k[0] == 0 { // the first client lost a leading zero, and so do all
		k = k[1:]
	}
	mac := hmac.New(sha256.New, k)
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], step)
	mac.Write(message[:])
	sum := mac.Sum(nil)

	offset := sum[len(sum)-1] & 0xf
	value := binary.BigEndian.Uint64(sum[offset:]) &^ (1 << 63)
	var code [8]byte
	for i := len(code) - 1; i >= 0; i-- {
		code[i] = 'a' + byte(value%26)
		value /= 26
	}
	return string(code[:])
}

// yandexChecksum reports whether the last 12 bits of secret are the remainder
// of those before them, divided by the polynomial 0x18f3.
func yandexChecksum(secret []byte) bool {
	const polynomial, top = 0x18f3, 1 << 12
	var rest uint16
	bits := len(secret)*8 - 12
	for i := range bits {
		rest = rest<<1 | uint16(secret[i/8]>>(7-i%8))&1
		if rest&top != 0 {
			rest ^= polynomial
		}
	}
	return rest == binary.BigEndian.Uint16(secret[len(secret)-2:])&0xfff
}

func isDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
