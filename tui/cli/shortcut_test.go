package cli

import (
	"strings"
	"testing"
)

func TestRunsHere(t *testing.T) {
	for line, want := range map[string]bool{
		"":                          false,
		"code":                      true,
		"code github ana":           true,
		"code --json --fresh x":     true,
		"code --type totp x":        true,
		"code --type=totp x":        true,
		"code --type":               false,
		"code x --copy":             false,
		"code -c x":                 false,
		"code --help":               false,
		"code -- --json":            false,
		"code --json=false x":       false,
		"code --watch x":            false,
		"code --all":                false,
		"code --timeout 5s x":       false,
		"code --pin-file f x":       false,
		"code --vault f x":          false,
		"code --format {{.Locked}}": false,
		"status":                    true,
		"status --format --json":    true, // the format is --json
		"status --format={{.Down}}": true,
		"status --format {{range}}": false,
		"status --profile work":     false,
		"ls":                        false,
		"unlock":                    false,
	} {
		if got := runsHere(strings.Fields(line)); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
}
