// Package recipes tests the pages of this directory as they stand: it runs their
// files and commands, by the programs that they name, on a machine of its own.
package recipes

// This file: the programs that the test binary is on that machine, by its name.

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"nod/tui/cli"
	"nod/vault"
)

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "nod":
		os.Exit(nod())
	case "site":
		site(os.Args[1])
	default:
		flag.Parse()
		if !set("test.parallel") { // they wait for fresh codes, mostly
			check(flag.Set("test.parallel", "4"))
		}
		os.Exit(m.Run())
	}
}

// set tells whether the command line has a flag.
func set(name string) (is bool) {
	flag.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// nod is main.go's run with the cheapest price of a guess.
func nod() int {
	ctx, stop := signal.NotifyContext(context.Background(), cli.LeaveSignals...)
	defer stop()
	env := cli.OS()
	env.Cost = vault.FloorCost
	return cli.Run(ctx, env, os.Args[1:])
}
