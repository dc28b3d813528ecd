package vault

// This file writes and reads the recovery code.

import (
	"errors"
	"math/big"
	"strings"
)

const (
	recoveryBytes   = 20
	recoveryLetters = 32
	groupLetters    = 4

	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	// checkSymbols are the letters of the check symbol, a number modulo 37.
	checkSymbols = crockford + "*~$=U"
)

var errRecoveryCode = errors.New("that is not a recovery code")

// formatRecoveryCode writes 20 bytes as people copy them.
func formatRecoveryCode(code []byte) string {
	var b strings.Builder
	for i := range recoveryLetters {
		if i > 0 && i%groupLetters == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(crockford[fiveBits(code, i)])
	}
	b.WriteByte('-')
	b.WriteByte(checkSymbols[checkValue(code)])
	return b.String()
}

// fiveBits returns letter i of code.
func fiveBits(code []byte, i int) byte {
	var v byte
	for bit := 5 * i; bit < 5*i+5; bit++ {
		v = v<<1 | code[bit/8]>>(7-bit%8)&1
	}
	return v
}

// checkValue is Crockford's check: the whole number modulo 37.
func checkValue(code []byte) int {
	n := new(big.Int).SetBytes(code)
	return int(n.Mod(n, big.NewInt(int64(len(checkSymbols)))).Int64())
}

// parseRecoveryCode reads a typed code, for the caller to wipe.
func parseRecoveryCode(text []byte) ([]byte, error) {
	code := make([]byte, recoveryBytes)
	n := 0
	check := -1
	for _, c := range text {
		if c == '-' || c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			continue
		}
		v := letterValue(c)
		if check >= 0 || v < 0 || n < recoveryLetters && v >= len(crockford) {
			clear(code)
			return nil, errRecoveryCode
		}
		if n == recoveryLetters {
			check = v
			continue
		}
		for bit := range 5 {
			at := 5*n + bit
			code[at/8] |= byte(v>>(4-bit)&1) << (7 - at%8)
		}
		n++
	}
	if check < 0 || check != checkValue(code) {
		clear(code)
		return nil, errRecoveryCode
	}
	return code, nil
}

// letterValue reads one letter as Crockford wants it: case does not matter, O
// is 0, I and L are 1. It returns -1 for what is none.
func letterValue(c byte) int {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch c {
	case 'O':
		c = '0'
	case 'I', 'L':
		c = '1'
	}
	return strings.IndexByte(checkSymbols, c)
}
