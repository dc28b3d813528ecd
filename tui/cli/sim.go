package cli

// This file: `nod sim login` is a person in the browser who follows the forms of
// a site. What it prints is for scripts; simpair.go is about devices.

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"nod/approve/server"
	"nod/approve/sim"
)

func (a *app) simCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "sim", Short: "people in the browser and phones, for tests", Args: noArgs, RunE: parent}
	cmd.AddCommand(a.simLoginCommand(), a.simPairCommand(), a.simPhoneCommand())
	return cmd
}

// browser says who sits in front of which site.
type browser struct {
	server, app, user string
	passwordStdin     bool
	passwordFile      string
}

func (b *browser) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.server, "server", "", "`address` of the site ($NOD_SERVER; http://127.0.0.1:8420)")
	f.StringVar(&b.user, "user", "ana", "who signs in: `name` or address")
	f.BoolVar(&b.passwordStdin, "password-stdin", false, "read the password from standard input (else that of the demo)")
	f.StringVar(&b.passwordFile, "password-file", "", "read the password from `file`, which nobody else may read")
}

// address is the site's, the demo's own unless named.
func (b browser) address(a *app) string {
	return firstOf(b.server, a.env.Getenv("NOD_SERVER"), "http://127.0.0.1:8420")
}

// password reads the password; sample people have a known one.
func (b browser) password(a *app) (string, error) {
	var secret []byte
	var err error
	switch {
	case b.passwordStdin:
		if err := a.stdinTaken("the password"); err != nil {
			return "", err
		}
		secret, err = readSecret(a.env.Stdin, "standard input")
	case b.passwordFile != "":
		secret, err = readSecretFile(b.passwordFile, true)
	default:
		for _, p := range server.People() {
			if strings.EqualFold(p.Email, b.user) || strings.EqualFold(localPart(p.Email), b.user) {
				return p.Password, nil
			}
		}
		err = &usageError{err: errors.New("only the demo's sample people have a known password"), hint: "add --password-stdin"}
	}
	return string(secret), err
}

func (a *app) simLoginCommand() *cobra.Command {
	var b browser
	cmd := &cobra.Command{
		Use:   "login",
		Short: "sign in as a person in the browser, and wait for the answer",
		Long: `Sign in at a site as a person in the browser would: follow its forms, print each
page, and wait until the sign-in has ended. The exit status is 0 when signed in,
6 after a wrong number, 7 when the request expired, 9 when the site wants fewer
tries and 10 when the sign-in was denied or reported or the password was wrong.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSimLogin(cmd.Context(), b) },
	}
	b.register(cmd)
	cmd.Flags().StringVar(&b.app, "app", "rms", "the `site`")
	return cmd
}

// loginEnds gives each end of a sign-in its exit status.
var loginEnds = map[string]int{
	"signed_in":       exitOK,
	"number_mismatch": exitNumber,
	"expired":         exitTime,
	"limited":         exitLimited,
	"denied":          exitRefused,
	"reported":        exitRefused,
	"wrong_password":  exitRefused,
	"cancelled":       exitOther,
	"setup":           exitOther,
}

func (a *app) runSimLogin(ctx context.Context, b browser) error {
	password, err := b.password(a)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx, pairLimit)
	defer cancel()
	var printErr error
	login := sim.Login{Server: b.address(a), App: b.app, User: b.user, Password: password, Page: func(p sim.Page) {
		printErr = errors.Join(printErr, a.printPage(p))
	}}
	end, err := login.Run(ctx)
	if err := errors.Join(err, printErr); err != nil {
		return err
	}
	if err := a.answer(struct {
		Schema int     `json:"schema"`
		End    sim.End `json:"end"`
	}{schema, end}, "end: %s\n", end.State); err != nil {
		return err
	}
	exit, known := loginEnds[end.State]
	if !known {
		exit = exitOther
	}
	if exit == exitOK {
		return nil
	}
	return &statusError{exit: exit, name: end.State, text: "the sign-in ended: " + strings.ReplaceAll(end.State, "_", " ")}
}

func (a *app) printPage(p sim.Page) error {
	line := p.Title
	if p.Number != "" {
		line += "  number " + p.Number
	}
	if p.Text != "" {
		line += "  " + p.Text
	}
	return a.answer(struct {
		Schema int      `json:"schema"`
		Page   sim.Page `json:"page"`
	}{schema, p}, "page: %s\n", printable(strings.Join(strings.Fields(line), " ")))
}
