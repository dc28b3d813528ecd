// Package floor is how tests lift the least price of a guess. Go lets only packages
// below vault import it, and of those vaulttest alone changes it.
package floor

// Lifted lets package vault make vaults at any cost that it reads.
var Lifted bool
