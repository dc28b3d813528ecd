package memory

// This file: Windows has nothing here that is simple and holds.

var hardening []func() error
