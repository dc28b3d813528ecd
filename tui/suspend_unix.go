//go:build unix

package tui

// This file takes the signal that asks a program to stop. The terminal's library
// only knows the key.

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"
)

// stops takes SIGTSTP. The nil stops does nothing.
type stops struct {
	signals  chan os.Signal
	released atomic.Bool // the terminal is about to be handed back
}

// passStops begins to pass the signal to p, until the returned function is called.
func (m *Model) passStops(p *tea.Program) (end func()) {
	s := &stops{signals: make(chan os.Signal, 1)}
	m.stops = s
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-s.signals:
				if s.released.Load() {
					stopProcess()
				} else {
					p.Send(stopMsg{})
				}
			case <-done:
				return
			}
		}
	}()
	signal.Notify(s.signals, syscall.SIGTSTP)
	return func() {
		signal.Stop(s.signals)
		close(done)
	}
}

// stopProcess stops the process. It takes SIGSTOP, because Go's runtime drops a SIGTSTP
// once it was asked for. In a terminal that runs nothing but nod, or a script
// that does, no shell could continue the process: there it goes on at once.
func stopProcess() {
	signal := syscall.SIGSTOP
	if session, err := unix.Getsid(0); err != nil || session == unix.Getpgrp() {
		signal = syscall.SIGCONT // what tea.Suspend waits for
	}
	_ = syscall.Kill(os.Getpid(), signal) // a process may always signal itself
}

// release makes the next SIGTSTP, which tea.Suspend sends when the terminal is as
// it was before, stop the process.
func (s *stops) release() tea.Msg {
	if s != nil {
		s.released.Store(true)
	}
	return nil
}

// take passes the signal on again, and tells the time.
func (s *stops) take() tea.Msg {
	if s != nil {
		s.released.Store(false)
	}
	return resumedMsg(time.Now())
}
