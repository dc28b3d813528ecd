//go:build !race

package scan

// raced tells that the race detector watches, which makes everything slow.
const raced = false
