package cli

// This file: the person's directories on Windows. The state stays on this
// machine (LocalAppData); the vault file may roam (AppData).

import "path/filepath"

func (a *app) home() string { return a.env.Getenv("USERPROFILE") }

func systemDir(kind string, getenv func(string) string, _ string) string {
	if kind == "state" {
		if dir := getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, "state")
		}
		return ""
	}
	return getenv("APPDATA")
}
