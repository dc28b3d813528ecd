package memory

// This file shuts the process off from others.

// Harden keeps other processes of the same user from reading this one's memory
// or attaching to it (Linux; on macOS debuggers only), and the kernel from
// writing it to a core dump (Linux, macOS, FreeBSD). Root still can. Call it
// before anything secret is read. Processes started from here can be read, but
// write no core dumps either. The errors say what the system refused; the
// process works all the same.
func Harden() []error {
	var refused []error
	for _, step := range hardening {
		if err := step(); err != nil {
			refused = append(refused, err)
		}
	}
	return refused
}
