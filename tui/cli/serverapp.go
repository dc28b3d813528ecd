package cli

// This file: `nod server app` looks after the apps that may ask for a second
// factor, or use the admin API.

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverAppCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "app", Short: "apps of others that ask this server: list, add, rotate, close", Args: noArgs, RunE: parent,
		Long: `Apps are programs of others. An app of a site asks this server for the second step of
a sign-in; one of the profile admin uses the admin API. Their secrets are shown once.`,
	}
	cmd.AddCommand(a.appListCommand(), a.appAddCommand(), a.appRotateCommand(), a.appCloseCommand())
	return cmd
}

func (a *app) appListCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use: "list", Short: "list the apps", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				apps, err := s.Apps(ctx)
				if err != nil {
					return err
				}
				return a.printApps(apps)
			})
		},
	}
	p.register(cmd)
	return cmd
}

func (a *app) printApps(apps []server.AppInfo) error {
	if a.flags.json {
		return a.printJSON(struct {
			Schema int              `json:"schema"`
			Apps   []server.AppInfo `json:"apps"`
		}{schema, apps})
	}
	rows := [][]string{{"ID", "NAME", "PROFILE", "STATE", "MADE", "WEBHOOK"}}
	for _, x := range apps {
		state := "open"
		switch {
		case x.Closed:
			state = "closed"
		case !x.OldUntil.IsZero():
			state = "old secret until " + x.OldUntil.Format(time.DateTime)
		}
		rows = append(rows, []string{x.ID, x.Name, x.Profile, state, x.Made.Format(time.DateOnly), x.Webhook})
	}
	return a.table(rows)
}

func (a *app) appAddCommand() *cobra.Command {
	var p serverPlace
	var profile, webhook string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "add an app, and print what it signs in with", Args: oneArg("name"),
		Example: "  nod server app add Wiki --profile keys --webhook https://wiki.example.org/nod",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				secret, err := s.AddApp(ctx, args[0], profile, webhook)
				if err != nil {
					return err
				}
				return a.printSecret(secret)
			})
		},
	}
	p.register(cmd)
	cmd.Flags().StringVar(&profile, "profile", "", "the `site` whose people it asks about, or admin for the admin API")
	cmd.Flags().StringVar(&webhook, "webhook", "", "`address` that is told of each end")
	return cmd
}

func (a *app) printSecret(secret server.AppSecret) error {
	text := secret.ID + "\n" + secret.Token + "\n"
	if secret.WebhookKey != "" {
		text += secret.WebhookKey + "\n"
	}
	a.say("%s: the id, what it sends as Bearer, and the key of its webhook if it has one; they are not shown again", secret.Name)
	return a.answer(struct {
		Schema int `json:"schema"`
		server.AppSecret
	}{schema, secret}, "%s", text)
}

func (a *app) appRotateCommand() *cobra.Command {
	var p serverPlace
	var now bool
	cmd := &cobra.Command{
		Use: "rotate ID", Short: "give an app another secret; the old one works for a day more", Args: oneArg("id of an app"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				secret, err := s.RotateApp(ctx, args[0], now)
				if err != nil {
					return err
				}
				return a.printSecret(secret)
			})
		},
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&now, "now", false, "the old secret has leaked: it ends at once")
	return cmd
}

func (a *app) appCloseCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use: "close ID", Short: "end an app for good", Args: oneArg("id of an app"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				if err := s.CloseApp(ctx, args[0]); err != nil {
					return err
				}
				return a.answer(struct {
					Schema int    `json:"schema"`
					Closed string `json:"closed"`
				}{schema, args[0]}, "%s\n", args[0])
			})
		},
	}
	p.register(cmd)
	return cmd
}
