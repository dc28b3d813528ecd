package vault

import "crypto/rand"

// idLetterCount is the length of an id behind its prefix: 30 bits.
const idLetterCount = 6

// idLetters writes the first 30 bits of seed in Crockford's letters.
func idLetters(seed []byte) string {
	id := make([]byte, idLetterCount)
	for i := range id {
		id[i] = crockford[fiveBits(seed, i)]
	}
	return string(id)
}

// newID returns an id that is not taken yet.
func newID(prefix string, taken func(id string) bool) string {
	for {
		seed := make([]byte, 4)
		rand.Read(seed)
		if id := prefix + idLetters(seed); !taken(id) {
			return id
		}
	}
}
