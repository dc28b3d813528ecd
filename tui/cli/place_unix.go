//go:build !windows

package cli

// This file: the person's directories on Unix, macOS included: command-line
// programs keep to the XDG layout there, too.

import "path/filepath"

func (a *app) home() string { return a.env.Getenv("HOME") }

func systemDir(kind string, _ func(string) string, home string) string {
	if home == "" {
		return ""
	}
	switch kind {
	case "state":
		return filepath.Join(home, ".local", "state")
	case "config":
		return filepath.Join(home, ".config")
	}
	return filepath.Join(home, ".local", "share")
}
