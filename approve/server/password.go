package server

// Passwords: their hashes (argon2id, in the usual $argon2id$ form) and which ones
// are refused.

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"nod/approve/server/store"
)

// The cost of one password check: the lower one that OWASP names, since a
// sign-in page is open to everyone.
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
	argonLanes  = 1
)

var b64 = base64.RawStdEncoding

// hashPassword returns the encoded hash of password with a fresh salt.
func hashPassword(password string) string {
	salt := randomBytes(16)
	sum := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, 32)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		argonMemory, argonTime, argonLanes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// checkPassword tells whether password has that encoded hash.
func checkPassword(encoded, password string) bool {
	fields := strings.Split(encoded, "$")
	if len(fields) != 6 || fields[1] != "argon2id" {
		return false
	}
	var memory, time uint32
	var lanes uint8
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes); err != nil {
		return false
	}
	salt, err1 := b64.DecodeString(fields[4])
	want, err2 := b64.DecodeString(fields[5])
	if err1 != nil || err2 != nil || time == 0 || lanes == 0 || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// nobody is the hash that passwords of unknown people are checked against, so
// that the answer takes as long as for known ones.
var nobody = sync.OnceValue(func() string { return hashPassword(randomID("", 20)) })

// The lengths of a password (NIST SP 800-63B, 3.1.1.2).
const (
	passwordMin = 8
	passwordMax = 256
)

// firstTried are passwords of 8 characters and more that are tried before all
// others, without the digits and signs at their end.
var firstTried = strings.Fields(`password passw0rd pass abc abcd qwerty qwertz azerty asdf p@ssword p@ssw0rd passwort kennwort motdepasse contrasena
	qwertyui qwertyuiop qwertzuiop azertyuiop asdfghjk asdfghjkl 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsxedc zaq12wsx q1w2e3r4
	iloveyou sunshine princess football baseball superman batman starwars trustno1 whatever computer internet
	welcome letmein changeme administrator admin root test guest default secret access master monkey dragon
	correcthorsebatterystaple teltonika salto buffalo demo-pass`)

// passwordProblem says why user must not choose password, "" when it may be.
// Nothing but length and guesses counts: rules on kinds of characters make
// passwords worse.
func passwordProblem(user store.User, password string) string {
	lower := strings.ToLower(password)
	base := strings.TrimRightFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	local, _, _ := strings.Cut(user.Email, "@")
	switch length := utf8.RuneCountInString(password); {
	case length < passwordMin:
		return fmt.Sprintf("Use at least %d characters.", passwordMin)
	case length > passwordMax:
		return fmt.Sprintf("Use at most %d characters.", passwordMax)
	case slices.Contains(firstTried, lower), slices.Contains(firstTried, base), plain(lower):
		return "This is one of the first passwords people try. Choose another."
	case lower == user.Email, base != "" && slices.Contains([]string{local, user.Login, strings.ToLower(user.Name)}, base):
		return "This is your name or address. Choose another."
	}
	return ""
}

// plain tells whether text is one character again and again, or characters that
// follow each other.
func plain(text string) bool {
	runes := []rune(text)
	step := runes[1] - runes[0]
	if step < -1 || step > 1 {
		return false
	}
	for i := 1; i < len(runes); i++ {
		next := runes[i] - runes[i-1]
		if next != step && !(runes[i-1] == '9' && runes[i] == '0') {
			return false
		}
	}
	return true
}
