package source

// This file: running a tool. No shell, nothing to read for it, a limit of time,
// a limit of what it may bring, and a directory of its own for its files.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// maxSaid is how much of a tool's complaints is kept, in bytes.
const maxSaid = 16 << 10

var errTooMuch = errors.New("it brings too much")

// run runs a tool and returns what it writes to standard output.
func (d Desk) run(ctx context.Context, limit time.Duration, most int, name string, args ...string) ([]byte, error) {
	path, err := d.LookPath(name)
	if err != nil {
		return nil, &ToolError{Tool: name, Err: errors.New("it is not installed")}
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(timed, path, args...)
	out := &bounded{most: most, over: cancel}
	said := &bounded{most: maxSaid}
	cmd.Stdout, cmd.Stderr = out, said
	cmd.Env = environment()
	cmd.WaitDelay = time.Second // for a pipe that a child of the tool keeps open
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case out.full:
		return nil, &ToolError{Tool: name, Err: errTooMuch}
	case timed.Err() != nil:
		return nil, &ToolError{Tool: name, Err: fmt.Errorf("it did not answer within %s", limit)}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return nil, &ToolError{Tool: name, Text: short(said.text()), Err: err, said: said.text()}
	}
	return out.kept.Bytes(), nil
}

// picture runs a tool that writes a picture to standard output.
func (d Desk) picture(ctx context.Context, limit time.Duration, name string, args ...string) (Take, error) {
	data, err := d.run(ctx, limit, maxPicture, name, args...)
	if err != nil || len(data) == 0 {
		return Take{}, err
	}
	return Take{Pictures: [][]byte{data}}, nil
}

// files runs a tool that writes the pictures to files, in a directory that
// nobody else can read and that is gone afterwards. args gets n paths.
func (d Desk) files(ctx context.Context, limit time.Duration, n int, name string, args func(paths []string) []string) (Take, error) {
	dir, err := os.MkdirTemp("", "nod-") // made with mode 0700
	if err != nil {
		return Take{}, fmt.Errorf("make a directory for the picture: %w", err)
	}
	defer os.RemoveAll(dir)
	paths := make([]string, n)
	for i := range paths {
		paths[i] = filepath.Join(dir, fmt.Sprintf("%d.png", i+1))
	}
	if _, err := d.run(ctx, limit, maxText, name, args(paths)...); err != nil {
		return Take{}, err
	}
	var t Take
	for _, path := range paths {
		data, err := readFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // there are fewer screens
		}
		if err != nil {
			return Take{}, err
		}
		t.Pictures = append(t.Pictures, data)
	}
	return t, nil
}

// readFile reads a regular file that is no larger than a picture may be.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", filepath.Base(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPicture+1))
	if err == nil && len(data) > maxPicture {
		err = fmt.Errorf("%s is larger than %d MiB", filepath.Base(path), maxPicture>>20)
	}
	return data, err
}

// bounded keeps the first bytes written to it.
type bounded struct {
	kept bytes.Buffer // not embedded: its ReadFrom knows no bounds
	most int
	full bool
	over func() // called when there is too much; may be nil
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - b.kept.Len(); len(p) > room {
		b.kept.Write(p[:room])
		b.full = true
		if b.over != nil {
			b.over()
			return room, errTooMuch
		}
		return len(p), nil
	}
	return b.kept.Write(p)
}

func (b *bounded) text() string { return b.kept.String() }

// short is the first line of what a tool said, fit for a terminal.
func short(said string) string {
	for line := range strings.Lines(said) {
		line = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				return -1
			}
			return r
		}, strings.ToValidUTF8(line, ""))
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		const most = 120
		if r := []rune(line); len(r) > most {
			line = string(r[:most]) + "..."
		}
		return line
	}
	return ""
}
