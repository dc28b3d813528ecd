package memory

// This file clears the Go heap after a lock.

import (
	"runtime"
	"runtime/debug"
)

// Forget erases what nothing refers to any more and gives it back to the
// operating system. Call it when the keys are wiped, from a goroutine that
// nobody waits for: it takes some ten milliseconds.
func Forget() {
	runtime.GC() // erases what was allocated under Do; the second empties every sync.Pool
	runtime.GC()
	overwrite()
	debug.FreeOSMemory()
}

// overwrite fills the gaps between living objects, where the dead ones lie:
// the collector erases only those allocated under Do, and only in some builds.
// All gaps together have unused bytes, so as much of each size finds every gap.
func overwrite() {
	// Gaps that another thread has set aside for itself are out of reach.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	unused := m.HeapInuse - m.HeapAlloc
	size := uint64(0)
	for _, class := range m.BySize {
		size = uint64(class.Size)
		if size >= 16 { // no key is shorter
			fill(size, unused)
		}
	}
	for size < 32<<10 { // larger objects leave no gaps
		size += 512 // the classes are further apart there
		fill(size, unused)
	}
}

// fill allocates total bytes in objects of size bytes, and as much again in
// objects with pointers, which the heap keeps apart.
func fill(size, total uint64) {
	plain := make([][]byte, total/size)
	for i := range plain {
		plain[i] = make([]byte, size)
	}
	if size > 512 {
		size -= 8 // larger objects with pointers have a header
	}
	pointers := make([][]*byte, total/size)
	for i := range pointers {
		pointers[i] = make([]*byte, size/8)
	}
	runtime.KeepAlive(plain)
	runtime.KeepAlive(pointers)
}
