package cli

// This file: `nod server audit` reads and checks the audit log, and `nod server
// outbox` the messages.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverAuditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "the audit log: list, verify, export", Args: noArgs, RunE: parent,
		Long: `Each entry of the audit log is authenticated together with the one before it, with a
key of the server: what was changed, removed or added from outside shows.`,
	}
	cmd.AddCommand(a.auditListCommand(), a.auditVerifyCommand(), a.auditExportCommand())
	return cmd
}

// auditFlags choose entries.
type auditFlags struct {
	query server.AuditQuery
	since string
}

func (f *auditFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.query.Type, "type", "", "only entries whose `type` begins so: login, device.removed")
	cmd.Flags().StringVar(&f.query.Actor, "actor", "", "only what this `person`, device or app did")
	cmd.Flags().StringVar(&f.query.Subject, "subject", "", "only what was done to this `person` or thing")
	cmd.Flags().StringVar(&f.since, "since", "", "only what was later: a `time` back (24h), a date or an RFC 3339 time")
}

func (f *auditFlags) read(now time.Time) (server.AuditQuery, error) {
	if f.since == "" {
		return f.query, nil
	}
	if back, err := time.ParseDuration(f.since); err == nil && back > 0 {
		f.query.From = now.Add(-back)
		return f.query, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, f.since); err == nil {
			f.query.From = at
			return f.query, nil
		}
	}
	return f.query, &usageError{err: fmt.Errorf("--since %q is no time", f.since), hint: "write it as 24h, 2026-11-22 or 2026-11-22T21:00:00Z"}
}

func (a *app) auditListCommand() *cobra.Command {
	var p serverPlace
	var f auditFlags
	most := 0
	cmd := &cobra.Command{
		Use: "list", Short: "list the newest entries, the newest last", Args: noArgs,
		Example: "  nod server audit list --type login --since 24h\n  nod server audit list --subject ana@example.org --limit 200",
		RunE: func(cmd *cobra.Command, _ []string) error {
			query, err := f.read(a.env.Now())
			if err != nil {
				return err
			}
			if most < 1 {
				return usagef("--limit %d: use 1 or more", most)
			}
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				entries, err := s.NewestAudit(ctx, query, most)
				if err != nil {
					return err
				}
				return a.printAudit(entries)
			})
		},
	}
	p.register(cmd)
	f.register(cmd)
	cmd.Flags().IntVar(&most, "limit", 50, "at most this `number` of entries")
	return cmd
}

func (a *app) printAudit(entries []server.AuditEntry) error {
	if a.flags.json {
		return a.printJSON(struct {
			Schema  int                 `json:"schema"`
			Entries []server.AuditEntry `json:"entries"`
		}{schema, entries})
	}
	rows := [][]string{{"NO", "TIME", "TYPE", "ACTOR", "SUBJECT", "ADDRESS", "DETAIL"}}
	for _, e := range entries {
		rows = append(rows, []string{fmt.Sprint(e.Seq), e.At.Format(time.DateTime), e.Type, e.Actor, e.Subject, e.IP, e.Detail})
	}
	return a.table(rows)
}

func (a *app) auditVerifyCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use: "verify", Short: "check every entry; the exit status is 1 when one is not as it was written", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				state, err := s.CheckAudit(ctx)
				if err != nil {
					return err
				}
				text := fmt.Sprintf("chain ok up to #%d", state.Checked)
				if state.Broken > 0 {
					text = fmt.Sprintf("chain broken at #%d of %d: %s", state.Broken, state.Entries, state.Problem)
				}
				if err := a.answer(struct {
					Schema int  `json:"schema"`
					OK     bool `json:"ok"`
					server.AuditState
				}{schema, state.Broken == 0, state}, "%s\n", text); err != nil || state.Broken == 0 {
					return err
				}
				return &statusError{exit: exitOther, name: "audit_broken", text: "the audit log was changed from outside", hint: "keep this store as it is, and look into a backup"}
			})
		},
	}
	p.register(cmd)
	return cmd
}

func (a *app) auditExportCommand() *cobra.Command {
	var p serverPlace
	var f auditFlags
	output := ""
	cmd := &cobra.Command{
		Use: "export", Short: "write the log as JSON, one entry a line, the oldest first", Args: noArgs,
		Long: `Write the entries as JSON, one a line. That the log was exported stands in it.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query, err := f.read(a.env.Now())
			if err != nil {
				return err
			}
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				return a.exportAudit(ctx, s, query, output)
			})
		},
	}
	p.register(cmd)
	f.register(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "-", "the `file` to make; - is standard output")
	return cmd
}

func (a *app) exportAudit(ctx context.Context, s *server.Server, query server.AuditQuery, output string) (err error) {
	to := a.env.Stdout
	if output != "-" {
		f, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return &statusError{exit: exitConflict, name: "exists", text: output + " exists", hint: "name another file"}
		}
		if err != nil {
			return fmt.Errorf("export audit log: %w", err)
		}
		defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
		to = f
	}
	return writeLines(to, func(write func(server.AuditEntry) error) error { return s.ExportAudit(ctx, query, write) })
}

// writeLines writes what each hands over as JSON, one a line.
func writeLines(to io.Writer, each func(write func(server.AuditEntry) error) error) error {
	w := bufio.NewWriter(to)
	lines := json.NewEncoder(w)
	err := each(func(e server.AuditEntry) error { return lines.Encode(e) })
	return errors.Join(err, w.Flush())
}
