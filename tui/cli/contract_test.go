package cli

// This file: every exit status that a command promises is shown by a script, and
// no script shows another; docs/commands.md and the manual pages are up to date.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// endless are the commands that are done only when nobody reads on: hook.txtar shows it.
var endless = map[string]bool{"nod watch": true}

// Each command that runs, but for those that help hides, has a row in statuses, and each row a command.
func TestEveryCommandPromises(t *testing.T) {
	paths := map[string]bool{}
	each((&app{}).rootCommand(), func(c *cobra.Command) {
		path := c.CommandPath()
		paths[path] = true
		if _, ok := statuses[path]; c.Runnable() && !c.Hidden && !c.HasSubCommands() && !ok {
			t.Errorf("%s promises no exit status: add to statuses in contract.go\n\t%q: nil, // or opening, for a command that opens the vault", path, path)
		}
	})
	for path, own := range statuses {
		if !paths[path] {
			t.Errorf("statuses in contract.go has %q, which is no command: take it out", path)
		}
		for _, n := range own {
			if exitMeaning(n) == "" {
				t.Errorf("statuses in contract.go: %q has %d, which exitMeanings does not", path, n)
			}
		}
	}
}

// shown are the exit statuses that the scripts show of each command, by path, with
// a line that shows it.
func shown(t *testing.T) map[string]map[int]string {
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	all := map[string]map[int]string{}
	root := (&app{}).rootCommand()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := shownIn{root: root, file: filepath.Base(file), text: string(text), started: map[string][]string{}, all: all}
		for line := range strings.Lines(s.text) {
			s.line(strings.TrimSpace(line))
		}
	}
	return all
}

// shownIn reads one script.
type shownIn struct {
	root       *cobra.Command
	file, text string
	started    map[string][]string // arguments of nod, by job
	all        map[string]map[int]string
}

var conditions = regexp.MustCompile(`^(\[[^]]*\] *)+`)

func (s *shownIn) line(line string) {
	words := split(conditions.ReplaceAllString(line, ""))
	at := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch {
	case (at(0) == "exec" || at(0) == "retry") && at(1) == "nod":
		s.note(words[2:], 0, line)
	case at(0) == "exits" && at(2) == "nod":
		s.note(words[3:], number(at(1)), line)
	case at(0) == "start" && at(2) == "nod":
		s.started[at(1)] = words[3:]
	case (at(0) == "finish" || at(0) == "interrupt") && s.started[at(1)] != nil:
		s.note(s.started[at(1)], number(at(2)), line)
	case at(0) == "term":
		s.note(words[2:], s.termStatus(at(1)), line)
	case at(0) == "paired":
		s.note([]string{"init"}, 0, line)
		s.note([]string{"pair"}, 0, line)
	}
}

func (s *shownIn) note(args []string, status int, line string) {
	c, _, err := s.root.Find(args)
	if err != nil || c == nil || status < 0 {
		return // wrong on purpose
	}
	path := c.CommandPath()
	if s.all[path] == nil {
		s.all[path] = map[int]string{}
	}
	s.all[path][status] = s.file + ": " + line
}

// termStatus is what the steps for `term FILE` say that nod ends with.
func (s *shownIn) termStatus(file string) int {
	_, steps, ok := strings.Cut(s.text, "-- "+file+" --\n")
	if !ok {
		return -1
	}
	steps, _, _ = strings.Cut(steps, "\n-- ")
	status := 0
	for step := range strings.Lines(steps) {
		switch words := strings.Fields(step); {
		case len(words) == 2 && words[0] == "status":
			status = number(words[1])
		case len(words) == 2 && words[0] == "signal":
			status = exitInterrupted
		}
	}
	return status
}

// number reads a status, -1 for none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// split cuts a line into words as scripts do: '...' is one.
func split(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 0 {
			words = append(words, strings.Fields(part)...)
		} else {
			words = append(words, part)
		}
	}
	return words
}

// Of the statuses of everywhere, 1, 2, 7 and 130, TestEveryCommandFails shows 2 and 7
// of every command; 1 and 130 are shown where a script can bring them about.
func TestEveryStatusOfEveryCommandHasScript(t *testing.T) {
	all := shown(t)
	each((&app{}).rootCommand(), func(c *cobra.Command) {
		path := c.CommandPath()
		own, ok := statuses[path]
		if !ok {
			return
		}
		want := slices.Clone(own)
		if !full[path] && !endless[path] {
			want = append(want, exitOK)
		}
		for _, n := range want {
			if all[path][n] != "" {
				continue
			}
			line := fmt.Sprintf("exits %d %s ARGS", n, path)
			if n == exitOK {
				line = "exec " + path + " ARGS"
			}
			t.Errorf("no script shows that %s ends with %d (%s): add a line such as\n\t%s\nto a script of testdata/script, or take %d from its row in contract.go",
				path, n, exitMeaning(n), line, n)
		}
		for n, line := range all[path] {
			if !slices.Contains(exits(c), n) {
				t.Errorf("%s ends with %d (%s) in %s\nbut its row in contract.go does not say so: add the constant of %d to statuses[%q]", path, n, exitMeaning(n), line, n, path)
			}
		}
	})
}

func TestCommandReferenceIsUpToDate(t *testing.T) {
	want, err := markdown((&app{}).rootCommand())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "..", "docs", "commands.md"))
	if err != nil || string(got) != want {
		t.Errorf("docs/commands.md is not what the commands say now (%v): write it anew with\n\tgo run . docs markdown > docs/commands.md", err)
	}
}

// Each command's answer is in the reference, each answer there is of a command.
func TestExamplesFitCommands(t *testing.T) {
	all, err := answersOf()
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]bool{}
	each((&app{}).rootCommand(), func(c *cobra.Command) {
		path := c.CommandPath()
		paths[path] = true
		if _, ok := statuses[path]; ok && !full[path] && all[path] == nil {
			t.Errorf("examples.json does not show what %s --json prints: let a script run it, and then\n\tNOD_TEST_EXAMPLES=write go test ./tui/cli -run TestScripts/NAME_OF_THE_SCRIPT", path)
		}
	})
	for path := range all {
		if !paths[path] {
			t.Errorf("examples.json has %q, which is no command: take it out", path)
		}
	}
}

// groff finds nothing to warn of in the manual pages.
func TestManPagesAreClean(t *testing.T) {
	dir := t.TempDir()
	if status := Run(t.Context(), quietEnv(t), []string{"docs", "man", dir}); status != 0 {
		t.Fatalf("nod docs man: exit status %d", status)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "nod*.1"))
	if err != nil || len(pages) < 60 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	if _, err := exec.LookPath("groff"); err != nil {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatalf("with NOD_TEST_REAL=1: %v", err)
		}
		t.Skip(err)
	}
	out, err := exec.Command("groff", append([]string{"-man", "-Tutf8", "-ww", "-P-cbou"}, pages...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "warning:") || strings.Contains(string(out), "error:") {
		t.Errorf("groff: %v\n%s", err, out)
	}
	if n := strings.Count(string(out), "\nNAME\n"); n != len(pages) {
		t.Errorf("groff shows %d of %d pages", n, len(pages))
	}
}
