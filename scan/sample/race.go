//go:build race

package sample

// Raced tells that the race detector watches, which makes everything slow.
const Raced = true
