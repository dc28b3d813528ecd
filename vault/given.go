package vault

// This file hands out codes and remembers which. How they are remembered is in
// givenfile.go.

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"nod/vault/memory"
	"nod/vault/otp"
)

// ErrGiven says that a code was handed out before, or may have been where the
// record of them is missing or damaged.
var ErrGiven = errors.New("this code was handed out before")

// Giving says which code Give hands out. The zero Giving is the present one,
// whether or not it was handed out before.
type Giving struct {
	Fresh bool      // only a code that was never handed out; else ErrGiven
	Next  bool      // the code after that of At
	Ahead bool      // with Code.Next, which counts as handed out then; else it is empty
	At    time.Time // of the code; zero: now
}

// givenAhead is how far ahead of now a code of Giving.At is remembered: one that is farther
// would stay on record for as long.
const givenAhead = 24 * time.Hour

// Give makes the code of account id and remembers that it was handed out, on the
// disk and before it returns, so that no other process gets it with Fresh, nor any
// later one: a server takes each code once. It does not save the vault.
//
// With ErrGiven the Code has nothing but Left: there may be another code after
// that. An HOTP code is always fresh, has no next one, and moves the counter in
// the vault. Times are those of now's clock; At may be up to a day ahead to be
// remembered. Errors: ErrNotFound, ErrLocked, ErrGiven, ErrFull, *BusyError.
func (v *Vault) Give(id string, now time.Time, g Giving) (Code, error) {
	codes, err := v.GiveAll([]string{id}, now, g)
	if len(codes) == 0 {
		return Code{}, err
	}
	return codes[0], err
}

// GiveAll is Give for many accounts in one step of the disk: all codes or none. With
// ErrGiven Left is that of the first account.
func (v *Vault) GiveAll(ids []string, now time.Time, g Giving) ([]Code, error) {
	codes, err := v.giveAll(ids, now, g)
	if err != nil {
		return codes, fmt.Errorf("hand out code: %w", err)
	}
	return codes, nil
}

func (v *Vault) giveAll(ids []string, now time.Time, g Giving) ([]Code, error) {
	keys, err := v.givenKeys()
	if err != nil {
		return nil, err
	}
	defer keys.wipe()
	codes := make([]Code, len(ids))
	var steps []givenStep
	var counters []int
	for i, id := range ids {
		var hotp bool
		var own []givenStep
		memory.Do(func() { codes[i], own, hotp, err = v.prepare(id, now, g, keys) })
		if err != nil {
			return nil, err
		}
		if steps = append(steps, own...); hotp {
			counters = append(counters, i)
		}
	}
	if len(steps) > 0 {
		err := v.given.note(v.site, v.vaultID, keys, now, steps, g.Fresh)
		if errors.Is(err, ErrGiven) {
			return []Code{{Left: steps[0].wait}}, err
		}
		if err != nil {
			return nil, err
		}
	}
	for _, i := range counters {
		if codes[i], err = v.counterCode(ids[i], now); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// prepare makes a code from the clock, and says what to remember of it. hotp tells
// that there is none.
func (v *Vault) prepare(id string, now time.Time, g Giving, keys *givenKeys) (code Code, steps []givenStep, hotp bool, err error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.closed {
		return Code{}, nil, false, ErrLocked
	}
	_, m, err := v.contents.readable(id)
	if err != nil {
		return Code{}, nil, false, err
	}
	defer m.wipe()
	k := m.key()
	if k.Type == otp.HOTP {
		if g.Next || g.Ahead || !g.At.IsZero() {
			return Code{}, nil, false, errors.New("an HOTP code depends on a counter, not on the time")
		}
		return Code{}, nil, true, nil
	}
	at := now
	if !g.At.IsZero() {
		at = g.At
	}
	shift := time.Duration(m.Shift)*time.Millisecond + v.contents.shift
	at = at.Add(shift)
	wait := k.Left(at)
	if g.Next {
		at = at.Add(wait)
	}
	code.Period = time.Duration(k.Period) * time.Second
	code.Left = k.Left(at)
	if g.Next {
		code.Left += wait
	}
	times := []time.Time{at}
	if code.Value, err = k.Code(at); err != nil {
		return Code{}, nil, false, err
	}
	if g.Ahead {
		after := at.Add(k.Left(at))
		times = append(times, after)
		if code.Next, err = k.Code(after); err != nil {
			return Code{}, nil, false, err
		}
	}
	for _, t := range times {
		end := t.Add(k.Left(t) - shift)
		begin := end.Add(-code.Period)
		if !g.At.IsZero() && (end.Before(now.Add(-givenSlack)) || begin.After(now.Add(givenAhead))) {
			continue // it is not due in any time that matters
		}
		steps = append(steps, givenStep{
			mark: keys.mark(k, uint64(t.Unix())/uint64(k.Period)), begins: toMillis(begin), ends: toMillis(end), wait: wait,
		})
	}
	return code, steps, false, nil
}

// givenStep is a code as the record knows it: a time step of a key.
type givenStep struct {
	mark         [markLen]byte
	begins, ends int64 // ms, of the machine's clock
	wait         time.Duration
}

// mark is what stands for a code in the record: a keyed hash, which tells nothing
// about the account. It is that of the key and not of the account's id, so that an
// account that is removed and added again, or stored twice, does not get a code
// twice; and of the device key and not of the vault's, which may change meanwhile.
func (k *givenKeys) mark(key otp.Key, step uint64) (m [markLen]byte) {
	k.hash.Reset()
	b := lp(key.Secret, []byte(key.Type), []byte(key.Algorithm))
	defer clear(b)
	k.hash.Write([]byte{1})
	k.hash.Write(b)
	k.hash.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(key.Period)), step))
	copy(m[:], k.hash.Sum(k.sum[:0]))
	k.hash.Write(make([]byte, sha256.BlockSize)) // over what the hash has kept of the secret
	return m
}
