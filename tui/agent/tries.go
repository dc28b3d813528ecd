package agent

// This file counts the wrong secrets that an agent is given.

import (
	"errors"
	"time"

	"nod/vault"
)

// mostWrong is how many wrong secrets in a row the agent takes, of whatever kind and
// for whatever call (NIST 800-63B 3.2.2 allows a hundred; a PIN's slot in the file ends
// at ten by itself, and this holds for passphrases, too).
const mostWrong = 10

// try has do use a secret, unless it comes too soon or too late, and counts the outcome.
func try[T any](k *keeper, do func() (T, error)) (T, error) {
	if err := k.mayTry(); err != nil {
		var none T
		return none, err
	}
	result, err := do()
	k.tried(err)
	return result, err
}

// mayTry refuses a secret that comes too soon or too late. One that it lets pass is under
// way until tried is called. No more are under way than may be wrong yet: who tries many
// at once gets as many as who tries them one after the other.
func (k *keeper) mayTry() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.trying > 0 && k.wrong+k.trying >= mostWrong {
		k.decided.Wait()
	}
	switch {
	case k.wrong >= mostWrong:
		return ErrTries
	case time.Now().Before(k.retryAt):
		return &vault.WaitError{Until: k.retryAt}
	}
	k.trying++
	return nil
}

// tried counts the outcome of a try: 1, 2, 4 ... 60 s after the third wrong one. The
// tenth locks and wipes the session PIN. An error that is not about the secret counts
// neither way.
func (k *keeper) tried(err error) {
	wrong, ok := errors.AsType[*vault.PINError](err)
	k.mu.Lock()
	k.trying--
	k.decided.Broadcast()
	switch {
	case err == nil:
		k.wrong, k.retryAt = 0, time.Time{}
	case ok:
		k.wrong++
		if k.wrong >= 3 {
			k.retryAt = time.Now().Add(max(wrong.Wait, min(time.Second<<(k.wrong-3), time.Minute)))
		}
	}
	over := k.wrong >= mostWrong
	k.mu.Unlock()
	if over {
		k.lockFor("too many wrong PINs")
	}
}
