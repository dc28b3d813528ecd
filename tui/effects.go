package tui

// effects.go has the side effects outside the vault: servers, notes. Plain
// functions, as in commands.go. Those that look for QR codes are in scans.go.

import (
	"context"
	"errors"
	"os"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/scan/draw"
	"nod/vault"
)

// noteMsg is a line to show.
type noteMsg string

// waitForNote delivers one line; Update asks again after each.
func waitForNote(notes <-chan string) tea.Cmd {
	return func() tea.Msg {
		line, ok := <-notes
		if !ok {
			return nil
		}
		return noteMsg(line)
	}
}

// watchingMsg brings the channel of events, and that of what is wrong with the rules
// once they have changed; err tells that there are none.
type watchingMsg struct {
	events <-chan approve.Event
	wrong  <-chan error
	err    error
}

func watch(ctx context.Context, in Inbox, rules string) tea.Cmd {
	return func() tea.Msg {
		var err error
		wrong := make(chan error, 1)
		if own, ok := in.(*approve.Inbox); ok && rules != "" { // the agent has applied them to its own
			err = own.Follow(rules, func(err error) {
				select {
				case wrong <- err:
				default: // the one before was not taken yet
				}
			})
		}
		return watchingMsg{in.Watch(ctx), wrong, err}
	}
}

// rulesMsg says what is wrong with the rules, which have changed.
type rulesMsg struct {
	err   error
	wrong <-chan error
}

// waitForRules delivers one; Update asks again after each.
func waitForRules(ctx context.Context, wrong <-chan error) tea.Cmd {
	return func() tea.Msg {
		select {
		case err := <-wrong:
			return rulesMsg{err, wrong}
		case <-ctx.Done():
			return nil
		}
	}
}

// eventMsg is one event of the inbox.
type eventMsg struct{ event approve.Event }

// waitForEvent delivers one event; Update asks again after each.
func waitForEvent(events <-chan approve.Event) tea.Cmd {
	return func() tea.Msg {
		ev, ok := <-events
		if !ok {
			return watchEndedMsg{}
		}
		return eventMsg{ev}
	}
}

func check(in Inbox) tea.Cmd {
	return func() tea.Msg {
		in.Check()
		return nil
	}
}

// savedMsg tells whether a QR code was written into a file.
type savedMsg struct {
	path string
	err  error
}

func saveQR(path, link string) tea.Cmd {
	return func() tea.Msg { return savedMsg{path, draw.WriteFile(path, link, false)} }
}

// answeredMsg is what came of an answer.
type answeredMsg struct {
	id      string
	act     approve.Act
	outcome approve.Outcome
	err     error
}

func answer(ctx context.Context, in Inbox, id string, d approve.Decision, c vault.Credential) tea.Cmd {
	return func() tea.Msg {
		defer c.Wipe()
		out, err := in.Answer(ctx, id, d, c)
		return answeredMsg{id, d.Act, out, err}
	}
}

// pairedMsg is the answer to an offer to pair.
type pairedMsg struct {
	device vault.Device
	err    error
}

func pairWith(ctx context.Context, in Inbox, o approve.Offer) tea.Cmd {
	return func() tea.Msg {
		d, err := in.Pair(ctx, o)
		return pairedMsg{d, err}
	}
}

// signInMsg brings the request of a sign-in page's link.
type signInMsg struct {
	request approve.Request
	err     error
}

func readSignIn(ctx context.Context, in Inbox, link string) tea.Cmd {
	return func() tea.Msg {
		r, err := in.Scan(ctx, link)
		return signInMsg{r, err}
	}
}

// awaitedMsg tells that a pairing was confirmed or refused at the site.
type awaitedMsg struct {
	device vault.Device
	err    error
}

func await(ctx context.Context, in Inbox, id string) tea.Cmd {
	return func() tea.Msg {
		d, err := in.Await(ctx, id)
		if ctx.Err() != nil {
			return nil
		}
		return awaitedMsg{d, err}
	}
}

// deviceStatus is what a server said of one pairing.
type deviceStatus struct {
	status approve.Status
	err    error
	asked  bool // an answer has come
}

// statusMsg brings it.
type statusMsg struct {
	id     string
	status approve.Status
	err    error
}

func askStatus(ctx context.Context, in Inbox, id string) tea.Cmd {
	return func() tea.Msg {
		s, err := in.Status(ctx, id)
		return statusMsg{id, s, err}
	}
}

// deviceMsg tells that a pairing was renamed or ended.
type deviceMsg struct {
	what string // "renamed", "unpaired"
	id   string
	err  error
}

func rename(ctx context.Context, in Inbox, id, name string) tea.Cmd {
	return func() tea.Msg { return deviceMsg{"renamed", id, in.Rename(ctx, id, name)} }
}

func unpairFrom(ctx context.Context, in Inbox, id string, force bool) tea.Cmd {
	return func() tea.Msg { return deviceMsg{"unpaired", id, in.Unpair(ctx, id, force)} }
}

// mailedMsg tells that a server has sent, or not, a code to the address.
type mailedMsg struct{ err error }

func startEmail(ctx context.Context, in *approve.Inbox, server, address string) tea.Cmd {
	return func() tea.Msg { return mailedMsg{in.StartEmail(ctx, server, address)} }
}

// confirmedMsg is the answer to the code of the mail.
type confirmedMsg struct{ err error }

func confirmEmail(ctx context.Context, in *approve.Inbox, server, address, code string) tea.Cmd {
	return func() tea.Msg { return confirmedMsg{in.ConfirmEmail(ctx, server, address, code)} }
}

// pathless drops the path of a file error: it is on the screen already.
func pathless(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// hostnameMsg is this computer's name, the first suggestion for a device's name.
type hostnameMsg string

func askHostname() tea.Msg {
	name, err := os.Hostname()
	if err != nil {
		return nil
	}
	return hostnameMsg(name)
}
