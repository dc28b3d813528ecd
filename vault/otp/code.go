package otp

// This file: codes of HOTP (RFC 4226), TOTP (RFC 6238) and Steam, and how long
// a code lasts. mOTP and Yandex are in their own files.

import (
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Code returns the code at now, or at k.Counter for HOTP.
func (k Key) Code(now time.Time) (string, error) {
	if err := k.Validate(); err != nil {
		return "", fmt.Errorf("compute code: %w", err)
	}
	counter := k.Counter
	if k.Type != HOTP {
		seconds := now.Unix()
		if seconds < 0 {
			return "", errors.New("compute code: the clock shows a time before 1970: set it right")
		}
		counter = uint64(seconds) / uint64(k.Period)
	}
	switch k.Type {
	case MOTP:
		return motpCode(k.Secret, k.PIN, counter), nil
	case Yandex:
		return yandexCode(k.Secret, k.PIN, counter), nil
	default:
		return k.hotp(counter)
	}
}

// hotp is the code of a counter. The library does the work; it is called below
// its TOTP function, whose counter goes through floating point.
func (k Key) hotp(counter uint64) (string, error) {
	opts := hotp.ValidateOpts{Digits: otp.Digits(k.Digits)}
	switch k.Algorithm {
	case SHA256:
		opts.Algorithm = otp.AlgorithmSHA256
	case SHA512:
		opts.Algorithm = otp.AlgorithmSHA512
	default:
		opts.Algorithm = otp.AlgorithmSHA1
	}
	if k.Type == Steam {
		opts.Encoder = otp.EncoderSteam
	}
	code, err := hotp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(k.Secret), counter, opts)
	if err != nil {
		return "", fmt.Errorf("compute code: %w", err)
	}
	return code, nil
}

// Left returns how long the code of now stays valid, 0 for HOTP.
func (k Key) Left(now time.Time) time.Duration {
	if k.Type == HOTP || k.Period < 1 {
		return 0
	}
	period := int64(k.Period)
	seconds := now.Unix() % period
	if seconds < 0 {
		seconds += period
	}
	return time.Duration(period-seconds)*time.Second - time.Duration(now.Nanosecond())
}
