package cli

// This file: `nod scan` prints the texts of QR codes, without a vault.

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"nod/scan"
)

func (a *app) scanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "scan FILE|DIR|-|clipboard|screen|region|camera...",
		Short: "print the texts of the QR codes in pictures or on the screen",
		Long: `Print the texts of all QR codes, one a line. They are looked for in
` + sourcesHelp + `.
No vault is opened. The texts may hold secrets.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s needs a picture: a file, - for standard input, clipboard, screen, region or camera", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.runScan(cmd.Context(), args) },
	}
}

type scannedJSON struct {
	Text string `json:"text"`
	File string `json:"file,omitempty"` // where several files were given
	// Part and Parts are there where Text is a part of one in so many codes.
	Part  int `json:"part,omitempty"`
	Parts int `json:"parts,omitempty"`
}

func (a *app) runScan(ctx context.Context, names []string) error {
	found := []scannedJSON{}
	for _, name := range names {
		sights, err := a.sight(ctx, name)
		if err != nil {
			return err
		}
		for _, s := range sights {
			one := scannedJSON{Text: s.text, Part: s.part, Parts: s.parts}
			if len(names) > 1 || s.file != "" && s.file != name {
				one.File = firstOf(s.file, name)
			}
			found = append(found, one)
		}
	}
	if a.flags.json {
		if err := a.printJSON(struct {
			Schema int           `json:"schema"`
			Codes  []scannedJSON `json:"codes"`
		}{schema, found}); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return errNoQR
	}
	if a.flags.json {
		return nil
	}
	for _, one := range found {
		text := one.Text
		if isTerminal(a.env.Stdout) {
			text = printable(text) // a picture is a stranger's text
		}
		if err := a.print("%s\n", text); err != nil {
			return err
		}
	}
	return nil
}

// readCodes is the one place where a command reads a picture or a drawn code.
func readCodes(r io.Reader) (scan.Result, error) { return scan.Read(r) }

// removeFiles deletes pictures, and returns what could not be deleted.
func removeFiles(names []string) (errs []error) {
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
