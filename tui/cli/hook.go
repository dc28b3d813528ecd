package cli

// This file: the program that `nod watch --exec` runs for each change.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"nod/tui/notify"
)

const (
	hookLimit = time.Minute     // one run
	hookQueue = 1000            // runs that wait
	hookPipes = 2 * time.Second // how long what it has left behind may hold its output
)

// hook runs a program again and again, one run at a time. A nil hook does nothing.
type hook struct {
	app     *app
	program string
	args    []string
	calls   chan hookCall
}

// hookCall is one run.
type hookCall struct {
	event, id, app, account string
	line                    []byte // the change as JSON
}

// what names the change; those of a server and of pauses have no request.
func (c hookCall) what() string { return strings.TrimSpace(c.event + " " + c.id) }

// newHook finds the program of --exec; nil without one.
func (a *app) newHook(o watchOptions) (*hook, error) {
	if o.exec == "" {
		return nil, nil
	}
	program, err := exec.LookPath(o.exec)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("--exec: %w", err), hint: "it is one program; its arguments come after --"}
	}
	return &hook{app: a, program: program, args: o.args, calls: make(chan hookCall, hookQueue)}, nil
}

// start begins to run what is called; stop ends the run that is under way, drops the
// others and returns when all has ended.
func (h *hook) start(ctx context.Context) (stop func()) {
	if h == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for c := range h.calls {
			if ctx.Err() == nil {
				h.run(ctx, c)
			}
		}
	}()
	return func() {
		cancel()
		close(h.calls)
		<-done
	}
}

// call has a change handed to the program, after those before it.
func (h *hook) call(c hookCall) {
	select {
	case h.calls <- c:
	default:
		h.app.warn("hook %s: %d runs wait; it is not run for %s", h.program, hookQueue, c.what())
	}
}

// run runs the program once.
func (h *hook) run(ctx context.Context, c hookCall) {
	limited, cancel := context.WithTimeout(ctx, hookLimit)
	defer cancel()
	cmd := exec.CommandContext(limited, h.program, h.args...)
	cmd.Env = append(os.Environ(),
		"NOD_EVENT="+c.event, "NOD_REQUEST_ID="+c.id, "NOD_APP="+printable(c.app), "NOD_ACCOUNT="+printable(c.account))
	cmd.Stdin = bytes.NewReader(c.line)
	cmd.Stdout, cmd.Stderr = h.app.env.Stderr, h.app.env.Stderr
	cmd.WaitDelay = hookPipes
	notify.OwnGroup(cmd)
	err := cmd.Run()
	switch {
	case ctx.Err() != nil || err == nil || errors.Is(err, exec.ErrWaitDelay):
	case limited.Err() != nil:
		h.app.warn("hook %s took longer than %s for %s, and was ended", h.program, hookLimit, c.what())
	default:
		h.app.warn("hook %s failed for %s: %v", h.program, c.what(), err)
	}
}
