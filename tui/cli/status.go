package cli

// This file: `nod status` says one line about the vault, without unlocking it.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"nod/tui/agent"
	"nod/vault"
)

func (a *app) statusCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "one line about vault and agent; no PIN, no network",
		Long: `Say in one line how vault and agent stand, for a person or, with --format, for the
status line of tmux or a prompt. --format takes a Go template of these, and asks the
agent only, for two seconds at most; nothing is printed where it gives nothing:

  .Running .Locked   whether an agent runs, and whether it is locked
  .Pending           login requests that wait
  .Servers .Down     servers that are watched, and those that do not answer
  .Skew              seconds by which a server's clock differs from this machine's
  .Vault             its file`,
		Example: `  nod status --format '{{if .Pending}}nod {{.Pending}}{{end}}'
  tmux set -g status-right '#(nod status --format "{{if .Pending}}nod {{.Pending}}{{end}}")'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("format") {
				return a.runStatusFormat(cmd.Context(), format)
			}
			return a.runStatus(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "print by this Go `template` what the agent knows")
	return cmd
}

// askLimit is how long an agent may take to say how it stands: the prompt of a shell may
// wait for it.
const askLimit = time.Second

// statusLine is what a --format template may use.
type statusLine struct {
	Running, Locked        bool
	Pending, Servers, Down int
	Skew                   float64 // seconds
	Vault                  string
}

func (a *app) runStatusFormat(ctx context.Context, format string) error {
	form, err := template.New("--format").Parse(format)
	if err != nil {
		return &usageError{err: err, hint: "see nod status --help for what there is"}
	}
	place, s, err := a.askAgent(ctx)
	if err != nil {
		return err
	}
	line := statusLine{s.PID != 0, s.PID == 0 || s.Locked, s.Pending, s.Servers, s.Down, s.Skew.Seconds(), place.File}
	var out strings.Builder
	if err := form.Execute(&out, line); err != nil {
		return &usageError{err: err, hint: "see nod status --help for what there is"}
	}
	if out.Len() == 0 {
		return nil
	}
	return a.print("%s\n", printable(out.String()))
}

// askAgent asks the agent how it stands; its PID is 0 when none runs.
func (a *app) askAgent(ctx context.Context) (vault.Place, agent.Status, error) {
	place, err := a.place()
	if err != nil {
		return place, agent.Status{}, err
	}
	if a.here != nil {
		return place, a.here.Status(), a.isOwn(place)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, askLimit, agent.ErrSilent)
	defer cancel()
	c, s, err := agent.Dial(ctx, a.socket(place), place)
	if c != nil {
		c.Close()
	}
	if err != nil && !errors.Is(err, agent.ErrNoAgent) {
		a.warn("the agent is not asked: %v", err)
	}
	if err != nil {
		s = agent.Status{Locked: true}
	}
	return place, s, nil
}

type statusJSON struct {
	Schema      int        `json:"schema"`
	Vault       string     `json:"vault"`
	State       string     `json:"state_dir"`
	Exists      bool       `json:"exists"`
	ID          string     `json:"id,omitempty"`
	Version     int        `json:"version,omitempty"`
	Size        int64      `json:"size,omitempty"`
	Saved       *time.Time `json:"saved,omitempty"`
	Slots       []slotJSON `json:"slots,omitempty"`
	Grade       string     `json:"grade,omitempty"`
	Protection  string     `json:"protection,omitempty"`
	TriesLeft   int        `json:"tries_left"` // of the PIN that --slot names
	WaitUntil   *time.Time `json:"wait_until,omitempty"`
	PINDisabled bool       `json:"pin_disabled"`
	Copies      int        `json:"copies,omitempty"`
	Agent       *agentJSON `json:"agent,omitempty"` // left out: not asked
}

func (a *app) runStatus(ctx context.Context) error {
	place, agent, err := a.askAgent(ctx)
	if err != nil {
		return err
	}
	asked := agentShape(a.socket(place), agent)
	s, err := vault.Inspect(place)
	if errors.Is(err, vault.ErrNoVault) { // for a status line that is no failure
		return a.answer(statusJSON{Schema: schema, Vault: place.File, State: place.State, Agent: &asked},
			"%s: no vault; nod init makes one\n", place.File)
	}
	if err != nil {
		return err
	}
	var ways []string
	for _, slot := range s.Slots {
		way := slot.String()
		if text := tries(slot, a.env.Now()); text != "" {
			way += " (" + text + ")"
		}
		ways = append(ways, way)
	}
	state := "locked"
	if agent.PID != 0 {
		state = "agent " + agentState(agent)
	}
	if agent.Pending > 0 {
		state += fmt.Sprintf(", %d waiting", agent.Pending)
	}
	shape := a.statusShape(place, s)
	shape.Agent = &asked
	return a.answer(shape, "%s: %s, %d bytes, opens with %s. %s\n",
		place.File, state, s.Size, printable(strings.Join(ways, " or ")), s.Protection)
}

func (a *app) statusShape(place vault.Place, s vault.Summary) statusJSON {
	pin, _ := s.PIN(a.slotName())
	return statusJSON{
		Schema: schema, Vault: place.File, State: place.State, Exists: true, ID: s.ID, Version: s.Version, Size: s.Size,
		Saved: moment(s.Saved), Slots: slotShapes(s.Slots), Grade: string(s.Grade), Protection: s.Protection,
		TriesLeft: pin.TriesLeft, WaitUntil: moment(pin.WaitUntil), PINDisabled: pin.Disabled, Copies: len(s.Generations),
	}
}
