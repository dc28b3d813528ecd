package otp

// This file: Mobile-OTP. A code is the start of an MD5 over the time, the
// secret as lower-case hexadecimal text, and the PIN.

import (
	"crypto/md5" // the algorithm prescribes it
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
)

// motpCode returns the code of a 10-second step counted from 1970.
func motpCode(secret []byte, pin string, step uint64) string {
	text := make([]byte, 0, 20+2*len(secret)+len(pin))
	text = strconv.AppendUint(text, step, 10)
	text = hex.AppendEncode(text, secret)
	text = append(text, pin...)
	defer clear(text)
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:3])
}

// decodeHex reads an mOTP secret. Spaces and dashes are allowed.
func decodeHex(s string) ([]byte, error) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	secret, err := hex.DecodeString(s)
	switch {
	case err != nil: // the library's error may quote a letter of the secret
		return nil, errors.New("mOTP keys are an even number of the letters 0-9 and A-F")
	case len(secret) == 0:
		return nil, errEmptySecret
	case len(secret) > maxSecret:
		return nil, errLongSecret
	}
	return secret, nil
}
