package cli

// This file: `nod doctor` looks at everything that keeps a vault safe and says
// what to do. What it looks at is in doctorvault.go, doctormachine.go and doctorlife.go.

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) doctorCommand() *cobra.Command {
	unlock := false
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "check the vault and this machine, and say what to do",
		Long: `Check the vault's file and its copies, who may read them, how the PIN is protected,
what of this machine keeps secrets, the agent, the clock, the servers that the agent
watches, the rules, clipboard and notifications; no server is asked. A line is ok,
warn (could be better) or FAIL (do something now), and then says what to do. With a
PIN from a flag or the environment, or after --unlock has asked for it, files are
decrypted; else their checksums are checked. The page holds no secrets and no names
of accounts.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDoctor(cmd.Context(), unlock) },
	}
	cmd.Flags().BoolVar(&unlock, "unlock", false, "ask for the PIN, to decrypt what is checked")
	cmd.AddCommand(a.doctorClipboardCommand(), a.doctorNotifyCommand())
	return cmd
}

// level says how bad a finding is.
type level string

const (
	levelOK   level = "ok"
	levelWarn level = "warn"
	levelFail level = "FAIL"
)

// finding is a line of the page.
type finding struct {
	Level level  `json:"level"`
	What  string `json:"what"`
	Fix   string `json:"fix,omitempty"`
}

// doctor collects findings.
type doctor struct {
	*app
	place    vault.Place
	findings []finding
}

func (d *doctor) add(l level, fix, format string, args ...any) {
	d.findings = append(d.findings, finding{l, d.tidy(fmt.Sprintf(format, args...)), d.tidy(fix)})
}

// tidy keeps the name of the person's home, often the person's own, off the page.
func (d *doctor) tidy(text string) string {
	if home := d.home(); len(home) > 1 {
		text = strings.ReplaceAll(text, home, "~")
	}
	return text
}

func (a *app) runDoctor(ctx context.Context, unlock bool) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	d := &doctor{app: a, place: place}
	before, _ := vault.Inspect(place) // opening mends records; an error shows in the files
	a.recordsTold = true              // on the page
	found, opened := d.checkFiles(ctx, unlock)
	if found {
		d.checkRecords(before, opened)
		d.checkSlots()
		d.checkProtection()
	}
	d.checkModes()
	d.checkLeftovers()
	d.checkMemory()
	d.checkDisk()
	d.checkLife(ctx)
	return d.report()
}

// report prints the page. It is an error when something has failed.
func (d *doctor) report() error {
	failed := 0
	for _, f := range d.findings {
		if f.Level == levelFail {
			failed++
		}
	}
	if err := d.page(failed); err != nil {
		return err
	}
	if failed > 0 {
		return &statusError{exit: exitOther, name: "doctor", text: count(failed, "check") + " failed"}
	}
	return nil
}

func (d *doctor) page(failed int) error {
	if d.flags.json {
		return d.printJSON(struct {
			Schema int       `json:"schema"`
			Failed int       `json:"failed"`
			Checks []finding `json:"checks"`
		}{schema, failed, d.findings})
	}
	for _, f := range d.findings {
		line := fmt.Sprintf("%-4s  %s", f.Level, f.What)
		if f.Fix != "" {
			line += "  -  " + f.Fix
		}
		if err := d.print("%s\n", printable(line)); err != nil {
			return err
		}
	}
	return nil
}
