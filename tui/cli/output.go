package cli

// This file: printing answers, warnings and progress.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// print writes an answer as text.
func (a *app) print(format string, args ...any) error {
	if _, err := fmt.Fprintf(a.env.Stdout, format, args...); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// printJSON writes an answer as one line of JSON.
func (a *app) printJSON(answer any) error {
	line, err := jsonLine(answer)
	if err == nil {
		_, err = a.env.Stdout.Write(line)
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// jsonLine is answer as one line of JSON, in which nothing stands that steers a terminal.
func jsonLine(answer any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer); err != nil {
		return nil, err
	}
	var line bytes.Buffer
	for _, r := range out.String() { // which is UTF-8, and has such signs in texts alone; those below were escaped
		if r >= 0x7f && steers(r) {
			fmt.Fprintf(&line, `\u%04x`, r)
		} else {
			line.WriteRune(r)
		}
	}
	return line.Bytes(), nil
}

// answer prints object with --json, else text.
func (a *app) answer(object any, format string, args ...any) error {
	if a.flags.json {
		return a.printJSON(object)
	}
	return a.print(format, args...)
}

// warn tells the person something that is not the answer.
func (a *app) warn(format string, args ...any) {
	if !a.flags.quiet {
		fmt.Fprintf(a.env.Stderr, "nod: warning: %s\n", printable(fmt.Sprintf(format, args...)))
	}
}

// say tells of progress.
func (a *app) say(format string, args ...any) {
	if !a.flags.quiet {
		fmt.Fprintln(a.env.Stderr, printable(fmt.Sprintf(format, args...)))
	}
}

// table prints rows in columns, the first row being the heads.
func (a *app) table(rows [][]string) error {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		for i, text := range row {
			row[i] = cell(text)
		}
		fmt.Fprintln(w, strings.Join(row, "\t")) // empty cells, too, or the columns go astray
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	for line := range strings.Lines(out.String()) {
		if _, err := fmt.Fprintln(a.env.Stdout, strings.TrimRight(line, " \n")); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}
