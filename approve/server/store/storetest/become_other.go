//go:build !unix

package storetest

import "os/exec"

// become does nothing: no server is started here.
func (user) become(*exec.Cmd) {}
