// Command nod is a companion authenticator for the terminal: it shows one-time
// codes and answers login requests. This file knows signals and the exit status
// and nothing else; see tui/cli for the commands. Package shortcut may end the program
// before main begins.
package main

import (
	"os"

	_ "nod/tui/agent/shortcut"
	"nod/tui/cli"
)

func main() { os.Exit(run()) }

// run ends the context at the signals that ask a program to leave, so that
// every command can clean up behind itself.
func run() int {
	ctx, stop := cli.Leaving()
	defer stop()
	return cli.Run(ctx, cli.OS(), os.Args[1:])
}
