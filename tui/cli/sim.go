package cli

// This file: `nod sim login` is a person in the browser who follows the forms of
// a site. What it prints is for scripts; simpair.go is about devices.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve/server"
	"nod/approve/sim"
	"nod/vault/otp"
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
		secret, err = a.firstLine(a.env.Stdin, "standard input")
	case b.passwordFile != "":
		secret, err = a.readSecretFile(b.passwordFile, true)
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

// loginFlags say what the person does besides typing the password.
type loginFlags struct {
	method, secret, code string
	period               int
	outbox               bool
}

func (a *app) simLoginCommand() *cobra.Command {
	var b browser
	var l loginFlags
	cmd := &cobra.Command{
		Use:   "login",
		Short: "sign in as a person in the browser, and wait for the answer",
		Long: `Sign in at a site as a person in the browser would: follow its forms, print each
page, show the second factor, and wait until the sign-in has ended. The status is
0 when signed in, 6 after a wrong number, 7 when the request expired, 9 when the
site wants fewer tries and 10 when the sign-in was denied or reported, the account
is closed, or the password or the code was wrong.

--secret is the key of an authenticator app, or its otpauth:// link; a code that
was used already is waited out.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSimLogin(cmd.Context(), b, l) },
	}
	b.register(cmd)
	f := cmd.Flags()
	f.StringVar(&b.app, "app", "rms", "the `site`")
	f.StringVar(&l.method, "method", "", "the second `factor`: companion, totp, sms, email or recovery (else the one the site asks for)")
	f.StringVar(&l.secret, "secret", "", "make the codes with this `key` or link")
	f.IntVar(&l.period, "period", 30, "`seconds` that a code of --secret lasts, unless its link says")
	f.StringVar(&l.code, "code", "", "type this `code`")
	f.BoolVar(&l.outbox, "read-outbox", false, "read codes by SMS and e-mail from the demo's outbox")
	return cmd
}

// loginMethods are what --method takes, and whether each needs a code.
var loginMethods = map[string]bool{"": false, "companion": false, "totp": true, "sms": true, "email": true, "recovery": true}

// codes returns what makes the codes, nil for nothing.
func (l loginFlags) codes() (func(time.Time) (string, error), error) {
	needed, known := loginMethods[l.method]
	sent := l.outbox && (l.method == "sms" || l.method == "email")
	switch {
	case !known:
		return nil, &usageError{err: fmt.Errorf("--method %q is not known", l.method), hint: "use companion, totp, sms, email or recovery"}
	case l.secret != "" && l.code != "":
		return nil, &usageError{err: errors.New("--secret and --code exclude each other")}
	case needed && !sent && l.secret == "" && l.code == "":
		return nil, &usageError{err: fmt.Errorf("--method %s needs a code", l.method), hint: "add --code, --secret for totp, or --read-outbox for sms and email"}
	case l.code != "":
		typed := false
		return func(time.Time) (string, error) {
			if typed {
				return "", errors.New("the code was used already")
			}
			typed = true
			return l.code, nil
		}, nil
	case l.secret == "":
		return nil, nil
	case strings.HasPrefix(l.secret, "otpauth:"):
		key, err := otp.ParseURI(l.secret)
		if err != nil {
			return nil, &usageError{err: err}
		}
		return key.Code, nil
	}
	secret, err := otp.DecodeSecret(l.secret)
	if err != nil {
		return nil, &usageError{err: err}
	}
	return otp.Key{Type: otp.TOTP, Secret: secret, Algorithm: otp.SHA1, Digits: 6, Period: l.period}.Code, nil
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
	"wrong_code":      exitRefused,
	"closed":          exitRefused,
	"cancelled":       exitOther,
	"setup":           exitOther,
}

func (a *app) runSimLogin(ctx context.Context, b browser, l loginFlags) error {
	codes, err := l.codes()
	if err != nil {
		return err
	}
	password, err := b.password(a)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx, pairLimit)
	defer cancel()
	var printErr error
	login := sim.Login{
		Server: b.address(a), App: b.app, User: b.user, Password: password, Method: l.method, Code: codes, Outbox: l.outbox,
		Page: func(p sim.Page) { printErr = errors.Join(printErr, a.printPage(p)) },
	}
	end, err := login.Run(ctx)
	if err := errors.Join(err, printErr); err != nil {
		return err
	}
	return a.endLogin(end)
}

// endLogin prints how a sign-in ended, and makes the exit status.
func (a *app) endLogin(end sim.End) error {
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
