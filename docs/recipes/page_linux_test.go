package recipes

// This file: what a page says is to be written and run.

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page: a file when it names one in its first two
// lines, as in "# /etc/cron.d/nod"; else commands.
type block struct {
	info string // after the fence, "sh as root"
	file string // "/etc/cron.d/nod", "~/bin/x", or "" for commands
	text string
}

// user is whose the block is: root's if it says so or if the file is outside a home.
func (b block) user() string {
	if strings.HasSuffix(b.info, "as root") || strings.HasPrefix(b.file, "/") {
		return "root"
	}
	return "ana"
}

var (
	fenced = regexp.MustCompile("(?ms)^```([^`\n]*)\n(.*?)^```$")
	named  = regexp.MustCompile(`\A(?:#!.*\n)?# ([~/.]\S*)\n`)
)

// page returns the blocks of a page, but not those of the language text.
func page(t *testing.T, name string) []block {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range fenced.FindAllSubmatch(text, -1) {
		b := block{info: string(m[1]), text: string(m[2])}
		if b.info == "text" {
			continue
		}
		if n := named.FindStringSubmatch(b.text); n != nil {
			b.file = n[1]
		}
		all = append(all, b)
	}
	if len(all) == 0 {
		t.Fatalf("%s has no blocks", name)
	}
	return all
}

// only returns the one file of a page that has this base name.
func only(t *testing.T, blocks []block, base string) block {
	t.Helper()
	for _, b := range blocks {
		if b.file != "" && path.Base(b.file) == base {
			return b
		}
	}
	t.Fatalf("the page has no file %s", base)
	return block{}
}

// with returns the commands of a page that hold a text.
func with(t *testing.T, blocks []block, text string) string {
	t.Helper()
	for _, b := range blocks {
		if b.file == "" && strings.Contains(b.text, text) {
			return b.text
		}
	}
	t.Fatalf("the page has no commands with %s", text)
	return ""
}
