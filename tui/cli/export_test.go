package cli

// This file: what the tests outside this package see of it.

import "github.com/spf13/cobra"

// HereLimit is how long a command may take inside the agent.
const HereLimit = hereLimit

// CommandPath returns the path of the command that args run, "nod code", also
// when args are wrong.
func CommandPath(args []string) string {
	c, _, err := (&app{}).rootCommand().Find(args)
	if err != nil || c == nil {
		return "nod"
	}
	return c.CommandPath()
}

// Exits returns the exit statuses that the command at path promises.
func Exits(path string) (promised []int) {
	each((&app{}).rootCommand(), func(c *cobra.Command) {
		if c.CommandPath() == path {
			promised = exits(c)
		}
	})
	return promised
}
