package tui

// This file is the program that the tests of the terminal run as a process of
// its own. It panics when it is told to; nod itself has no such keys.

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/vault/vaulttest"
)

// What the process is told by its environment.
const (
	programDir  = "NOD_TUI_PROGRAM" // the directory of the vault; set in the process alone
	programIdle = "NOD_TUI_IDLE"    // seconds
)

// programMain runs nod's program on the vault in dir, with the signals of nod's main.
func programMain(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	c := Config{Place: placeIn(dir), Cost: vaulttest.Cost}
	if n, err := strconv.Atoi(os.Getenv(programIdle)); err == nil {
		c.IdleLock = time.Duration(n) * time.Second
	}
	pid := []byte(strconv.Itoa(os.Getpid()))
	if err := os.WriteFile(filepath.Join(dir, "pid"), pid, 0o600); err != nil {
		fmt.Println(err)
		return 1
	}
	m := newModel(ctx, c)
	p := m.program(&explosive{Model: m}, tea.WithoutSignalHandler())
	defer m.passStops(p)()
	if err := m.run(p); err != nil {
		fmt.Println("nod:", err)
		return 1
	}
	return 0
}

// explosive is the program with keys that make it panic.
type explosive struct {
	*Model
	drawing bool
}

func (e *explosive) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.Code {
		case tea.KeyF9:
			panic("in Update")
		case tea.KeyF10:
			e.drawing = true
			return e, nil
		case tea.KeyF12:
			return e, func() tea.Msg { panic("in a command") }
		}
	}
	_, cmd := e.Model.Update(msg)
	return e, cmd
}

func (e *explosive) View() tea.View {
	if e.drawing {
		panic("in View")
	}
	return e.Model.View()
}
