package cli

// This file: what surrounds the run of every command: the time limit of --timeout,
// reading without waiting past it, and the report of a defect of nod.

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

// begin puts the time limit of --timeout on all that cmd does, and reads --pin-file - as
// --pin-stdin.
func (a *app) begin(cmd *cobra.Command) error {
	ctx := cmd.Context()
	switch {
	case a.flags.timeout < 0 || cmd.Flags().Changed("timeout") && a.flags.timeout == 0:
		return &usageError{err: fmt.Errorf("--timeout %s is no time to wait", a.flags.timeout), hint: "write it as 30s or 2m"}
	case cmd.Flags().Changed("pin-file") && a.flags.pinFile == "": // a script's variable that is not set
		return usagef("--pin-file names no file")
	case cmd.Flags().Changed("pin-fd") && a.flags.pinFD < 0:
		return usagef("there is no file descriptor %d", a.flags.pinFD)
	case a.flags.timeout > 0:
		ctx, a.release = context.WithTimeoutCause(ctx, a.flags.timeout, errTimeUp)
		a.limit = ctx
		cmd.SetContext(ctx)
	}
	if a.flags.pinFile == "-" {
		a.flags.pinFile, a.flags.pinStdin = "", true
	}
	a.ended = ctx.Done()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// await returns what read returns, but does not wait for it once the run is to
// end: a read of a pipe can not be called off.
func await[T any](a *app, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-a.ended:
		var none T
		if a.limit != nil && a.limit.Err() != nil {
			return none, context.Cause(a.limit)
		}
		return none, context.Canceled
	}
}

// over tells whether err is await's own.
func (a *app) over(err error) bool {
	return errors.Is(err, errTimeUp) || errors.Is(err, context.Canceled)
}

// defectError is a panic: a defect of nod. It does not hold what the program was
// working on, which may be secret: of the panic's value only what Go itself says.
type defectError struct{ what, where string }

func (e *defectError) Error() string { return "defect in nod: " + e.what + " at " + e.where }

// guarded runs do, and returns a *defectError if it panics.
func guarded(do func() error) (err error) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		e := &defectError{what: fmt.Sprintf("panic with a %T", value), where: origin()}
		if known, ok := value.(runtime.Error); ok {
			e.what = strings.TrimPrefix(known.Error(), "runtime error: ")
		}
		err = e
	}()
	return do()
}

// origin names the place of nod's code that has panicked, and its callers. It is
// called while panicking.
func origin() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var places []string
	for {
		f, more := frames.Next()
		if name, ok := strings.CutPrefix(f.Function, "nod/"); ok && len(places) < 4 {
			places = append(places, fmt.Sprintf("%s (%s:%d)", name, path.Base(f.File), f.Line))
		}
		if !more {
			return strings.Join(places, " < ")
		}
	}
}
