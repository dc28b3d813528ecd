package tui

// caught.go has a panic in a command end the program as one in Update does: the library
// would tell of it while the screen is still up, or not at all, since nothing waits for
// the goroutine of a command.

import (
	"fmt"
	"runtime/debug"

	tea "charm.land/bubbletea/v2"
)

// catching is a program whose commands do not panic themselves.
type catching struct{ tea.Model }

// panicked is what a command panicked with, and where.
type panicked struct {
	value any
	stack []byte
}

func (c catching) Init() tea.Cmd { return caught(c.Model.Init()) }

func (c catching) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if p, ok := msg.(panicked); ok {
		panic(fmt.Sprintf("%v\n\n%s", p.value, p.stack))
	}
	next, cmd := c.Model.Update(msg)
	return catching{next}, caught(cmd)
}

// caught is cmd, and those of a batch that it brings, with panics as messages. The
// library does not show what is in a sequence.
func caught(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if value := recover(); value != nil {
				msg = panicked{value, debug.Stack()}
			}
		}()
		msg = cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			for i, cmd := range batch {
				batch[i] = caught(cmd)
			}
		}
		return msg
	}
}
