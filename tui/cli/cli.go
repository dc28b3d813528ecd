// Package cli holds nod's commands, one file a command. It reads arguments, asks
// for secrets, prints answers and chooses the exit status; what the commands do
// is done by vault, approve, scan and tui.
//
// This file: the environment of a run, and Run itself.
package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"nod/tui/agent"
	"nod/vault"
	"nod/vault/memory"
	"nod/vault/protect"
)

// Env is all that a command may know of the world outside.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	// Cost is the price of one guess at the PIN of a new vault; zero means
	// measured on this machine. Only tests set it.
	Cost vault.Cost
	// KeyBits is the size of the RSA keys that some servers want, no less than 2048;
	// zero means the usual 4096, which take seconds to make. Only tests set it.
	KeyBits int
	// AgentCalls is how many calls a second the agent answers; zero means the usual
	// agent.DefaultCalls. Only tests set it.
	AgentCalls float64
	// HTTP speaks to servers; never nil.
	HTTP *http.Client
	// Terminal opens the terminal that a person sits at, or fails when there is none.
	Terminal func() (*Terminal, error)
	// Harden shuts the process off from others before anything secret is read; nil
	// leaves it open, as tests want it. The errors say what the system refused.
	Harden func() []error
}

// OS returns the environment of this process. It takes $NOD_PIN out of what the programs
// that nod starts are given: some of them stay for long, such as those that hold the
// clipboard, and any program of the person's can read their variables.
func OS() Env {
	const secret = "NOD_PIN"
	pin := os.Getenv(secret)
	_ = os.Unsetenv(secret)
	return Env{
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Getenv: func(name string) string {
			if name == secret {
				return pin
			}
			return os.Getenv(name)
		},
		Now:      time.Now,
		HTTP:     &http.Client{},
		Terminal: openTerminal,
		Harden:   memory.Harden,
	}
}

// Run runs one command and returns the exit status. It is the only place that
// prints errors. Cancelling ctx interrupts the command.
func Run(ctx context.Context, env Env, args []string) int {
	a := &app{env: env, args: args, release: func() {}}
	if env.Harden != nil {
		a.refused = env.Harden()
	}
	root := a.rootCommand()
	root.SetArgs(shiftLast(args))
	root.SetIn(env.Stdin)
	help := &keptError{w: env.Stdout}
	root.SetOut(help)
	root.SetErr(env.Stderr)
	err := guarded(func() error { return root.ExecuteContext(ctx) })
	if err == nil && help.err != nil {
		err = fmt.Errorf("print: %w", help.err)
	}
	a.release()
	a.forget()
	return a.finish(ctx, err)
}

// keptError keeps the first error of w: cobra prints help and does not look at it.
type keptError struct {
	w   io.Writer
	err error
}

func (k *keptError) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	if k.err == nil {
		k.err = err
	}
	return n, err
}

// app is one run of nod: what the commands share.
type app struct {
	env   Env
	args  []string
	flags flags

	held        []byte          // the credential's secret, once read; see credential.go
	kind        vault.SlotType  // of held
	odd         string          // why held can be no PIN, ""; see oddPIN
	key         *protect.SSHKey // of the ssh-agent, once found; see sshkey.go
	asked       bool            // a secret was typed at the terminal
	refused     []error         // what Env.Harden could not do
	limit       context.Context // of the command's network part, for telling why it ended
	recordsTold bool            // the person was warned of damaged records
	given       vault.Record    // of codes handed out, as it was found
	ended       <-chan struct{} // closed at Ctrl+C, or once --timeout has passed; see begin.go
	release     func()          // what --timeout takes
	here        *agent.Here     // this run is inside the agent; see shortcut.go
}
