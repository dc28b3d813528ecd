//go:build race

package vault

// raced tells that the race detector watches, which makes everything slow.
const raced = true
