package cli

// This file: `nod server outbox` shows the messages to people, and `nod server
// reset-2fa` resets a second factor.

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverOutboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "outbox", Short: "mails and text messages: list, show", Args: noArgs, RunE: parent,
		Long: `Mails wait in the outbox until the mail server takes them. Where none is named, or no
gateway for text messages, they are kept here for a week, to be read. What was sent
keeps no text: it may have been a code.`,
	}
	cmd.AddCommand(a.outboxListCommand(), a.outboxShowCommand())
	return cmd
}

func (a *app) outboxListCommand() *cobra.Command {
	var p serverPlace
	most := 0
	cmd := &cobra.Command{
		Use: "list", Short: "list the newest messages, without their text", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if most < 1 {
				return usagef("--limit %d: use 1 or more", most)
			}
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				messages, err := s.Outbox(ctx, most)
				if err != nil {
					return err
				}
				return a.printOutbox(messages)
			})
		},
	}
	p.register(cmd)
	cmd.Flags().IntVar(&most, "limit", 50, "at most this `number` of messages")
	return cmd
}

func (a *app) printOutbox(messages []server.Message) error {
	for i := range messages {
		messages[i].Body = "" // it may hold a code; outbox show has it
	}
	if a.flags.json {
		return a.printJSON(struct {
			Schema   int              `json:"schema"`
			Messages []server.Message `json:"messages"`
		}{schema, messages})
	}
	rows := [][]string{{"ID", "TIME", "KIND", "TO", "SUBJECT", "STATE", "TRIES", "PROBLEM"}}
	for _, m := range messages {
		rows = append(rows, []string{fmt.Sprint(m.ID), m.At.Format(time.DateTime), m.Kind, m.To, m.Subject, m.State, fmt.Sprint(m.Tries), m.Problem})
	}
	return a.table(rows)
}

func (a *app) outboxShowCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use: "show ID", Short: "show a message with its text", Args: oneArg("id of a message"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usagef("%q is not the id of a message", args[0])
			}
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				m, err := s.MessageOf(ctx, id)
				if err != nil {
					return err
				}
				return a.answer(struct {
					Schema int `json:"schema"`
					server.Message
				}{schema, m}, "to: %s\nsubject: %s\nstate: %s %s\n\n%s\n", printable(m.To), printable(m.Subject), m.State, printable(m.Problem), printable(m.Body))
			})
		},
	}
	p.register(cmd)
	return cmd
}

func (a *app) serverResetCommand() *cobra.Command {
	var p serverPlace
	var profile, reason, checked string
	cmd := &cobra.Command{
		Use:   "reset-2fa E-MAIL",
		Short: "reset a person's second factor at a site",
		Long: `Remove all methods, devices and recovery codes of a person at a site and end their
sessions there: they sign in with the password and set it up again. Reason and how
identity was checked stand in the audit log, and the person is told by mail.`,
		Example: `  nod server reset-2fa ben@example.org --profile rms --reason 'lost the phone' --checked 'in person'`,
		Args:    oneArg("e-mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if profile == "" {
				return &usageError{err: fmt.Errorf("--profile is missing"), hint: "name the site with --profile: nod server policy show lists them"}
			}
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				if err := s.ResetTwoStep(ctx, profile, args[0], reason, checked); err != nil {
					return err
				}
				return a.printLink(args[0], "")
			})
		},
	}
	p.register(cmd)
	cmd.Flags().StringVar(&profile, "profile", "", "the `site`")
	cmd.Flags().StringVar(&reason, "reason", "", "`why` it is reset")
	cmd.Flags().StringVar(&checked, "checked", "", "`how` it was checked who asks")
	return cmd
}
