package cli

// This file: `nod scan` prints the texts of QR codes in pictures, without a vault.

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"nod/scan"
)

func (a *app) scanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "scan FILE...",
		Short: "print the texts of the QR codes in pictures",
		Long: `Print the texts of all QR codes in the pictures, one a line; "-" reads a picture
from standard input. No vault is opened. The texts may hold secrets.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s needs a picture: a file, or - for standard input", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.runScan(args) },
	}
}

type scannedJSON struct {
	Text string `json:"text"`
	File string `json:"file,omitempty"` // where several files were given
}

func (a *app) runScan(files []string) error {
	found := []scannedJSON{}
	for _, name := range files {
		texts, err := a.scanPicture(name)
		if err != nil {
			return err
		}
		for _, text := range texts {
			one := scannedJSON{Text: text}
			if len(files) > 1 {
				one.File = name
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

// scanPicture returns the texts of the QR codes in a file, or in standard input for "-".
func (a *app) scanPicture(name string) ([]string, error) {
	in := a.env.Stdin
	if name == "-" {
		if err := a.stdinTaken("a picture"); err != nil {
			return nil, err
		}
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, &usageError{err: fmt.Errorf("read the picture: %w", err)}
		}
		defer f.Close()
		in = f
	}
	return scanTexts(in, name)
}

func scanTexts(r io.Reader, name string) ([]string, error) {
	result, err := scan.Image(r)
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", name, err)
	}
	var texts []string
	for _, c := range result.Codes {
		texts = append(texts, c.Text)
	}
	return texts, nil
}
