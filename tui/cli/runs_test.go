package cli_test

// This file: what the runs of nod in the scripts ended with and printed, noted by
// each of them, so that it can be compared with the contract of the commands.

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"

	"nod/tui/cli"
)

// run is one run of nod in a script.
type run struct {
	Command string // "nod code"
	Args    []string
	Status  int
	Output  string // with --json
}

// noted calls nod with args, and leaves a note of how that went in the directory
// $NOD_TEST_RUNS.
func noted(env cli.Env, args []string, call func(cli.Env) int) int {
	dir := os.Getenv("NOD_TEST_RUNS")
	if dir == "" {
		return call(env)
	}
	r := run{Command: cli.CommandPath(args), Args: args}
	var output bytes.Buffer
	if slices.Contains(args, "--json") {
		env.Stdout = io.MultiWriter(env.Stdout, &output)
	}
	r.Status = call(env)
	r.Output = output.String()
	text, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	f, err := os.CreateTemp(dir, "run-*.json")
	if err != nil {
		panic(err)
	}
	if _, err := f.Write(text); err != nil {
		panic(err)
	}
	if err := f.Close(); err != nil {
		panic(err)
	}
	return r.Status
}
