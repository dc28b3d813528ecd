package cli

// This file: `nod accept`, `ignore`, `deny` and `report` answer a login request.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

type answerOptions struct {
	act    approve.Act
	number string
	reason string
	latest bool
	all    bool
	link   string // that the sign-in page shows; - for standard input
	qr     string // where its QR code is
	filter requestFilter
}

func (a *app) answerCommand(o *answerOptions, use, short, long string) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runAnswer(cmd.Context(), args, *o) },
	}
}

func (a *app) acceptCommand() *cobra.Command {
	o := &answerOptions{act: approve.Accept}
	cmd := a.answerCommand(o, "accept [ID]", "let a sign-in happen that you started", `Accept a login request: you are signing in yourself, right now. It takes the PIN
and, where the site asks for it, the number of the sign-in page. One wrong number
ends the request. Nobody from support will ever ask you to accept one.`)
	cmd.Flags().StringVar(&o.number, "number", "", "what the sign-in page shows: its two `digits`, or the choice or code that it asks for")
	cmd.Flags().StringVar(&o.link, "link", "", "the sign-in `link` of a server that is not asked (tiqr); - reads it from standard input")
	cmd.Flags().StringVar(&o.qr, "qr", "", "`place` of the sign-in QR code of such a server: a picture, -, clipboard, screen, region, camera")
	cmd.Flags().BoolVar(&o.latest, "latest", false, "the only waiting request of --app")
	filterFlags(cmd, &o.filter)
	return cmd
}

func (a *app) ignoreCommand() *cobra.Command {
	o := &answerOptions{act: approve.Ignore}
	cmd := a.answerCommand(o, "ignore [ID]", "leave a request to your other devices", "")
	cmd.Flags().BoolVar(&o.all, "all", false, "every waiting request")
	return cmd
}

func (a *app) denyCommand() *cobra.Command {
	o := &answerOptions{act: approve.Deny, reason: "cancelled"}
	cmd := a.answerCommand(o, "deny ID", "end a sign-in that you started by mistake", "")
	cmd.Flags().StringVar(&o.reason, "reason", o.reason, "why: cancelled or not_me")
	return cmd
}

func (a *app) reportCommand() *cobra.Command {
	o := &answerOptions{act: approve.Report, reason: "not_me"}
	return a.answerCommand(o, "report ID", "end a sign-in that is not yours, and tell the site", `Report a login request that you did not start: somebody knows your password. The
site ends the sign-in, sends you no requests for a while and tells its
administrators. Change your password afterwards.`)
}

// check refuses what no server needs to see.
func (o *answerOptions) check(args []string) error {
	switch {
	case o.latest && (o.filter.app == "" || len(args) > 0):
		return usagef("--latest goes with --app and without an id")
	case o.all && len(args) > 0:
		return usagef("--all goes without an id")
	case (o.link != "" || o.qr != "") && (o.latest || len(args) > 0 || o.link != "" && o.qr != ""):
		return usagef("--link or --qr goes without an id and --latest")
	case !o.latest && !o.all && o.link == "" && o.qr == "" && len(args) == 0:
		return &usageError{err: fmt.Errorf("nod %s needs the id of a request", o.act), hint: "nod approvals list shows what waits"}
	case o.act == approve.Deny && o.reason == "not_me":
		o.act = approve.Report
	case o.act == approve.Deny && o.reason != "cancelled":
		return usagef("--reason is cancelled or not_me")
	}
	return nil
}

func (a *app) runAnswer(ctx context.Context, args []string, o answerOptions) error {
	if err := o.check(args); err != nil {
		return err
	}
	link, err := a.signInLink(ctx, o)
	if err != nil {
		return err
	}
	return a.withRequests(ctx, 0, func(ctx context.Context, _ keeper, in inbox) error {
		requests, err := a.meant(ctx, in, args, o, link)
		if err != nil {
			return err
		}
		done := []answeredJSON{}
		for _, r := range requests {
			one, err := a.answerOne(ctx, in, r, o)
			if err != nil {
				return err
			}
			done = append(done, one)
		}
		return a.printAnswered(done, o)
	})
}

// meant finds the requests that are meant: at the servers, or by a link.
func (a *app) meant(ctx context.Context, in inbox, args []string, o answerOptions, link string) ([]approve.Request, error) {
	limited, cancel := a.limited(ctx, defaultLimit)
	defer cancel()
	if link != "" {
		r, err := in.Scan(limited, link)
		return []approve.Request{r}, err
	}
	event, fetchErr := in.Fetch(limited)
	return o.choose(args, event.Requests, fetchErr)
}

// signInLink reads the link of a sign-in, "" when none is given.
func (a *app) signInLink(ctx context.Context, o answerOptions) (string, error) {
	switch {
	case o.link == "-":
		text, err := a.readInput("a sign-in link")
		return strings.TrimSpace(text), err
	case o.qr != "":
		found, err := a.sightAll(ctx, []string{o.qr})
		if err != nil {
			return "", err
		}
		for _, s := range found {
			if a.isSignIn(s.text) {
				return strings.TrimSpace(s.text), nil
			}
		}
		if len(found) > 0 {
			return "", fmt.Errorf("the picture's QR code: %w", approve.ErrNotMine)
		}
		return "", errNoQR
	}
	return o.link, nil
}

// isSignIn tells whether text is a sign-in link of some kind.
func (a *app) isSignIn(text string) bool {
	return approve.NewInbox(nil, a.drivers()...).IsSignIn(strings.TrimSpace(text))
}

// choose finds the requests that are meant.
func (o answerOptions) choose(args []string, requests []approve.Request, fetchErr error) ([]approve.Request, error) {
	if len(args) == 1 {
		r, err := findRequest(requests, args[0], fetchErr)
		if errors.Is(err, approve.ErrNoRequest) {
			// It may have ended; the inbox can say how when it is answered.
			return []approve.Request{{ID: args[0]}}, nil
		}
		return []approve.Request{r}, err
	}
	found := pick(requests, o.filter, false)
	if o.all {
		return found, fetchErr
	}
	switch {
	case len(found) == 1:
		return found, nil
	case len(found) == 0 && fetchErr != nil:
		return nil, fetchErr
	case len(found) == 0:
		return nil, approve.ErrNoRequest
	}
	var names []string
	for _, r := range found {
		names = append(names, r.ID+"  "+r.App+"  "+r.Account+"  "+r.IP)
	}
	return nil, matchError(o.filter.app, names)
}

type answeredJSON struct {
	ID         string        `json:"id"`
	State      approve.State `json:"state"`
	AnsweredBy string        `json:"answered_by,omitempty"`
	At         *time.Time    `json:"at,omitempty"`
	Ticket     string        `json:"ticket,omitempty"`
	Code       string        `json:"code,omitempty"` // to type at the sign-in page
	Message    string        `json:"message,omitempty"`
}

// answerOne answers one request; an accept takes number and credential.
func (a *app) answerOne(ctx context.Context, in inbox, r approve.Request, o answerOptions) (answeredJSON, error) {
	var c vault.Credential
	if o.act == approve.Accept {
		if err := a.decide(ctx, r, &o); err != nil {
			return answeredJSON{}, err
		}
		var err error
		if c, err = a.credential(ctx); err != nil {
			return answeredJSON{}, err
		}
		defer c.Wipe()
	}
	ctx, cancel := a.limited(ctx, defaultLimit)
	defer cancel()
	out, err := in.Answer(ctx, r.ID, approve.Decision{Act: o.act, Number: o.number, Reason: o.reason}, c)
	if err != nil {
		return answeredJSON{}, err
	}
	return answeredJSON{ID: r.ID, State: out.State, AnsweredBy: out.AnsweredBy, At: moment(out.At), Ticket: out.Ticket, Code: out.Code, Message: out.Message}, nil
}

// decide shows the request and asks for what an accept still lacks. A number on
// the command line is the person's decision already.
func (a *app) decide(ctx context.Context, r approve.Request, o *answerOptions) error {
	switch {
	case o.number != "" && r.Asks() && !r.Fits(o.number):
		return &usageError{err: errors.New("that can not be what the sign-in page shows: " + asking(r)), hint: "keep leading zeros: --number 07"}
	case o.number != "" || r.State != approve.Waiting || !a.askable():
		return nil
	}
	for _, row := range requestRows(r, a.env.Now()) {
		a.say("%-9s %s", row[0], row[1])
	}
	if !r.Asks() {
		return a.confirm(ctx, "Is it you signing in? Type  yes  to accept: ", "yes")
	}
	number, err := a.ask(ctx, "Sign-in page, "+asking(r)+": ")
	if err != nil {
		return err
	}
	o.number = strings.TrimSpace(number)
	if !r.Fits(o.number) {
		return &usageError{err: errors.New("that can not be what the sign-in page shows: " + asking(r)), hint: "run it again"}
	}
	return nil
}

// asking says what to take from the sign-in page.
func asking(r approve.Request) string {
	switch {
	case len(r.Choices) > 0:
		return "one of " + strings.Join(r.Choices, ", ")
	case r.CodeLength > 0:
		return fmt.Sprintf("its code of %d characters", r.CodeLength)
	case r.NumberNeeded:
		return "its number of two digits"
	}
	return "not asked"
}

func (a *app) printAnswered(done []answeredJSON, o answerOptions) error {
	if a.flags.json {
		if o.all {
			return a.printJSON(struct {
				Schema   int            `json:"schema"`
				Requests []answeredJSON `json:"requests"`
			}{schema, done})
		}
		return a.printJSON(struct {
			Schema int `json:"schema"`
			answeredJSON
		}{schema, done[0]})
	}
	for _, one := range done {
		text := string(one.State)
		if one.Ticket != "" {
			text += " (ticket " + printable(one.Ticket) + ")"
		}
		if one.Code != "" {
			text += "\n" + printable(firstOf(one.Message, "type this code at the sign-in page")) + ": " + printable(one.Code)
		}
		if err := a.print("%s\n", text); err != nil {
			return err
		}
	}
	return nil
}
