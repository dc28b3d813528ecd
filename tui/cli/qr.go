package cli

// This file: the QR code of `nod show`, for standard output or a file.

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"nod/scan/draw"
	"nod/tui"
	"nod/vault/otp"
)

// qrOptions say where a QR code goes.
type qrOptions struct {
	show  bool
	file  string // "-" is standard output
	force bool
}

func (o *qrOptions) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.show, "qr", false, "draw the link as a QR code, for a phone")
	cmd.Flags().StringVar(&o.file, "qr-file", "", "write the QR code to `file`.png or .svg (mode 0600); - writes a PNG to standard output")
	cmd.Flags().BoolVar(&o.force, "force", false, "with --qr-file: replace a file that is there already")
}

func (o *qrOptions) wanted() bool { return o.show || o.file != "" }

// checkQR refuses what can not work, before a PIN is asked for.
func (a *app) checkQR(o showOptions) error {
	switch {
	case o.qr.force && o.qr.file == "":
		return usagef("--force goes with --qr-file")
	case o.qr.file == "-" && (o.secret || o.qr.show || a.flags.json):
		return usagef("standard output can not hold both a picture and another answer")
	case o.qr.file == "-" && isTerminal(a.env.Stdout):
		return &usageError{
			err:  fmt.Errorf("a PNG picture is nothing for a terminal"),
			hint: "name a file, or use it in a pipe: nod show ID --qr-file - | PROGRAM",
		}
	case o.qr.show && isTerminal(a.env.Stdout) && a.env.Getenv("TERM") == "dumb":
		return &usageError{err: fmt.Errorf("this terminal can not draw"), hint: qrFileHint}
	case o.qr.file == "" || o.qr.file == "-":
		return nil
	}
	return named(o.qr.file, draw.CheckName(o.qr.file, o.qr.force))
}

const qrFileHint = "write a picture: nod show ID --qr-file FILE.png"

// named puts the file's name before an error about it.
func named(file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", file, err)
}

// showQR hands over the QR code of a key.
func (a *app) showQR(key otp.Key, o showOptions) error {
	if !o.qr.wanted() {
		return nil
	}
	link := tui.QRLink(key)
	if o.qr.file != "" {
		if err := a.writeQR(link, o); err != nil {
			return err
		}
	}
	var drawing string
	if o.qr.show {
		var err error
		if drawing, err = a.drawQR(link); err != nil {
			return err
		}
	}
	if note := tui.QRNote(key); note != "" { // above the drawing, which is to be seen whole
		a.say("%s", note)
	}
	if o.qr.show {
		return a.printQR(drawing, o)
	}
	return nil
}

// writeQR writes a picture.
func (a *app) writeQR(link string, o showOptions) error {
	if o.qr.file == "-" {
		return a.pipeQR(link)
	}
	if err := named(o.qr.file, draw.WriteFile(o.qr.file, link, o.qr.force)); err != nil {
		return err
	}
	a.warn("%s holds the secret: whoever sees it can make the account's codes; remove it when it has been scanned", o.qr.file)
	if a.flags.json && (o.secret || o.qr.show) {
		return nil // one answer is enough
	}
	return a.answer(struct {
		Schema int    `json:"schema"`
		File   string `json:"file"`
	}{schema, o.qr.file}, "%s\n", o.qr.file)
}

// pipeQR writes a PNG to standard output.
func (a *app) pipeQR(link string) error {
	code, err := draw.Sturdy(link)
	if err != nil {
		return err
	}
	data, err := code.PNG(0)
	if err != nil {
		return err
	}
	if _, err := bytes.NewReader(data).WriteTo(a.env.Stdout); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// drawQR draws for standard output.
func (a *app) drawQR(link string) (string, error) {
	code, err := draw.Small(link)
	if err != nil {
		return "", err
	}
	style := draw.Style{Margin: draw.Margin, ASCII: a.flags.ascii || a.narrowCharset()}
	if isTerminal(a.env.Stdout) {
		if style, err = a.fitQR(code, style); err != nil {
			return "", err
		}
	}
	return strings.Join(code.Lines(style), "\n") + "\n", nil
}

// printQR prints a drawing.
func (a *app) printQR(drawing string, o showOptions) error {
	if isTerminal(a.env.Stdout) {
		a.warn("the QR code holds the secret; clear the terminal and its scrollback when it has been scanned")
	}
	if !a.flags.json {
		return a.print("%s", drawing)
	}
	if o.secret {
		return nil // the link is there already
	}
	return a.printJSON(struct {
		Schema int    `json:"schema"`
		QR     string `json:"qr"`
		File   string `json:"file,omitempty"`
	}{schema, drawing, o.qr.file})
}

// fitQR finds the largest margin with which the code is seen whole. A code that is
// wrapped or scrolled in part can not be scanned, so that is refused.
func (a *app) fitQR(code *draw.Code, style draw.Style) (draw.Style, error) {
	columns, lines, err := term.GetSize(int(a.env.Stdout.(*os.File).Fd()))
	if err != nil || columns <= 0 || lines <= 0 || a.flags.json {
		return style, nil // the person sees whether it fits
	}
	var width, height int
	for _, style.Margin = range []int{draw.Margin, 2, 1} {
		width, height = code.Cells(style)
		if width <= columns && height < lines { // a line is the prompt's
			return style, nil
		}
	}
	return style, &usageError{
		err:  fmt.Errorf("the QR code needs a window of %dx%d; this one has %dx%d", width, height+1, columns, lines),
		hint: "make the window larger or its letters smaller, or " + qrFileHint,
	}
}

// narrowCharset tells whether the locale names a character set other than UTF-8.
// One that is not set says nothing.
func (a *app) narrowCharset() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(a.env.Getenv(name)); value != "" {
			return !strings.Contains(value, "utf-8") && !strings.Contains(value, "utf8")
		}
	}
	return false
}
