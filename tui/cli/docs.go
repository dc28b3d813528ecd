package cli

// This file: `nod docs` writes the commands' reference, as manual pages or as
// Markdown, from the same tree that --help shows.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) docsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "docs", Short: "the manual pages and the reference of all commands", Args: noArgs, RunE: parent}
	cmd.AddCommand(&cobra.Command{
		Use:   "man DIR",
		Short: "write the manual pages into a directory",
		Long: `Write nod.1 and a page for each command, such as nod-code.1, into DIR, which is
made. Pages that are there are replaced. With MANPATH or under share/man/man1
man shows them: man nod-code.`,
		Args: oneArg("directory"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runMan(cmd.Root(), args[0]) },
	}, &cobra.Command{
		Use:   "markdown",
		Short: "print the reference of all commands as Markdown",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := markdown(cmd.Root())
			if err != nil {
				return err
			}
			return a.answer(struct {
				Schema int    `json:"schema"`
				Text   string `json:"text"`
			}{schema, text}, "%s", text)
		},
	})
	return cmd
}

func (a *app) runMan(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &usageError{err: fmt.Errorf("write the manual pages: %w", err)}
	}
	examples, err := answersOf()
	if err != nil {
		return err
	}
	files := []string{}
	var failed error
	each(root, func(c *cobra.Command) {
		if c.Hidden || failed != nil {
			return
		}
		file := filepath.Join(dir, manName(c)+".1")
		if failed = os.WriteFile(file, []byte(manPage(c, examples[c.CommandPath()])), 0o644); failed == nil {
			files = append(files, file)
		}
	})
	if failed != nil {
		return fmt.Errorf("write the manual pages: %w", failed)
	}
	return a.answer(struct {
		Schema int      `json:"schema"`
		Files  []string `json:"files"`
	}{schema, files}, "%s\n", strings.Join(files, "\n"))
}

// manName is the name of a command's page, "nod-code".
func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// paragraphs cuts a help text at its empty lines; those whose first line is
// indented are to be shown as they are.
func paragraphs(text string) []string {
	var all []string
	for p := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		if p != "" {
			all = append(all, p)
		}
	}
	return all
}

// isTopic tells whether c is a help topic: text and nothing to run.
func isTopic(c *cobra.Command) bool { return !c.Runnable() && !c.HasSubCommands() }
