package cli

// This file: commands that run inside the agent, for clients that take the shortcut of
// nod/tui/agent/shortcut.

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"nod/tui/agent"
	"nod/vault"
)

// hereLimit is how long a command may take inside the agent. One that has to wait longer,
// such as for a fresh code, waits in its own process, where the person sees it wait.
const hereLimit = 200 * time.Millisecond

// hereFlags are the flags with which a command may run inside the agent: they need
// neither the terminal nor anything else of the client. True: a value follows.
var hereFlags = map[string]map[string]bool{
	"code":   {"--json": false, "--quiet": false, "--no-input": false, "--fresh": false, "--next": false, "--type": true},
	"status": {"--json": false, "--quiet": false, "--no-input": false, "--format": true},
}

// errElsewhere is why a command can not run inside this agent.
var errElsewhere = errors.New("the agent keeps another vault")

// runHere is the agent.Runner of nod agent run.
func (a *app) runHere(ctx context.Context, h agent.Here, args, env []string) (out, told []byte, done bool) {
	getenv := lookup(env)
	if !runsHere(args) || getenv("TZ") != a.env.Getenv("TZ") { // times are shown in this process's zone
		return nil, nil, false
	}
	var stdout, stderr bytes.Buffer
	b := &app{
		env: Env{
			Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: getenv, Now: a.env.Now, HTTP: a.env.HTTP,
			Terminal: func() (*Terminal, error) { return nil, errElsewhere },
		},
		args: args, release: func() {}, here: &h, given: vault.RecordWhole, // the agent tells of those that are not
	}
	ctx, cancel := context.WithTimeout(ctx, hereLimit)
	defer cancel()
	root := b.bareRoot()
	root.AddCommand(b.codeCommand(), b.statusCommand())
	root.SetArgs(args)
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	err := guarded(func() error { return root.ExecuteContext(ctx) })
	return stdout.Bytes(), stderr.Bytes(), err == nil
}

// runsHere tells whether a command line may run inside the agent.
func runsHere(args []string) bool {
	if len(args) == 0 {
		return false
	}
	flags, ok := hereFlags[args[0]]
	value := false
	for _, arg := range args[1:] {
		name, _, joined := strings.Cut(arg, "=")
		takes, known := flags[name]
		switch {
		case strings.Contains(arg, "range"): // in --format it may never end
			return false
		case value:
			value = false
		case !strings.HasPrefix(arg, "-"):
		case !known || joined && !takes:
			return false
		default:
			value = takes && !joined
		}
	}
	return ok && !value
}

// lookup returns what looks up variables in env, of which the last counts.
func lookup(env []string) func(string) string {
	return func(name string) string {
		for _, e := range slices.Backward(env) {
			if value, ok := strings.CutPrefix(e, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// withOwn is withKeeper inside the agent.
func (a *app) withOwn(do func(keeper) error) error {
	place, err := a.place()
	if err == nil {
		err = a.isOwn(place)
	}
	if err != nil {
		return err
	}
	v, err := a.here.Vault()
	if err != nil {
		return err
	}
	return do(v)
}

// isOwn refuses a place that is not that of the agent's vault.
func (a *app) isOwn(place vault.Place) error {
	if place.File != a.here.Status().Vault {
		return errElsewhere
	}
	return nil
}
