package approve

// This file reads rules: a TOML file of tables [[rule]]. What is not understood is
// an error with its line; nothing is guessed. The values are read in rulesvalue.go.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

const maxRulesFile = 1 << 20 // bytes

// RulesError is something wrong in a file of rules.
type RulesError struct {
	File string
	Line int // 0: unknown
	Text string
	Hint string // what to do, or ""
}

func (e *RulesError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
	}
	return e.File + ": " + e.Text
}

// ReadRules reads a file of rules. One that is missing holds none, and is no
// error. Errors: *RulesError, also when others may write the file, whatever it
// says then; those of reading.
func ReadRules(file string) (Rules, error) {
	f, err := openAtOnce(file)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(file); err == nil { // whoever made it wants rules
			return Rules{}, &RulesError{File: file, Text: "is a link that leads nowhere"}
		}
		return Rules{}, nil
	}
	if err != nil {
		return Rules{}, fmt.Errorf("read rules: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Rules{}, fmt.Errorf("read rules: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Rules{}, &RulesError{File: file, Text: "is not a file"}
	}
	if why, hint := othersWrite(info); why != "" {
		return Rules{}, &RulesError{File: file, Text: why, Hint: hint + " " + file}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxRulesFile+1))
	if err != nil {
		return Rules{}, fmt.Errorf("read rules: %w", err)
	}
	if len(text) > maxRulesFile {
		return Rules{}, &RulesError{File: file, Text: "is larger than 1 MiB"}
	}
	return ParseRules(file, text)
}

// ParseRules reads rules from the text of file, whose name is for errors alone.
//
//	[[rule]]
//	name = "night"                     # shown where the rule decides; needed
//	do = "ignore"                      # or "deny"; needed, and nothing else is possible
//	app = "rms*"                       # also account, server, action; * ? [a-z], any case
//	hours = "22:00-06:00"              # of local time
//	days = ["mon-fri", "sun"]          # of hours over midnight: the day on which they begin
//	networks = ["10.0.0.0/8"]          # the address is in one of them
//	not_networks = ["192.168.0.0/16"]  # it is in none of them, or not known
//	burst = 3                          # from the third request of one app
//	within = "10m"                     # in that time, at most 24h
//
// A rule needs one condition at least. The first rule that fits decides. Error:
// *RulesError.
func ParseRules(file string, text []byte) (Rules, error) {
	var read struct {
		Rule []Rule `toml:"rule"`
	}
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&read)
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(unknown.Errors) > 0 {
		line, _ := unknown.Errors[0].Position()
		return Rules{}, &RulesError{File: file, Line: line, Text: fmt.Sprintf("there is no setting %q", strings.Join(unknown.Errors[0].Key(), "."))}
	}
	if bad, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := bad.Position()
		return Rules{}, &RulesError{File: file, Line: line, Text: strings.TrimPrefix(bad.Error(), "toml: ")}
	}
	if err != nil {
		return Rules{}, &RulesError{File: file, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	names := map[string]bool{}
	for i, r := range read.Rule {
		why := r.wrong()
		if why == "" && names[r.Name] {
			why = "another rule has that name"
		}
		if why != "" {
			return Rules{}, &RulesError{File: file, Line: headLine(text, i), Text: fmt.Sprintf("rule %d (%q): %s", i+1, Text(r.Name), why)}
		}
		names[r.Name] = true
	}
	return Rules{File: file, List: read.Rule}, nil
}

var ruleHead = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^[ \t]*\[\[[ \t]*rule[ \t]*\]\]`) })

// headLine is the line on which the i-th rule begins, 0 when that can not be seen.
func headLine(text []byte, i int) int {
	heads := ruleHead().FindAllIndex(text, -1)
	if i >= len(heads) {
		return 0
	}
	return 1 + bytes.Count(text[:heads[i][0]], []byte("\n"))
}

// wrong says what r lacks as a whole, "" for nothing.
func (r Rule) wrong() string {
	switch {
	case r.Name == "":
		return `it has no name`
	case Text(r.Name) != r.Name:
		return "its name is longer than 64 signs, or not all of them can be shown"
	case !r.Do.said:
		return `it does not say what to do: do = "ignore" or "deny"`
	case r.Networks != nil && len(r.Networks) == 0, r.NotNetworks != nil && len(r.NotNetworks) == 0, r.Days != nil && len(r.Days) == 0:
		return "it has an empty list"
	case r.Burst < 0 || r.Burst == 1:
		return "burst is 2 or more"
	case r.Burst > 0 && r.Within.length == 0:
		return `burst needs a time: within = "10m"`
	case r.Burst == 0 && r.Within.length != 0:
		return "within goes with burst"
	}
	all := r.App == glob{} && r.Account == glob{} && r.Server == glob{} && r.Action == glob{} && r.Hours.IsZero() &&
		r.Days == nil && r.Networks == nil && r.NotNetworks == nil && r.Burst == 0
	if all {
		return `it has no condition; if it is for every request, say app = "*"`
	}
	return ""
}
