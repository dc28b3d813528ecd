package cli_test

// This file: what the scripts' runs of nod ended with and printed is what
// contract.go and examples.json say. With NOD_TEST_EXAMPLES=write fields that
// examples.json lacks are written into it, to be looked over by hand.

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nod/tui/cli"
)

const examplesFile = "examples.json"

// noteRuns has the runs of nod noted, and compares them when all scripts are done.
func noteRuns(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("NOD_TEST_RUNS", dir)
	t.Cleanup(func() { compareRuns(t, dir) })
}

func compareRuns(t *testing.T, dir string) {
	text, err := os.ReadFile(examplesFile)
	if err != nil {
		t.Fatal(err)
	}
	var known map[string]any
	if err := json.Unmarshal(text, &known); err != nil {
		t.Fatal(err)
	}
	lacking := false
	for _, r := range readRuns(t, dir) {
		if exits := cli.Exits(r.Command); exits != nil && !slices.Contains(exits, r.Status) {
			t.Errorf("%s ended with status %d (%s), which its row in contract.go does not have: add it to statuses[%q]",
				r.Command, r.Status, strings.Join(r.Args, " "), r.Command)
		}
		for line := range strings.Lines(r.Output) {
			var got any
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Errorf("%s --json printed a line that is not JSON: %v: %s", r.Command, err, line)
				continue
			}
			if field := lacks(known[r.Command], got, ""); field != "" {
				known[r.Command], lacking = merge(known[r.Command], got), true
				example, _ := json.MarshalIndent(known[r.Command], " ", " ")
				t.Errorf("%s --json printed the field %s, which examples.json does not show. Its example should be\n %q: %s", r.Command, field, r.Command, example)
			}
		}
	}
	if lacking && os.Getenv("NOD_TEST_EXAMPLES") == "write" {
		writeExamples(t, known)
	}
}

func readRuns(t *testing.T, dir string) (all []run) {
	files, err := filepath.Glob(filepath.Join(dir, "run-*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r run
		if json.Unmarshal(text, &r) == nil { // else it was killed in the middle
			all = append(all, r)
		}
	}
	return all
}

func writeExamples(t *testing.T, known map[string]any) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(known); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(examplesFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log("examples.json is written: look it over, then go run . docs markdown > docs/commands.md")
}

// lacks returns the path of the first field of got that known does not have.
func lacks(known, got any, path string) string {
	switch got := got.(type) {
	case map[string]any:
		fields, _ := known.(map[string]any)
		if anyName(fields) {
			return ""
		}
		for _, name := range slices.Sorted(maps.Keys(got)) {
			there, ok := fields[name]
			if !ok {
				return path + "." + name
			}
			if field := lacks(there, got[name], path+"."+name); field != "" {
				return field
			}
		}
	case []any:
		list, _ := known.([]any)
		for _, one := range got {
			if len(list) == 0 {
				return path + "[]"
			}
			if field := lacks(list[0], one, path+"[]"); field != "" {
				return field
			}
		}
	}
	return ""
}

// anyName tells of an example whose names are data, not fields: {"...": value}.
func anyName(fields map[string]any) bool {
	_, ok := fields["..."]
	return ok
}

// merge adds to an example the fields that it lacks.
func merge(known, got any) any {
	switch got := got.(type) {
	case map[string]any:
		fields, ok := known.(map[string]any)
		if !ok {
			fields = map[string]any{}
		}
		if anyName(fields) {
			return fields
		}
		for name, value := range got {
			fields[name] = merge(fields[name], value)
		}
		return fields
	case []any:
		list, _ := known.([]any)
		for _, one := range got {
			if len(list) == 0 {
				list = []any{nil}
			}
			list[0] = merge(list[0], one)
		}
		return list
	}
	if known != nil {
		return known
	}
	return got
}

// Fields that an example lacks are seen, at any depth.
func TestLacks(t *testing.T) {
	known := map[string]any{"a": 1.0, "b": []any{map[string]any{"c": 1.0}}, "names": map[string]any{"...": 1.0}}
	for _, tt := range []struct{ text, want string }{
		{`{"a":2}`, ""},
		{`{"a":2,"b":[]}`, ""},
		{`{"b":[{"c":3},{"d":3}]}`, ".b[].d"},
		{`{"e":1}`, ".e"},
		{`{"names":{"ana":1,"ben":2}}`, ""},
	} {
		var got any
		if err := json.Unmarshal([]byte(tt.text), &got); err != nil {
			t.Fatal(err)
		}
		if field := lacks(known, got, ""); field != tt.want {
			t.Errorf("%s lacks %q, want %q", tt.text, field, tt.want)
		}
		if tt.want != "" && lacks(merge(known, got), got, "") != "" {
			t.Errorf("%s is not merged", tt.text)
		}
	}
}
