// Package memory keeps keys where neither swap, core dumps nor other processes
// find them, and clears away what computing with them leaves behind. It knows
// nothing of vaults: a key is some bytes to it.
package memory

// This file hands out small pieces of one locked region outside the Go heap.

import (
	"fmt"
	"io"
	"sync"
)

const (
	// arenaSize is in bytes. It is what old Linux lets every process lock (64 KiB;
	// 8 MiB since 5.16) and a multiple of all page sizes in use.
	arenaSize = 64 << 10
	// unit is the smallest piece, in bytes: a cache line.
	unit = 64
)

// arena is a region cut into units. It maps the region when the first Buffer is
// asked for, and keeps it to the end of the process.
type arena struct {
	mu     sync.Mutex
	opened bool
	region []byte                 // nil: there is none
	taken  [arenaSize / unit]bool // by unit
	state  error                  // why region is not there or not locked
}

var shared arena

// Buffer is a piece of the arena, or of the heap when the arena is full or not
// there. It never prints. Its methods may be called from several goroutines;
// that nobody uses the bytes while another frees them is the owner's to see to.
type Buffer struct {
	from  *arena
	first int    // unit in from; -1 on the heap
	data  []byte // guarded by from.mu; nil when freed
}

// New returns n zero bytes, for the caller to free.
func New(n int) *Buffer { return shared.take(n) }

// Move returns a copy of secret, for the caller to free, and wipes secret.
func Move(secret []byte) *Buffer {
	b := New(len(secret))
	Do(func() { copy(b.data, secret) })
	clear(secret)
	return b
}

// Bytes returns the bytes themselves, or nil when they were freed. They must
// not be used after Free; so do not keep them, ask again. They are no part of
// the Go heap: crypto/ed25519 ends the program when a private key lies here.
func (b *Buffer) Bytes() []byte {
	if b == nil {
		return nil
	}
	b.from.mu.Lock()
	defer b.from.mu.Unlock()
	return b.data
}

// Clone returns a copy, for the caller to free. The copy of what was freed has
// no bytes.
func (b *Buffer) Clone() *Buffer {
	secret := b.Bytes()
	c := New(len(secret))
	Do(func() { copy(c.data, secret) }) // else a part stays in the registers
	return c
}

// Free wipes the bytes and gives them back. To free again, or nil, does nothing.
func (b *Buffer) Free() {
	if b == nil {
		return
	}
	b.from.mu.Lock()
	defer b.from.mu.Unlock()
	if b.data == nil {
		return
	}
	clear(b.data)
	if b.first >= 0 {
		clear(b.from.taken[b.first:][:units(len(b.data))])
	}
	b.data = nil
}

// Format hides the bytes, whatever the verb.
func (b *Buffer) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "memory [redacted]") // fmt keeps the error of its writer
}

// Locked reports whether Buffers lie in memory that is never swapped out, and
// else why not, with what to do.
func Locked() (locked bool, reason string) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.open()
	if shared.state != nil {
		return false, shared.state.Error()
	}
	return true, ""
}

// open maps the region, once. The caller holds mu.
func (a *arena) open() {
	if !a.opened {
		a.opened = true
		a.region, a.state = mapRegion()
	}
}

// take returns n bytes of the first run of free units that is long enough.
func (a *arena) take(n int) *Buffer {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open()
	first := a.run(units(n))
	if first < 0 {
		return &Buffer{from: a, first: first, data: make([]byte, n)}
	}
	for i := range units(n) {
		a.taken[first+i] = true
	}
	return &Buffer{from: a, first: first, data: a.region[first*unit:][:n:n]}
}

// run returns the first of want free units in a row, or -1.
func (a *arena) run(want int) int {
	length := 0
	for i := range len(a.region) / unit {
		length++
		if a.taken[i] {
			length = 0
		}
		if length == want {
			return i + 1 - want
		}
	}
	return -1
}

// units returns how many units n bytes take; at least one.
func units(n int) int { return max(1, (n+unit-1)/unit) }
