//go:build !goexperiment.runtimesecret

package memory

// This file: computing with secrets, in a build without GOEXPERIMENT=runtimesecret.

import "runtime"

// Do runs f and erases the registers and the stack that f used, and what it
// allocated once it is collected; see Forget. What f hands out it therefore
// copies into memory made before. Goroutines that f starts are not erased.
//
// That is so in builds with GOEXPERIMENT=runtimesecret for Linux on amd64 and
// arm64. In others Do overwrites the stack as well as it can.
func Do(f func()) {
	burn() // the stack grows here and not inside f, where its copies would stay
	defer burn()
	f()
}

// Erases reports whether Do erases all that it should in this build.
func Erases() bool { return false }

// burn zeroes more stack than anything under Do uses.
//
//go:noinline
func burn() {
	var deep [48 << 10]byte
	clear(deep[:])
	runtime.KeepAlive(&deep)
}
