//go:build !linux

package agent

import "context"

// LockWithMachine does nothing here: no system but Linux with logind tells a program
// without a window that the machine goes to sleep. The limits of time hold.
func LockWithMachine(context.Context, *Server) {}
