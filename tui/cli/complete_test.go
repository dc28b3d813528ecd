package cli

// This file: every exit status and every command's --json has a script.

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func scripts(t *testing.T) string {
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
		all.WriteByte('\n')
	}
	return all.String()
}

func TestEveryStatusHasScript(t *testing.T) {
	text := scripts(t)
	for _, e := range exitMeanings {
		if e.code == exitOK { // exec is that
			continue
		}
		n := strconv.Itoa(e.code)
		if !regexp.MustCompile(`(?m)^(exits ` + n + ` nod|(finish|interrupt) \w+ ` + n + `$)`).MatchString(text) {
			t.Errorf("no script ends with exit status %d (%s)", e.code, e.meaning)
		}
	}
}

// full are the commands that open the full-screen program.
var full = map[string]bool{"nod": true, "nod demo": true}

func TestEveryCommandHasJSONScript(t *testing.T) {
	text := scripts(t)
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			check(sub)
		}
		if path := c.CommandPath(); c.Runnable() && !c.Hidden && !c.HasSubCommands() && !full[path] {
			if !regexp.MustCompile(`(?m)^(exec|exits \d+|start \w+) ` + path + `\b.* --json`).MatchString(text) {
				t.Errorf("no script runs %s --json", path)
			}
		}
	}
	check((&app{}).rootCommand())
}

// Every flag and command says what it does, and long texts fit a terminal.
func TestHelpIsComplete(t *testing.T) {
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		if c.Short == "" {
			t.Errorf("%s has no short text", c.CommandPath())
		}
		for line := range strings.Lines(c.Long) {
			if len([]rune(line)) > 86 {
				t.Errorf("%s: long line %q", c.CommandPath(), line)
			}
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check((&app{}).rootCommand())
}
