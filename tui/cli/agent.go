package cli

// This file: `nod agent` runs, stops and shows the agent.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"nod/approve"
	"nod/tui/agent"
)

func (a *app) agentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "agent", Short: "keep the vault unlocked for all of nod", Args: noArgs, RunE: parent,
		Long: `The agent keeps the vault unlocked for all commands and the full-screen program,
and watches for login requests, so that one unlocking serves all. It runs in the
foreground until it is stopped, starts locked and never asks anything: nod unlock
or the full-screen program hands it the PIN. It gives out codes, takes accounts,
pairings and answers in, and never gives a seed out; each accept takes the PIN
again, and so does what shows a secret (nod show --secret) or changes keys (nod
pin, nod vault). Only its own user can reach it. It locks when it is not used for
a while, at a limit of hours, when the machine goes to sleep or the screen is
locked, and at SIGHUP.`,
	}
	var o agentOptions
	run := &cobra.Command{
		Use: "run", Short: "run the agent in the foreground", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAgent(cmd.Context(), o) },
		Long: `Run the agent until nod agent stop, SIGTERM or SIGINT, or until --timeout, which ends
it with status 7; SIGHUP locks it. With --json a line says when it listens. Under
systemd it tells when it is ready (Type=notify) and takes the socket that systemd
has made; nod agent unit prints both units.`,
	}
	o.register(run.Flags())
	stop := &cobra.Command{
		Use: "stop", Short: "lock and end the agent", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAgentStop(cmd.Context()) },
	}
	status := &cobra.Command{
		Use: "status", Short: "how the agent stands", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAgentStatus(cmd.Context()) },
	}
	cmd.AddCommand(run, stop, status, a.agentUnitCommand())
	return cmd
}

type agentOptions struct{ idle, hard time.Duration }

func (o *agentOptions) register(flags *pflag.FlagSet) {
	flags.DurationVar(&o.idle, "idle", agent.DefaultIdle, "lock when nobody used it for this `time`")
	flags.DurationVar(&o.hard, "limit", agent.DefaultHard, "lock this `time` after unlocking in any case")
}

func (o agentOptions) check() error {
	if o.idle <= 0 || o.hard <= 0 {
		return usagef("--idle and --limit are times such as 5m and 8h")
	}
	return nil
}

// noAgent says that there is nothing to talk to.
func noAgent() error {
	return &statusError{
		exit: exitNotFound, name: "no_agent", text: agent.ErrNoAgent.Error(),
		hint: "start one: nod agent run; or let systemd do it: nod agent unit",
	}
}

// theAgent connects to the agent, which must be there.
func (a *app) theAgent(ctx context.Context) (*agent.Client, agent.Status, error) {
	place, err := a.place()
	if err != nil {
		return nil, agent.Status{}, err
	}
	c, s, err := agent.Dial(ctx, a.socket(place), place)
	if errors.Is(err, agent.ErrNoAgent) {
		err = noAgent()
	}
	return c, s, err
}

func (a *app) runAgent(ctx context.Context, o agentOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	place, err := a.find()
	if err != nil {
		return err
	}
	place.Ended = nil // SIGHUP ends the run of others, but not the agent's waiting for a lock
	l, err := a.agentListener(a.socket(place))
	if err != nil {
		return err
	}
	s := agent.NewServer(agent.Config{
		Place: place, Drivers: a.drivers(), HTTP: a.env.HTTP, Idle: o.idle, Hard: o.hard, Calls: a.env.AgentCalls,
		Say:   func(format string, args ...any) { a.say(format, args...) },
		Ready: func(in *approve.Inbox) error { return a.applyRules(in) },
		Run:   a.runHere,
	})
	ctx, leave := withoutHangup(ctx, func() { s.Lock("SIGHUP") })
	defer leave()
	go agent.LockWithMachine(ctx, s)
	if a.flags.json {
		err = a.printJSON(struct {
			Schema int    `json:"schema"`
			PID    int    `json:"pid"`
			Socket string `json:"socket"`
		}{schema, os.Getpid(), l.Addr().String()})
		if err != nil {
			l.Close()
			return err
		}
	}
	a.say("listening at %s", l.Addr())
	if err := a.notify("READY=1"); err != nil {
		a.warn("%v", err)
	}
	err = s.Serve(ctx, l)
	if err == nil && a.limit != nil && errors.Is(context.Cause(a.limit), errTimeUp) {
		err = errTimeUp // and not whoever stops agents
	}
	return errors.Join(err, a.notify("STOPPING=1"))
}

// withoutHangup is ctx, but goes on at SIGHUP, which ends all other commands, and calls
// lock then.
func withoutHangup(ctx context.Context, lock func()) (context.Context, context.CancelFunc) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	others := slices.DeleteFunc(slices.Clone(LeaveSignals), func(s os.Signal) bool { return s == syscall.SIGHUP })
	out, stop := signal.NotifyContext(context.WithoutCancel(ctx), others...)
	// ctx ends at SIGHUP, too; its cause names the signal.
	ended := context.AfterFunc(ctx, func() {
		if cause := context.Cause(ctx); cause == nil || !strings.Contains(cause.Error(), syscall.SIGHUP.String()) {
			stop()
		}
	})
	go func() {
		for {
			select {
			case <-out.Done():
				return
			case <-hangups:
				lock()
			}
		}
	}()
	return out, func() { ended(); signal.Stop(hangups); stop() }
}

// agentListener is the socket that systemd hands over, or one of the agent's own.
func (a *app) agentListener(path string) (net.Listener, error) {
	l, err := a.inherited()
	if l != nil || err != nil {
		return l, err
	}
	l, err = agent.Listen(path)
	if errors.Is(err, agent.ErrRunning) {
		return nil, &statusError{exit: exitConflict, name: "running", text: err.Error(), hint: "nod agent status; nod agent stop ends it"}
	}
	return l, err
}

func (a *app) runAgentStop(ctx context.Context) error {
	c, s, err := a.theAgent(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Stop(ctx); err != nil {
		return err
	}
	return a.answer(struct {
		Schema  int `json:"schema"`
		Stopped int `json:"stopped"` // process
	}{schema, s.PID}, "stopped %d\n", s.PID)
}

// agentJSON is an agent's status.
type agentJSON struct {
	Running    bool       `json:"running"`
	PID        int        `json:"pid,omitempty"`
	Socket     string     `json:"socket"`
	Vault      string     `json:"vault"`
	Locked     bool       `json:"locked"`
	Why        string     `json:"why,omitempty"`
	Since      *time.Time `json:"since,omitempty"`
	IdleLock   *time.Time `json:"idle_lock,omitempty"`
	HardLock   *time.Time `json:"hard_lock,omitempty"`
	Pending    int        `json:"pending"`
	Servers    int        `json:"servers"`
	Down       int        `json:"down"`
	LastPID    int        `json:"last_pid,omitempty"`
	LastExe    string     `json:"last_program,omitempty"`
	LastUse    *time.Time `json:"last_use,omitempty"`
	TriesLeft  *int       `json:"tries_left,omitempty"` // left out: no agent runs
	RetryAt    *time.Time `json:"retry_at,omitempty"`
	SessionPIN bool       `json:"session_pin"`
	Deaf       []string   `json:"deaf,omitempty"` // what it does not hear of the machine any more
}

func agentShape(socket string, s agent.Status) agentJSON {
	shape := agentJSON{
		Running: s.PID != 0, PID: s.PID, Socket: socket, Vault: s.Vault, Locked: s.Locked, Why: s.Why, Since: moment(s.Since),
		IdleLock: moment(s.IdleLock), HardLock: moment(s.HardLock), Pending: s.Pending, Servers: s.Servers, Down: s.Down,
		LastPID: s.LastPID, LastExe: s.LastExe, LastUse: moment(s.LastUse), RetryAt: moment(s.RetryAt),
		SessionPIN: s.SessionPIN, Deaf: s.Deaf,
	}
	if shape.Running {
		shape.TriesLeft = &s.TriesLeft
	}
	return shape
}

func (a *app) runAgentStatus(ctx context.Context) error {
	c, s, err := a.theAgent(ctx)
	if err != nil {
		return err
	}
	c.Close()
	place, err := a.place()
	if err != nil {
		return err
	}
	shape := agentShape(a.socket(place), s)
	if a.flags.json {
		return a.printJSON(struct {
			Schema int `json:"schema"`
			agentJSON
		}{schema, shape})
	}
	rows := [][]string{
		{"process", fmt.Sprint(s.PID)}, {"socket", shape.Socket}, {"vault", s.Vault}, {"state", agentState(s)},
	}
	if !s.Locked {
		rows = append(rows,
			[]string{"locks", "when idle at " + shownTime(s.IdleLock) + ", in any case at " + shownTime(s.HardLock)},
			[]string{"requests", fmt.Sprintf("%d waiting; %d of %d servers answer", s.Pending, s.Servers-s.Down, s.Servers)})
	}
	if used := lastUse(s); used != "" {
		rows = append(rows, []string{"last used", used})
	}
	if s.SessionPIN {
		rows = append(rows, []string{"session PIN", "nod unlock takes it until the agent stops"})
	}
	for _, what := range s.Deaf {
		rows = append(rows, []string{"does not hear", what + ", since the message bus is gone; it tries again"})
	}
	if s.TriesLeft < 10 {
		rows = append(rows, []string{"wrong PINs", fmt.Sprintf("%d tries left", s.TriesLeft)})
	}
	return a.table(rows)
}

// lastUse is when an agent was last used and, where the system tells, by what process and
// program; "" for never.
func lastUse(s agent.Status) string {
	if s.LastUse.IsZero() {
		return ""
	}
	if s.LastPID == 0 {
		return shownTime(s.LastUse)
	}
	return strings.TrimSpace(printable(fmt.Sprintf("%s by %d %s", shownTime(s.LastUse), s.LastPID, s.LastExe)))
}

// agentState is locked and why, or unlocked and since when.
func agentState(s agent.Status) string {
	if s.Locked {
		return "locked (" + s.Why + ")"
	}
	return "unlocked since " + shownTime(s.Since)
}
