package cli

// This file: `nod doctor notify` sends a test notification each way that would be used.

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nod/tui/escape"
	"nod/tui/notify"
)

func (a *app) doctorNotifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "notify",
		Short: "send a test notification, and say what is missing",
		Long: `Tell of a test the way that login requests are told: by $NOD_NOTIFY and
$NOD_NOTIFY_CMD, or what nod chooses for this terminal (nod help environment).`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runDoctorNotify(cmd.Context()) },
	}
}

func (a *app) runDoctorNotify(ctx context.Context) error {
	n, err := a.notifier(ctx)
	if err != nil {
		return err
	}
	defer n.Close()
	d := &doctor{app: a}
	names := make([]string, len(n.Ways))
	for i, w := range n.Ways {
		names[i] = string(w)
	}
	chosen := "chosen for this terminal; $NOD_NOTIFY names others"
	if n.Forced {
		chosen = "by $NOD_NOTIFY"
	}
	if len(names) > 0 {
		d.add(levelOK, "", "login requests are told by %s (%s)", strings.Join(names, ", "), chosen)
	} else {
		d.add(levelWarn, "unset NOD_NOTIFY", "login requests are told by nothing (%s)", chosen)
	}
	test := notify.Event{Schema: schema, Event: "test", Request: "test"}
	d.tryNotifying(n, test)
	d.tmuxPasses(ctx, n)
	d.tryDesktop(ctx, n, test)
	if n.Command != nil {
		if err := n.Run(ctx, test); err != nil {
			d.add(levelFail, "look at $NOD_NOTIFY_CMD; it gets JSON on its standard input and has 10 s", "%s", err)
		} else {
			d.add(levelOK, "", "the command %s took a test", n.Command[0])
		}
	}
	return d.report()
}

// tryNotifying writes the sequences to the terminal.
func (d *doctor) tryNotifying(n *notify.Notifier, test notify.Event) {
	text := n.Sequence(test)
	if text == "" {
		return
	}
	t, err := d.terminal()
	if err != nil {
		d.add(levelWarn, "name another way, such as NOD_NOTIFY=dbus, or a command in NOD_NOTIFY_CMD", "there is no terminal here to ring")
		return
	}
	defer t.Close()
	if _, err := io.WriteString(t.Out, text); err != nil {
		d.add(levelFail, "", "the terminal can not be written to: %s", err)
		return
	}
	d.add(levelOK, "", "sent a test to the terminal, which never answers: did it ring or show one?")
}

// tmuxPasses tells whether tmux hands notifications on.
func (d *doctor) tmuxPasses(ctx context.Context, n *notify.Notifier) {
	if escape.Between(d.env.Getenv) != escape.Tmux {
		return
	}
	s, err := escape.AskTmux(ctx)
	switch {
	case err != nil:
		d.add(levelWarn, "unset $TMUX where that tmux is not yours", "%s", err)
	case !s.Passthrough:
		d.add(levelWarn, "in ~/.tmux.conf: set -g allow-passthrough on", "tmux keeps notifications from the terminal; its bell rings")
	case len(n.Ways) > 0:
		d.add(levelOK, "", "tmux hands notifications to the terminal")
	}
}

// tryDesktop shows a test on the desktop.
func (d *doctor) tryDesktop(ctx context.Context, n *notify.Notifier, test notify.Event) {
	if !slices.Contains(n.Ways, notify.DBus) {
		return
	}
	if err := n.Desktop(ctx, test); err != nil {
		d.add(levelFail, "install a notification service, such as: apt install dunst", "%s", err)
		return
	}
	d.add(levelOK, "", "the desktop took a test notification")
}
