// Package vaulttest gives the tests of other packages vaults that open at once.
// Programs do not import it: in one that does, vaults may be made at any cost.
package vaulttest

import (
	"nod/vault"
	"nod/vault/internal/floor"
	"nod/vault/internal/waits"
)

// Cost is far below vault.FloorCost: a test that opens a vault is seldom about what
// a guess costs. It has the floor's four lanes, which work in goroutines of their own.
var Cost = vault.Cost{Memory: 1 << 10, Passes: 1, Lanes: 4}

func init() {
	floor.Lifted = true
	waits.Longer = 20
}
