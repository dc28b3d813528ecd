package vault

// This file is about the price of one guess: Argon2id, its limits, and how it
// is fitted to this machine.

import (
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/crypto/argon2"

	"nod/vault/internal/floor"
)

// Cost is the price of one guess at a PIN or passphrase: Argon2id's parameters.
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
	Lanes  uint8
}

// FloorCost is the cheapest cost that Create accepts: RFC 9106's second choice.
var FloorCost = Cost{Memory: 64 << 10, Passes: 3, Lanes: 4}

// lowestCost is what newPasswordSlot accepts. Tests of the format lower it.
var lowestCost = FloorCost

// readable reports whether c is within the reader's caps, so that a hostile
// file can not take the machine's memory or time.
func (c Cost) readable() bool {
	return c.Lanes >= 1 && c.Lanes <= largestLanes &&
		c.Passes >= 1 && c.Passes <= largestPasses &&
		c.Memory >= 8*uint32(c.Lanes) && c.Memory <= largestMemory
}

// writable reports whether c may be chosen for a new slot.
func (c Cost) writable() bool {
	return c.readable() && (floor.Lifted ||
		c.Memory >= lowestCost.Memory && c.Passes >= lowestCost.Passes && c.Lanes >= lowestCost.Lanes)
}

// append writes c as it stands in a slot.
func (c Cost) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, c.Memory)
	b = binary.BigEndian.AppendUint32(b, c.Passes)
	return append(b, c.Lanes)
}

// perMiBPass is what one pass over one MiB costs on one core of an ordinary
// machine: 0.93 s for 256 MiB and 3 passes, 0.22 s for 64 MiB and 3 (measured).
const perMiBPass = 1200 * time.Microsecond

// Guess returns about how long one processor core works on one guess.
func (c Cost) Guess() time.Duration {
	return time.Duration(c.Memory>>10) * time.Duration(c.Passes) * perMiBPass
}

// affordable refuses a cost that this machine has no memory for, before any is
// taken: the kernel would end the process in the middle of it.
func (c Cost) affordable() error { return c.affordableIn(freeMemory()) }

// affordableIn is affordable with free KiB of memory, 0 when that is not known.
func (c Cost) affordableIn(free uint64) error {
	if free == 0 || uint64(c.Memory) <= free/2 {
		return nil
	}
	return fmt.Errorf("one try takes %d MiB of memory, and nod may take half of the %d MiB that are free: "+
		"end other programs", c.Memory>>10, free>>10)
}

// stretch runs Argon2id. It gives the memory back at once, because a program
// that sits in a terminal for days must not keep hundreds of MiB.
func (c Cost) stretch(secret, salt []byte) []byte {
	defer debug.FreeOSMemory()
	return argon2.IDKey(secret, salt, c.Passes, c.Memory, c.Lanes, keyLen)
}

// The bounds of one guess that Calibrate aims at.
const (
	shortGuess = 500 * time.Millisecond
	longGuess  = time.Second
)

// Calibrate measures this machine (0.5-1 s a guess, never under the floor of
// 64 MiB, 3 passes, 4 lanes). It takes one to three seconds.
func Calibrate() Cost {
	return calibrate(freeMemory(), func(c Cost) time.Duration {
		start := time.Now()
		c.stretch([]byte("calibrate"), make([]byte, saltLen))
		return time.Since(start)
	})
}

// calibrate doubles the memory while one guess is shorter than wanted, then
// adds a pass. free is in KiB, 0 when not known; no guess takes more than a
// quarter of it.
func calibrate(free uint64, measure func(Cost) time.Duration) Cost {
	const most = 512 << 10 // KiB
	best := FloorCost
	took := measure(best)
	for took < shortGuess && best.Memory < most {
		next := best
		next.Memory *= 2
		if free != 0 && uint64(next.Memory) > free/4 || 2*took > longGuess {
			break
		}
		nextTook := measure(next)
		if nextTook > longGuess {
			return best
		}
		best, took = next, nextTook
	}
	if took < shortGuess {
		best.Passes++
	}
	return best
}
