package cli_test

// This file: scripts with a terminal do not run on Windows.

import "github.com/rogpeppe/go-internal/testscript"

func cmdTerm(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("term: not on Windows; start the script with [!unix] skip")
}
