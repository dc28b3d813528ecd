package cli

// This file: the reference of all commands as Markdown, docs/commands.md.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const markdownHead = `# The commands of nod

Written by ` + "`nod docs markdown`" + ` from the commands themselves; do not edit it here.

Answers go to standard output, everything else to standard error. With ` + "`--json`" + ` an
answer is one line of JSON with ` + "`\"schema\": 1`" + `, a stream one line for each event, and an
error one line on standard error:

` + "```json" + `
{"schema":1,"error":{"code":"not_found","message":"nothing matches","hint":"nod ls shows all accounts","exit":5}}
` + "```" + `

The fields are stable; new ones may come. An example shows every field that there can
be, also those that exclude each other. Fields without a value may be left out.

`

// markdown returns the reference of root and all commands below it.
func markdown(root *cobra.Command) (string, error) {
	examples, err := answersOf()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(markdownHead)
	var commands, topics []*cobra.Command
	each(root, func(c *cobra.Command) {
		switch {
		case c.Hidden:
		case isTopic(c):
			topics = append(topics, c)
		default:
			commands = append(commands, c)
		}
	})
	for _, c := range commands {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", c.CommandPath(), manName(c), c.Short)
	}
	fmt.Fprintf(&b, "\n## Flags of every command\n\n%s\n", fenced("", root.PersistentFlags().FlagUsages()))
	for _, c := range commands {
		if err := markdownCommand(&b, c, examples[c.CommandPath()]); err != nil {
			return "", err
		}
	}
	for _, c := range topics {
		fmt.Fprintf(&b, "## nod help %s\n\n%s\n", c.Name(), fenced("", c.Long))
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}

func markdownCommand(b *strings.Builder, c *cobra.Command, example json.RawMessage) error {
	fmt.Fprintf(b, "## %s\n\n%s.\n\n", c.CommandPath(), upper(c.Short))
	if c.Runnable() {
		b.WriteString(fenced("", c.UseLine()) + "\n")
	}
	for _, p := range paragraphs(c.Long) {
		if strings.HasPrefix(p, " ") {
			p = strings.TrimRight(fenced("", p), "\n")
		} else {
			p = strings.NewReplacer("<", `\<`, "*", `\*`, "_", `\_`).Replace(p)
		}
		b.WriteString(p + "\n\n")
	}
	if c.Example != "" {
		b.WriteString(fenced("sh", c.Example) + "\n")
	}
	if flags := localFlags(c).FlagUsages(); flags != "" {
		b.WriteString(fenced("", flags) + "\n")
	}
	if list := exits(c); list != nil {
		b.WriteString("Exit status: " + c.Annotations[exitAnnotation] + " ([what they mean](#nod-help-exit-codes)).\n\n")
	}
	if example == nil {
		return nil
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, example, "", "  "); err != nil {
		return fmt.Errorf("examples.json: %s: %w", c.CommandPath(), err)
	}
	b.WriteString("With `--json`:\n\n" + fenced("json", indented.String()) + "\n")
	return nil
}

// fenced is text as it is.
func fenced(language, text string) string {
	return "```" + language + "\n" + strings.Trim(text, "\n") + "\n```\n"
}

// upper returns text with a capital first letter.
func upper(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
