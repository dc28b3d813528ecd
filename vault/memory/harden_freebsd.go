package memory

// This file is what FreeBSD does to shut a process off.

var hardening = []func() error{noCore}
