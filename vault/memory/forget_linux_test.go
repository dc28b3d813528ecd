package memory

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"unsafe"
)

// litter makes objects of many sizes that hold mark, lets three of four die and
// returns where those lie and what keeps the others alive.
//
//go:noinline
func litter(mark []byte) (dead []uintptr, living [][]byte) {
	for size := len(mark); size < 30<<10; size += size/8 + 1 {
		for i := range 40 {
			b := make([]byte, size)
			copy(b, mark)
			if i%4 == 0 {
				living = append(living, b)
			} else {
				dead = append(dead, uintptr(unsafe.Pointer(unsafe.SliceData(b))))
			}
		}
	}
	return dead, living
}

// remaining counts the places in the memory of this process that hold mark.
func remaining(t *testing.T, mark []byte, places []uintptr) int {
	t.Helper()
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	n := 0
	found := make([]byte, len(mark))
	for _, at := range places {
		if _, err := mem.ReadAt(found, int64(at)); err == nil && bytes.Equal(found, mark) {
			n++
		}
	}
	return n
}

func TestForgetErasesTheHeap(t *testing.T) {
	mark := []byte("a mark that no program would hold by itself")
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // no object is gone before its time
	dead, living := litter(mark)
	if n := remaining(t, mark, dead); n < len(dead) {
		t.Fatalf("only %d of %d objects can be found before", n, len(dead))
	}
	Forget()
	if n := remaining(t, mark, dead); n > 0 {
		t.Errorf("%d of %d dead objects are still there", n, len(dead))
	}
	for _, b := range living {
		if !bytes.HasPrefix(b, mark) {
			t.Fatal("a living object was erased")
		}
	}
	runtime.KeepAlive(living)
}

// TestDoErases leaves a key on the stack and on the heap inside Do.
func TestDoErases(t *testing.T) {
	mark := []byte("a key that only lives inside of Do, really!!")
	var places []uintptr
	Do(func() {
		for range 100 {
			b := bytes.Clone(mark)
			places = append(places, uintptr(unsafe.Pointer(unsafe.SliceData(b))))
		}
		places = append(places, onStack(mark)...)
	})
	if n := remaining(t, mark, places[100:]); n > 0 {
		t.Errorf("%d copies are on the stack", n)
	}
	runtime.GC()
	if n := remaining(t, mark, places[:100]); Erases() && n > 0 {
		t.Errorf("%d copies are on the heap", n)
	}
	Forget()
	if n := remaining(t, mark, places); n > 0 {
		t.Errorf("%d copies are there after Forget", n)
	}
}

// onStack copies mark to the stack, deeper and deeper, and says where to.
//
//go:noinline
func onStack(mark []byte) []uintptr {
	var at []uintptr
	var down func(n int)
	down = func(n int) {
		var b [600]byte
		copy(b[:], mark)
		at = append(at, uintptr(unsafe.Pointer(&b)))
		if n > 0 {
			down(n - 1)
		}
		runtime.KeepAlive(&b)
	}
	down(40)
	return at
}
