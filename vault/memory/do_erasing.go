//go:build goexperiment.runtimesecret

package memory

// This file: computing with secrets, in a build with GOEXPERIMENT=runtimesecret.

import (
	"runtime"
	"runtime/secret"
)

// Do runs f and erases the registers and the stack that f used, and what it
// allocated once it is collected; see Forget. What f hands out it therefore
// copies into memory made before. Goroutines that f starts are not erased.
//
// That is so in builds with GOEXPERIMENT=runtimesecret for Linux on amd64 and
// arm64. In others Do overwrites the stack as well as it can.
func Do(f func()) { secret.Do(f) }

// Erases reports whether Do erases all that it should in this build.
func Erases() bool {
	return runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64")
}
