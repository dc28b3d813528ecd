//go:build race

package tui

// raced tells that the race detector watches, which makes everything slow.
const raced = true
