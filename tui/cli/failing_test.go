package cli

// This file: every command fails as scripts can rely on: with --json one line of
// JSON on standard error, nothing else anywhere, and the right exit status.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"nod/vault/vaulttest"
)

// quietEnv is an environment of its own, without a terminal, a PIN or a server.
func quietEnv(t *testing.T) Env {
	home := t.TempDir()
	vars := map[string]string{"HOME": home, "USERPROFILE": home, "APPDATA": home, "LOCALAPPDATA": home, "NOD_TPM": "none", "NOD_KEYRING": "none"}
	return Env{
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard,
		Getenv: func(name string) string { return vars[name] },
		Now:    time.Now, Cost: vaulttest.Cost, KeyBits: 2048,
		HTTP: &http.Client{},
		Terminal: func() (*Terminal, error) {
			t.Error("--no-input opened the terminal")
			return nil, errors.New("none in this test")
		},
	}
}

// failure returns the error that a run of nod printed as JSON, nil for none.
func printedFailure(t *testing.T, args []string, stderr string) *failure {
	if stderr == "" {
		return nil
	}
	var line struct {
		Schema int
		Error  *failure
	}
	if err := json.Unmarshal([]byte(stderr), &line); err != nil || strings.Count(stderr, "\n") != 1 || line.Schema != 1 || line.Error == nil {
		t.Errorf("nod %s: standard error is not one line with an error in JSON (%v): %q", strings.Join(args, " "), err, stderr)
		return nil
	}
	return line.Error
}

func TestEveryCommandFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want int // -1: any
	}{
		{"unknown flag", []string{"--no-such-flag"}, exitUsage},
		{"bad flag", []string{"--timeout", "soon"}, exitUsage},
		{"time up", []string{"--timeout", "1ns"}, exitTime},
		{"too many arguments", slices.Repeat([]string{"x"}, 99), -1},
		{"no arguments", nil, -1},
		{"no such vault", []string{"--vault", "/nowhere/v.nod", "x", "y"}, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			each((&app{}).rootCommand(), func(c *cobra.Command) {
				path := c.CommandPath()
				if isTopic(c) || tt.want < 0 && runsOn[path] {
					return
				}
				args := slices.Concat(strings.Fields(path)[1:], []string{"--json", "--no-input", "--quiet"}, tt.args)
				if tt.want == exitTime && c.HasSubCommands() && statuses[path] == nil {
					return // needs a command
				}
				if tt.want == exitTime { // what the command needs is said first
					args = slices.Concat(args, placeholders(c))
				}
				fails(t, path, args, tt.want)
			})
		})
	}
}

var placeholder = regexp.MustCompile(`^[A-Z][A-Z=-]*(\.\.\.)?$`)

// placeholders are arguments, and flags, that let c get beyond its usage: the first
// of several ways to call it.
func placeholders(c *cobra.Command) (args []string) {
	depth := 0 // of [...]
	for _, word := range strings.Fields(c.Use)[1:] {
		optional := depth > 0 || strings.HasPrefix(word, "[")
		depth += strings.Count(word, "[") - strings.Count(word, "]")
		switch {
		case optional:
		case word == "|":
			return args
		case strings.HasPrefix(word, "--"):
			args = append(args, word)
		case placeholder.MatchString(word):
			args = append(args, "K=V")
		case strings.Contains(word, "|"):
			args = append(args, "x")
		}
	}
	return args
}

// runsOn are the commands that do not end by themselves, or do something, when they
// are called without arguments.
var runsOn = map[string]bool{"nod server demo": true}

func fails(t *testing.T, path string, args []string, want int) {
	env := quietEnv(t)
	var stdout, stderr bytes.Buffer
	env.Stdout, env.Stderr = &stdout, &stderr
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	status := Run(ctx, env, args)
	f := printedFailure(t, args, stderr.String())
	switch {
	case f == nil && status != exitOK:
		t.Errorf("nod %s: exit status %d and no error", strings.Join(args, " "), status)
	case f != nil && (f.Exit != status || f.Code == "" || f.Message == ""):
		t.Errorf("nod %s: exit status %d, and %+v", strings.Join(args, " "), status, *f)
	case want >= 0 && status != want:
		t.Errorf("nod %s: exit status %d, want %d (%s)%s", strings.Join(args, " "), status, want, exitMeaning(want), stderr.String())
	}
	for line := range strings.Lines(stdout.String()) {
		var d struct{ Schema int }
		if err := json.Unmarshal([]byte(line), &d); err != nil || d.Schema != 1 {
			t.Errorf("nod %s: standard output is not JSON with \"schema\":1 (%v): %q", strings.Join(args, " "), err, line)
			break
		}
	}
}

func TestUnknownCommandFails(t *testing.T) {
	each((&app{}).rootCommand(), func(c *cobra.Command) {
		if c.HasSubCommands() {
			args := slices.Concat(strings.Fields(c.CommandPath())[1:], []string{"no-such-command", "--json", "--quiet"})
			fails(t, c.CommandPath(), args, exitUsage)
		}
	})
	for _, args := range [][]string{
		{"help", "no-such-command", "--json"}, {"--json", "-Z"}, {"--json=maybe"}, {"--json", "code", "--at"}, {"--json", "", "x"},
	} {
		fails(t, "nod", args, exitUsage)
	}
}

// A defect ends with status 1 and a line that tells where, and nothing of the data.
func TestDefectIsReported(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		env := quietEnv(t)
		var stderr bytes.Buffer
		env.Stderr = &stderr
		env.Getenv = func(string) string { panic("4821 is the PIN") }
		args := []string{"status"}
		if asJSON {
			args = append(args, "--json")
		}
		if status := Run(t.Context(), env, args); status != exitOther {
			t.Errorf("exit status %d, want 1", status)
		}
		text := stderr.String()
		if strings.Contains(text, "4821") || !strings.Contains(text, "defect in nod: panic with a string at ") || !strings.Contains(text, "place.go:") {
			t.Errorf("report %q", text)
		}
		if asJSON {
			if f := printedFailure(t, args, text); f == nil || f.Code != "defect" {
				t.Errorf("report %q", text)
			}
		}
	}
	err := guarded(func() error { var none []int; return errors.New(string(rune(none[len(none)]))) })
	if err == nil || !strings.Contains(err.Error(), "index out of range [0] with length 0") {
		t.Errorf("report %v", err)
	}
}
