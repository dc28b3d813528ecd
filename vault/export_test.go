package vault

import (
	"testing"
	"time"

	"nod/vault/protect"
)

// This file opens the package to its own tests, and to nobody else.

// cheapCost is far below the floor: it tests the format, not the price.
var cheapCost = Cost{Memory: 64, Passes: 1, Lanes: 1}

// cheap lets tests make vaults at cheapCost.
func cheap(t testing.TB) {
	t.Helper()
	was := lowestCost
	lowestCost = cheapCost
	t.Cleanup(func() { lowestCost = was })
}

// patience sets how long a change waits for the lock.
func patience(t testing.TB, d time.Duration) {
	t.Helper()
	was := lockPatience
	lockPatience = d
	t.Cleanup(func() { lockPatience = was })
}

// onMachine gives vaults the machine id of root, a directory with etc/machine-id.
func onMachine(t testing.TB, root string) {
	t.Helper()
	was := protectors
	protectors = func(p Place) []protect.Protector {
		return []protect.Protector{protect.Device{Dir: p.State}, protect.Machine{Root: root}}
	}
	t.Cleanup(func() { protectors = was })
}
