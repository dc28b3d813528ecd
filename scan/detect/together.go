package detect

// This file: work on all processors at once, with the same result as one after
// the other.

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// atOnce calls do for 0 to n-1, in any order, and waits for all.
func atOnce(n int, do func(i int)) {
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(i)
		}
	}
	var others sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}

// fewRows are done by one goroutine sooner than by two.
const fewRows = 64

// inHalves calls do for the rows 0 to n-1, in two parts at once.
func inHalves(n int, do func(from, to int)) {
	if n < fewRows {
		do(0, n)
		return
	}
	atOnce(2, func(i int) { do(i*n/2, (i+1)*n/2) })
}

// A way is one to find codes. It may give up, with any answer, once it has ended.
type way func(ended func() bool) []Code

// firstOf goes several ways at once and returns what the first of them, in their
// order, finds. Those after it end.
func firstOf(ways []way) []Code {
	found := make([][]Code, len(ways))
	var first atomic.Int64 // way that found something
	first.Store(int64(len(ways)))
	atOnce(len(ways), func(i int) {
		ended := func() bool { return first.Load() < int64(i) }
		if ended() {
			return
		}
		found[i] = ways[i](ended)
		for now := first.Load(); len(found[i]) > 0 && int64(i) < now; now = first.Load() {
			first.CompareAndSwap(now, int64(i))
		}
	})
	if n := first.Load(); n < int64(len(ways)) {
		return found[n]
	}
	return nil
}
