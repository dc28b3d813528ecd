//go:build !linux && !freebsd

package protect

// machineFiles is empty: this system keeps its machine id in no file, so vaults
// made here go without that part.
var machineFiles []string
