package cli

// This file: `nod server user` looks after people.

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverUserCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "people: list, add, invite, close, unlock, make administrator", Args: noArgs, RunE: parent}
	cmd.AddCommand(a.userListCommand(), a.userAddCommand(), a.userInviteCommand(), a.userAdminCommand(),
		a.userDoCommand("close", "close an account: its sessions and sign-ins end at once", (*server.Server).CloseUser),
		a.userDoCommand("reopen", "open a closed account again", (*server.Server).ReopenUser),
		a.userDoCommand("unlock", "forget the wrong passwords and codes of a person", (*server.Server).UnlockUser))
	return cmd
}

func (a *app) userListCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use: "list", Short: "list all people with their second factors", Args: noArgs,
		Example: "  nod server user list\n  nod server user list --json | jq -r '.users[] | select(.closed | not) | .email'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withServer(cmd.Context(), p, a.listUsers)
		},
	}
	p.register(cmd)
	return cmd
}

func (a *app) listUsers(ctx context.Context, s *server.Server) error {
	users, err := s.Users(ctx)
	if err != nil {
		return err
	}
	if a.flags.json {
		return a.printJSON(struct {
			Schema int              `json:"schema"`
			Users  []server.Account `json:"users"`
		}{schema, users})
	}
	rows := [][]string{{"E-MAIL", "NAME", "ROLE", "STATE", "LAST SIGN-IN", "TWO-FACTOR"}}
	for _, u := range users {
		role, state, seen := "user", "open", "never"
		if u.Admin {
			role = "administrator"
		}
		switch {
		case u.Closed:
			state = "closed"
		case u.Invited:
			state = "invited"
		}
		if !u.SignedIn.IsZero() {
			seen = u.SignedIn.Format(time.DateTime)
		}
		rows = append(rows, []string{u.Email, u.Name, role, state, seen, factorsText(u.TwoFactor)})
	}
	return a.table(rows)
}

// factorsText is what a person has at each site: rms on (companion totp).
func factorsText(factors []server.SiteFactor) string {
	var parts []string
	for _, f := range factors {
		state := "off"
		if f.On {
			state = "on"
		}
		parts = append(parts, f.Profile+" "+state+" ("+strings.Join(f.Methods, " ")+")")
	}
	return strings.Join(parts, ", ")
}

func (a *app) userAddCommand() *cobra.Command {
	var p serverPlace
	var name string
	var admin, password bool
	cmd := &cobra.Command{
		Use:   "add E-MAIL",
		Short: "make an account, and print the link to choose a password",
		Long: `Make an account and print the one-time link by which the person chooses a password,
within 24 hours. Hand it over yourself: nothing is mailed. With --password-stdin the
first line of standard input is the password, and there is no link.`,
		Example: `  nod server user add ben@example.org --name Ben
  pass show ben | nod server user add ben@example.org --name Ben --password-stdin`,
		Args: oneArg("e-mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			secret, err := a.passwordOf(password)
			if err != nil {
				return err
			}
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				name, link, err := firstOf(name, localPart(args[0])), "", error(nil)
				if password {
					err = s.AddUserWithPassword(ctx, args[0], name, admin, secret)
				} else {
					link, err = s.AddUser(ctx, args[0], name, admin)
				}
				if err != nil {
					return err
				}
				return a.printLink(args[0], link)
			})
		},
	}
	p.register(cmd)
	cmd.Flags().StringVar(&name, "name", "", "the person's `name` (the part before the @)")
	cmd.Flags().BoolVar(&admin, "admin", false, "an administrator of the company")
	cmd.Flags().BoolVar(&password, "password-stdin", false, "read the password from standard input")
	return cmd
}

// passwordOf reads a password from standard input if that is wanted.
func (a *app) passwordOf(wanted bool) (string, error) {
	if !wanted {
		return "", nil
	}
	if err := a.stdinTaken("the password"); err != nil {
		return "", err
	}
	secret, err := a.firstLine(a.env.Stdin, "standard input")
	return string(secret), err
}

// printLink prints the account and its link, or the address alone without one.
func (a *app) printLink(email, link string) error {
	return a.answer(struct {
		Schema int    `json:"schema"`
		Email  string `json:"email"`
		Link   string `json:"link,omitempty"`
	}{schema, email, link}, "%s\n", firstOf(link, email))
}

func (a *app) userInviteCommand() *cobra.Command {
	var p serverPlace
	var lost bool
	cmd := &cobra.Command{
		Use:   "invite E-MAIL",
		Short: "print another link to choose a password",
		Long: `Print another one-time link for a person who has chosen no password yet, in place of
the one before; with --lost also for one who does not know it any more. Check first
that it is that person who asks.`,
		Args: oneArg("e-mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withServer(cmd.Context(), p, func(ctx context.Context, s *server.Server) error {
				link, err := s.InviteAgain(ctx, args[0], lost)
				if err != nil {
					return err
				}
				return a.printLink(args[0], link)
			})
		},
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&lost, "lost", false, "the person has a password and does not know it any more")
	return cmd
}

func (a *app) userAdminCommand() *cobra.Command {
	var p serverPlace
	var remove bool
	cmd := &cobra.Command{
		Use: "admin E-MAIL", Short: "make a person an administrator, or with --remove an ordinary user", Args: oneArg("e-mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.doToUser(cmd.Context(), p, args[0], func(s *server.Server, ctx context.Context, email string) error {
				return s.SetAdmin(ctx, email, !remove)
			})
		},
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&remove, "remove", false, "take the role away; the last administrator keeps it")
	return cmd
}

// userDoCommand is a command that does one thing to one person.
func (a *app) userDoCommand(name, short string, do func(*server.Server, context.Context, string) error) *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use: name + " E-MAIL", Short: short, Args: oneArg("e-mail address"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.doToUser(cmd.Context(), p, args[0], do) },
	}
	p.register(cmd)
	return cmd
}

func (a *app) doToUser(ctx context.Context, p serverPlace, email string, do func(*server.Server, context.Context, string) error) error {
	return a.withServer(ctx, p, func(ctx context.Context, s *server.Server) error {
		if err := do(s, ctx, email); err != nil {
			return err
		}
		return a.printLink(email, "")
	})
}
