//go:build !unix

package tui

// This file: a system without the signal that asks a program to stop.

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// stops does nothing here.
type stops struct{}

func (m *Model) passStops(*tea.Program) (end func()) { return func() {} }

func (s *stops) release() tea.Msg { return nil }

func (s *stops) take() tea.Msg { return resumedMsg(time.Now()) }
