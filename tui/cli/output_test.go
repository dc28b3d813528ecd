package cli

// This file: what is printed steers no terminal and stays in its place.

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"nod/approve"
)

// hostile is a text that would colour, turn and forge what is around it.
const hostile = "x\u009b31m \x1b]0;t\a \x7f \u202eturned\u2069\u200f\u061c \u2028line\r\nstate  fine\tyes"

// raw tells whether text holds what steers a terminal.
func raw(text string) bool {
	return strings.ContainsAny(text, "\u009b\x1b\a\x7f\r\u202e\u2069\u200f\u061c\u2028")
}

func TestPrintedIsTame(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{env: Env{Stdout: &out, Stderr: &errs}}
	if err := a.table([][]string{{"note", hostile}, {"state", "bad"}}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); raw(got) || strings.Count(got, "\n") != 2 || strings.Contains(got, "\nstate  fine") {
		t.Errorf("a table of a hostile text: %q", got)
	}
	a.warn("%s", hostile)
	a.say("%s", hostile)
	if raw(errs.String()) {
		t.Errorf("warnings with a hostile text: %q", errs.String())
	}
	out.Reset()
	a.env.Now = time.Now
	down := change{event: serverDown, server: approve.ServerState{Err: errors.New(hostile)}}
	if err := a.printChange(down, nil); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); raw(got) || strings.Count(got, "\n") != 1 {
		t.Errorf("a line of watch with a hostile text: %q", got)
	}
	out.Reset()
	if err := a.printJSON(map[string]string{"note": hostile}); err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["note"] != hostile {
		t.Errorf("JSON of a hostile text reads as %q, %v", back["note"], err)
	}
	if got := out.String(); raw(got) || strings.Count(got, "\n") != 1 {
		t.Errorf("JSON of a hostile text: %q", got)
	}
}
