//go:build !unix

package tui

// This file: a system whose console the library reads by itself.

import tea "charm.land/bubbletea/v2"

// withKeyboard leaves the input to the library.
func withKeyboard() tea.ProgramOption { return func(*tea.Program) {} }
