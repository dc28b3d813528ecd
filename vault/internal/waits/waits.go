// Package waits is how tests give a busy machine more time: a TPM, a keyring, an
// ssh-agent and a process that saves are as slow there as everything else. Go lets only
// packages below vault import it, and of those vaulttest and vault's own tests alone
// change it.
package waits

import "time"

// Longer is by how much.
var Longer time.Duration = 1

// For is how long to wait where d would do.
func For(d time.Duration) time.Duration { return Longer * d }
