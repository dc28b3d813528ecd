package vault

// This file refuses PINs and passphrases that are easily guessed.

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"nod/vault/memory"
)

const (
	shortestPIN        = 4
	longestPIN         = 12
	shortestPassphrase = 12   // characters
	longestPassphrase  = 1024 // bytes
)

// popularPINs are PINs found at the top of leaked lists that no rule covers.
var popularPINs = strings.Fields(`1342 7777 1122 1313 8068 2001 1010 0007 1004 2020 6969 0852 2468 1357 1379 1397
	7410 7412 7890 0911 0420 1314 5201 5683 4200 0070 1123 1129 1233 1236 1235 3210 1478 1470 2589 3690 3692
	147258 159753 159357 147852 258456 258369 142536 520131 112233 654321 696969 789456 456789 789789 741852
	963852 147369 753951 102030 101010 123654 123321 456123 123789 246810 135790 147258369 1234567890 0123456789
	987654321 741852963 123123123 11223344 12344321 20202020 1472583690 12345679 5201314`)

// CheckPIN refuses PINs that are not 4-12 digits (*PINFormatError) or that are
// among the first a thief tries (*WeakPINError, naming the rule). No error holds
// the PIN.
func CheckPIN(pin []byte) (err error) {
	memory.Do(func() { err = checkPIN(pin) })
	return err
}

func checkPIN(pin []byte) error {
	if !isPIN(pin) {
		return &PINFormatError{Reason: "a PIN is 4 to 12 digits"}
	}
	if rule := weakPIN(pin); rule != "" {
		return &WeakPINError{Rule: rule + "; choose another"}
	}
	return nil
}

// isPIN reports whether b is 4-12 ASCII digits.
func isPIN(b []byte) bool {
	if len(b) < shortestPIN || len(b) > longestPIN {
		return false
	}
	return len(bytes.Trim(b, "0123456789")) == 0
}

// weakPIN names the rule that pin falls under, or returns "".
func weakPIN(pin []byte) string {
	n := len(pin)
	switch {
	case steps(pin, 0):
		return "that PIN is one digit repeated"
	case steps(pin, 1):
		return "that PIN counts up"
	case steps(pin, -1):
		return "that PIN counts down"
	case repeats(pin, 2):
		return "that PIN is a pair of digits repeated"
	case n%2 == 0 && repeats(pin, n/2), n%3 == 0 && repeats(pin, n/3):
		return "that PIN repeats its beginning"
	case n == 4 && isYear(pin):
		return "that PIN is a year people are born or marry in"
	case bytes.Equal(pin, []byte("2580")) || bytes.Equal(pin, []byte("0852")):
		return "that PIN is a column of the keypad"
	}
	for _, p := range popularPINs {
		if string(pin) == p {
			return "that PIN is one of the first that people try"
		}
	}
	return ""
}

// steps reports whether each digit is the one before plus step, modulo 10.
func steps(pin []byte, step int) bool {
	for i := 1; i < len(pin); i++ {
		if (int(pin[i-1]-'0')+step+10)%10 != int(pin[i]-'0') {
			return false
		}
	}
	return true
}

// repeats reports whether pin is its first n digits again and again.
func repeats(pin []byte, n int) bool {
	if n < 1 || len(pin)%n != 0 || len(pin) == n {
		return false
	}
	return bytes.Equal(pin[n:], pin[:len(pin)-n])
}

// isYear reports whether pin is a year from 1940 to 2030.
func isYear(pin []byte) bool {
	year := 0
	for _, d := range pin {
		year = 10*year + int(d-'0')
	}
	return year >= 1940 && year <= 2030
}

// CheckPassphrase refuses passphrases that are too easy to guess
// (*WeakPassphraseError): fewer than 12 characters, more than 1024 bytes, or of
// too few different characters. No error holds the passphrase.
func CheckPassphrase(p []byte) (err error) {
	memory.Do(func() { err = checkPassphrase(p) })
	return err
}

func checkPassphrase(p []byte) error {
	weak := func(rule string) error { return &WeakPassphraseError{Rule: rule} }
	if len(p) > longestPassphrase {
		return weak("a passphrase is at most 1024 bytes long")
	}
	if !utf8.Valid(p) {
		return weak("a passphrase is text in UTF-8")
	}
	text := norm.NFC.Append(make([]byte, 0, 3*len(p)), p...) // a copy, which Bytes may not make
	defer clear(text)
	length, kinds := measure(text)
	switch {
	case length < shortestPassphrase:
		return weak("a passphrase has at least 12 characters; four or five random words are good")
	case kinds < 5:
		return weak("that passphrase has too few different characters")
	case kinds == length && runs(text):
		return weak("that passphrase is a row of the alphabet or the digits")
	case repeatsText(text):
		return weak("that passphrase is a short text repeated")
	case len(bytes.Trim(text, "0123456789 ")) == 0 && length < 18:
		return weak("a passphrase of digits alone has at least 18 of them")
	}
	return nil
}

// measure counts the characters of text and the different ones.
func measure(text []byte) (length, kinds int) {
	seen := map[rune]bool{}
	for _, r := range string(text) {
		seen[unicode.ToLower(r)] = true
		length++
	}
	return length, len(seen)
}

// runs reports whether each character of text follows the one before.
func runs(text []byte) bool {
	step := rune(0)
	var last rune
	for i, r := range string(text) {
		if i > 0 {
			if step == 0 {
				step = r - last
			}
			if r-last != step || step < -1 || step > 1 {
				return false
			}
		}
		last = r
	}
	return true
}

// repeatsText reports whether text is a beginning of at most a third of it,
// again and again.
func repeatsText(text []byte) bool {
	for n := 1; n <= len(text)/3; n++ {
		if len(text)%n == 0 && bytes.Equal(text[n:], text[:len(text)-n]) {
			return true
		}
	}
	return false
}
