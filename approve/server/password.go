package server

// Password hashes (argon2id), in the usual $argon2id$ form.

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
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
