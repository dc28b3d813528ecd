package cli

// This file: a command as a manual page, in the man macros of troff.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// localFlags are the flags of c that other commands do not have, without --help.
func localFlags(c *cobra.Command) *pflag.FlagSet {
	local := pflag.NewFlagSet(c.Name(), pflag.ContinueOnError)
	local.SortFlags = c.Flags().SortFlags
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !f.Hidden && c.Root().PersistentFlags().Lookup(f.Name) == nil {
			local.AddFlag(f)
		}
	})
	return local
}

// flagNames are the names of flags.
func flagNames(flags *pflag.FlagSet) (names []string) {
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// manPage returns the page of c. It has no date, so that it is the same each time.
func manPage(c *cobra.Command, example json.RawMessage) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.TH "%s" "1" "" "nod" "nod manual"`, troff(strings.ToUpper(manName(c))))
	line(".SH NAME\n%s \\- %s", troff(manName(c)), troff(c.Short))
	use := c.UseLine()
	if isTopic(c) {
		use = "nod help " + c.Name()
	}
	line(".SH SYNOPSIS\n.nf\n%s\n.fi", troff(use))
	if c.Long != "" {
		line(".SH DESCRIPTION")
		for i, p := range paragraphs(c.Long) {
			if i > 0 {
				line(".PP")
			}
			if strings.Contains("\n"+p, "\n ") { // columns, or commands to type
				p = ".nf\n" + troff(p) + "\n.fi"
			} else {
				p = troff(p)
			}
			line("%s", p)
		}
	}
	manFlags(&b, "OPTIONS", localFlags(c))
	if c == c.Root() {
		manFlags(&b, "OPTIONS OF EVERY COMMAND", c.PersistentFlags())
	}
	if list := exits(c); list != nil {
		line(".SH EXIT STATUS")
		for _, n := range list {
			line(".TP\n%d\n%s", n, troff(exitMeaning(n)))
		}
	}
	if c.Example != "" {
		line(".SH EXAMPLES\n.nf\n%s\n.fi", troff(strings.TrimRight(c.Example, "\n")))
	}
	var indented bytes.Buffer
	if example != nil && json.Indent(&indented, example, "", "  ") == nil {
		line(".SH JSON\nWith \\-\\-json, every field that there can be:\n.PP\n.nf\n%s\n.fi", troff(indented.String()))
	}
	manSeeAlso(&b, c)
	return b.String()
}

func manFlags(b *strings.Builder, head string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", head)
	flags.VisitAll(func(f *pflag.Flag) {
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		if value != "" {
			value = ` \fI` + troff(value) + `\fR`
		}
		switch f.DefValue {
		case "", "0", "false", "[]", "0s", "-1":
		default:
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, ".TP\n\\fB%s\\fR%s\n%s\n", troff(name), value, troff(usage))
	})
}

// manSeeAlso names the commands around c.
func manSeeAlso(b *strings.Builder, c *cobra.Command) {
	var pages []string
	if c.HasParent() {
		pages = append(pages, manName(c.Parent()))
	}
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			pages = append(pages, manName(sub))
		}
	}
	if len(pages) == 0 {
		return
	}
	b.WriteString(".SH SEE ALSO\n")
	for i, page := range pages {
		comma := ","
		if i == len(pages)-1 {
			comma = ""
		}
		fmt.Fprintf(b, ".BR %s (1)%s\n", troff(page), comma)
	}
}

// troff keeps text from being read as requests.
func troff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
