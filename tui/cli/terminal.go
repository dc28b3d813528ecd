package cli

// This file: asking a person at the terminal.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Terminal is where a person answers questions; In and Out may be one file.
type Terminal struct{ In, Out *os.File }

// Close closes both sides.
func (t *Terminal) Close() {
	_ = t.In.Close()
	if t.Out != t.In {
		_ = t.Out.Close()
	}
}

// errNoTerminal says that nobody can be asked.
var errNoTerminal = errors.New("there is no terminal to ask at")

// terminal opens the person's terminal unless asking was forbidden.
func (a *app) terminal() (*Terminal, error) {
	if a.flags.noInput || a.env.Getenv("NOD_NO_INPUT") != "" || a.env.Terminal == nil {
		return nil, errNoTerminal
	}
	t, err := a.env.Terminal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoTerminal, err)
	}
	return t, nil
}

// askable tells whether a person can be asked.
func (a *app) askable() bool {
	t, err := a.terminal()
	if err != nil {
		return false
	}
	t.Close()
	return true
}

// ask prints question and reads a line.
func (a *app) ask(ctx context.Context, question string) (string, error) {
	t, err := a.terminal()
	if err != nil {
		return "", err
	}
	defer t.Close()
	return t.ask(ctx, question)
}

// ask prints question and reads a line.
func (t *Terminal) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(t.Out, question)
	line, err := interruptible(ctx, func() ([]byte, error) { return readLine(t.In) })
	return strings.TrimSpace(string(line)), err
}

// askHidden prints question and reads a line that the terminal does not show.
// It puts the terminal right again when ctx ends meanwhile, and asks anew, as
// hidden as before, when the program was stopped and goes on.
func (a *app) askHidden(ctx context.Context, question string) ([]byte, error) {
	t, err := a.terminal()
	if err != nil {
		return nil, err
	}
	defer t.Close()
	fd := int(t.In.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, fmt.Errorf("ask at the terminal: %w", err)
	}
	defer func() { _ = term.Restore(fd, before) }()
	if err := stopEcho(fd); err != nil { // before the question: people type fast
		return nil, fmt.Errorf("ask at the terminal: %w", err)
	}
	defer onResume(func() {
		_ = stopEcho(fd) // the shell has turned it on
		fmt.Fprint(t.Out, question)
	})()
	fmt.Fprint(t.Out, question)
	line, err := interruptible(ctx, func() ([]byte, error) { return readHidden(t.In) })
	fmt.Fprintln(t.Out)
	a.asked = a.asked || err == nil
	return line, err
}

// interruptible runs read, but does not wait for it once ctx has ended: a
// terminal read can not be called off.
func interruptible(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		line []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := read()
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		if errors.Is(r.err, io.EOF) { // Ctrl+D
			return nil, context.Canceled
		}
		return r.line, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// readLine reads to the first newline and not past it: a Terminal may be
// opened again for the next question.
func readLine(r io.Reader) ([]byte, error) {
	line, err := bufio.NewReaderSize(r, 4096).ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	return append([]byte(nil), line...), err
}

// isTerminal tells whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
