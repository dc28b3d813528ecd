package approve

// This file tests what rules decide, and how they are read.

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// ruled are rules of a text that must be right.
func ruled(t *testing.T, text string) Rules {
	t.Helper()
	rules, err := ParseRules("rules.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestDecide(t *testing.T) {
	day := func(s string) time.Time { // 2026-11-23 is a Monday
		at, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	noon := day("2026-11-23 12:00")
	request := func(change func(r *Request)) Request {
		r := Request{
			ID: "r-9", Device: "d-1", Server: "https://rms.demo.test:8443", App: "RMS Cloud", Account: "ana@demo.test",
			Action: "sign in", IP: "192.0.2.10", AskedAt: noon, ExpiresAt: noon.Add(2 * time.Minute),
		}
		if change != nil {
			change(&r)
		}
		return r
	}
	from := func(ip string) Request { return request(func(r *Request) { r.IP = ip }) }
	earlier := func(id string, before time.Duration) Arrival {
		return Arrival{Device: "d-1", ID: id, Server: "https://rms.demo.test:8443", App: "RMS Cloud", At: noon.Add(-before)}
	}
	storm := "burst = 3\nwithin = \"10m\""
	for name, c := range map[string]struct {
		conditions string
		r          Request
		earlier    []Arrival
		at         time.Time
		fits       bool
	}{
		"app":                       {`app = "rms*"`, request(nil), nil, noon, true},
		"app whole":                 {`app = "rms"`, request(nil), nil, noon, false},
		"account":                   {`account = "ANA@*"`, request(nil), nil, noon, true},
		"other account":             {`account = "ben@*"`, request(nil), nil, noon, false},
		"action":                    {`action = "sign ??"`, request(nil), nil, noon, true},
		"server origin":             {`server = "https://*.demo.test:8443"`, request(nil), nil, noon, true},
		"server host":               {`server = "rms.demo.test"`, request(nil), nil, noon, true},
		"server host and port":      {`server = "rms.demo.test:8443"`, request(nil), nil, noon, true},
		"other server":              {`server = "demo.test"`, request(nil), nil, noon, false},
		"both":                      {"app = \"rms*\"\naccount = \"ana*\"", request(nil), nil, noon, true},
		"one of both":               {"app = \"rms*\"\naccount = \"ben*\"", request(nil), nil, noon, false},
		"in hours":                  {`hours = "09:00-17:00"`, request(nil), nil, noon, true},
		"hours begin":               {`hours = "12:00-17:00"`, request(nil), nil, noon, true},
		"hours end":                 {`hours = "09:00-12:00"`, request(nil), nil, noon, false},
		"night, late":               {`hours = "22:00-06:00"`, request(nil), nil, day("2026-11-23 22:00"), true},
		"night, early":              {`hours = "22:00-06:00"`, request(nil), nil, day("2026-11-24 05:59"), true},
		"night, morning":            {`hours = "22:00-06:00"`, request(nil), nil, day("2026-11-24 06:00"), false},
		"to midnight":               {`hours = "22:00-24:00"`, request(nil), nil, day("2026-11-24 23:59"), true},
		"weekday":                   {`days = ["mon-fri"]`, request(nil), nil, noon, true},
		"weekend":                   {`days = ["sat", "sun"]`, request(nil), nil, noon, false},
		"days over the week's end":  {`days = ["Fri-Mon"]`, request(nil), nil, noon, true},
		"friday night on saturday":  {"hours = \"22:00-06:00\"\ndays = [\"fri\"]", request(nil), nil, day("2026-11-28 05:00"), true},
		"no night before friday":    {"hours = \"22:00-06:00\"\ndays = [\"fri\"]", request(nil), nil, day("2026-11-27 05:00"), false},
		"network":                   {`networks = ["192.0.2.0/24"]`, from("192.0.2.10"), nil, noon, true},
		"network, mapped":           {`networks = ["192.0.2.0/24"]`, from("::ffff:192.0.2.10"), nil, noon, true},
		"one address":               {`networks = ["2001:db8::7"]`, from("2001:db8::7"), nil, noon, true},
		"no address, network":       {`networks = ["0.0.0.0/0", "::/0"]`, from(""), nil, noon, false},
		"outside":                   {`not_networks = ["10.0.0.0/8", "192.168.0.0/16"]`, from("192.0.2.10"), nil, noon, true},
		"not outside":               {`not_networks = ["10.0.0.0/8", "192.168.0.0/16"]`, from("192.168.1.2"), nil, noon, false},
		"no address is outside":     {`not_networks = ["0.0.0.0/0", "::/0"]`, from(""), nil, noon, true},
		"bad address is outside":    {`not_networks = ["0.0.0.0/0", "::/0"]`, from("10.0.0.300"), nil, noon, true},
		"third of a burst":          {storm, request(nil), []Arrival{earlier("r-1", 9*time.Minute), earlier("r-2", 0)}, noon, true},
		"second":                    {storm, request(nil), []Arrival{earlier("r-1", 9*time.Minute)}, noon, false},
		"the same one twice":        {storm, request(nil), []Arrival{earlier("r-1", 0), earlier("r-1", time.Minute)}, noon, false},
		"itself":                    {storm, request(nil), []Arrival{earlier("r-9", 0), earlier("r-1", time.Minute)}, noon, false},
		"too long ago":              {storm, request(nil), []Arrival{earlier("r-1", 10*time.Minute), earlier("r-2", 0)}, noon, false},
		"later ones do not count":   {storm, request(nil), []Arrival{earlier("r-1", -time.Minute), earlier("r-2", -time.Minute)}, noon, false},
		"another app":               {storm, request(func(r *Request) { r.App = "Other" }), []Arrival{earlier("r-1", 0), earlier("r-2", 0)}, noon, false},
		"asked in the future":       {storm, request(func(r *Request) { r.AskedAt = noon.Add(time.Hour) }), []Arrival{earlier("r-1", 0), earlier("r-2", 0)}, noon, true},
		"burst and another account": {storm + "\naccount = \"ben\"", request(nil), []Arrival{earlier("r-1", 0), earlier("r-2", 0)}, noon, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, do := range []Act{Ignore, Deny} {
				rules := ruled(t, "[[rule]]\nname = \"one\"\ndo = \""+string(do)+"\"\n"+c.conditions)
				act, rule, ok := rules.Decide(c.r, c.earlier, c.at)
				if ok != c.fits || ok && (act != do || rule != "one") || !ok && (act != "" || rule != "") {
					t.Errorf("decided %q by %q, %v; want %v", act, rule, ok, c.fits)
				}
			}
		})
	}
}

// TestDecideFirst: the first rule that fits decides; without rules none does.
func TestDecideFirst(t *testing.T) {
	rules := ruled(t, `
[[rule]]
name = "other"
do = "deny"
app = "other"
[[rule]]
name = "first"
do = "ignore"
app = "rms"
[[rule]]
name = "second"
do = "deny"
app = "*"
`)
	if act, name, ok := rules.Decide(Request{App: "RMS"}, nil, time.Now()); act != Ignore || name != "first" || !ok {
		t.Errorf("decided %q by %q, %v", act, name, ok)
	}
	if _, _, ok := (Rules{}).Decide(Request{App: "RMS"}, nil, time.Now()); ok {
		t.Error("no rules decided")
	}
}

func TestRulesErrors(t *testing.T) {
	head := "# rules\n[[rule]]\nname = \"a\"\ndo = \"ignore\"\n"
	for name, c := range map[string]struct {
		text string
		line int
		want string
	}{
		"accept":          {"[[rule]]\nname = \"a\"\ndo = \"accept\"\napp = \"*\"", 3, "rules never accept"},
		"report":          {"[[rule]]\nname = \"a\"\ndo = \"report\"\napp = \"*\"", 3, "rules never report"},
		"Accept":          {"[[rule]]\nname = \"a\"\ndo = \"Accept\"\napp = \"*\"", 3, `can "ignore" or "deny"`},
		"a number":        {"[[rule]]\nname = \"a\"\ndo = 1\napp = \"*\"", 0, `can "ignore" or "deny"`},
		"no do":           {"\n[[rule]]\nname = \"a\"\napp = \"*\"", 2, "does not say what to do"},
		"no name":         {"[[rule]]\ndo = \"deny\"\napp = \"*\"", 1, "no name"},
		"odd name":        {"[[rule]]\nname = \"a\\u202e\"\ndo = \"deny\"\napp = \"*\"", 1, "not all of them can be shown"},
		"same name":       {head + "app = \"*\"\n" + head + "app = \"*\"", 7, "another rule has that name"},
		"no condition":    {head, 2, "no condition"},
		"unknown key":     {head + "apps = \"x\"", 5, `no setting "rule.apps"`},
		"unknown table":   {"[[rules]]\nname = \"a\"", 1, `no setting "rules"`},
		"not TOML":        {"[[rule]]\nname = night", 2, ""},
		"key twice":       {head + "app = \"a\"\napp = \"b\"", 6, ""},
		"empty glob":      {head + `app = ""`, 5, "not a pattern"},
		"bad glob":        {head + `app = "["`, 5, "not a pattern"},
		"list for glob":   {head + `app = ["a", "b"]`, 5, ""},
		"hours":           {head + `hours = "22-6"`, 5, "look like"},
		"hours too late":  {head + `hours = "22:00-25:00"`, 5, "look like"},
		"no hours":        {head + `hours = "06:00-06:00"`, 5, "whole day"},
		"day":             {head + `days = ["weekend"]`, 5, `"mon-fri"`},
		"no days":         {head + `days = []`, 2, "empty list"},
		"network":         {head + `networks = ["home"]`, 5, "not a network"},
		"host bits":       {head + `not_networks = ["10.1.2.3/8"]`, 5, `the network is "10.0.0.0/8"`},
		"no networks":     {head + `networks = []`, 2, "empty list"},
		"burst alone":     {head + `burst = 3`, 2, "needs a time"},
		"burst of one":    {head + "burst = 1\nwithin = \"1m\"", 2, "2 or more"},
		"negative burst":  {head + "burst = -1\nwithin = \"1m\"", 2, "2 or more"},
		"within alone":    {head + `within = "1m"`, 2, "goes with burst"},
		"within a week":   {head + "burst = 3\nwithin = \"168h\"", 6, "at most 24h"},
		"within nothing":  {head + "burst = 3\nwithin = \"0s\"", 6, "looks like"},
		"number within":   {head + "burst = 3\nwithin = 600", 0, "looks like"},
		"number for glob": {head + `app = 7.5e`, 5, ""},
		"a string burst":  {head + "burst = \"3\"\nwithin = \"1m\"", 5, ""},
		"rule, not table": {"rule = \"accept\"", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := ParseRules("rules.toml", []byte(c.text))
			e, ok := errors.AsType[*RulesError](err)
			if !ok || e.Line != c.line || !strings.Contains(e.Text, c.want) || len(rules.List) > 0 {
				t.Errorf("rules = %+v, error = %v; want line %d with %q", rules, err, c.line, c.want)
			}
			if ok && !strings.HasPrefix(e.Error(), "rules.toml:") {
				t.Errorf("error = %q", e)
			}
		})
	}
}

func TestReadRules(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "rules.toml")
	if rules, err := ReadRules(file); err != nil || len(rules.List) > 0 {
		t.Errorf("missing file: %+v, %v", rules, err)
	}
	if err := os.WriteFile(file, []byte("[[rule]]\nname = \"a\"\ndo = \"deny\"\napp = \"*\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if rules, err := ReadRules(file); err != nil || len(rules.List) != 1 || rules.File != file {
		t.Errorf("rules = %+v, %v", rules, err)
	}
	if _, err := ReadRules(dir); err == nil {
		t.Error("a directory was read")
	}
	if runtime.GOOS != "windows" {
		for _, mode := range []os.FileMode{0o620, 0o602, 0o666} {
			if err := os.Chmod(file, mode); err != nil {
				t.Fatal(err)
			}
			rules, err := ReadRules(file)
			if e, ok := errors.AsType[*RulesError](err); !ok || len(rules.List) > 0 || !strings.Contains(e.Hint, "chmod go-w "+file) {
				t.Errorf("mode %o: rules = %+v, error = %v", mode, rules, err)
			}
		}
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, make([]byte, maxRulesFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRules(file); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("a large file: %v", err)
	}
}

// drawRules draws the text of a file of rules: sensible ones, and nonsense.
func drawRules(t *rapid.T) string {
	value := rapid.OneOf(
		rapid.SampledFrom([]string{
			`"accept"`, `"ignore"`, `"deny"`, `"report"`, `"ACCEPT"`, `"*"`, `"rms*"`, `""`, `"00:00-24:00"`, `"22:00-06:00"`,
			`["mon-sun"]`, `["0.0.0.0/0", "::/0"]`, `[]`, `2`, `3`, `0`, `true`, `"10m"`, `"24h"`, `{ accept = true }`, `'''accept'''`, `1e9`, `2026-11-22`,
		}),
		rapid.StringMatching(`"[ -!#-\[\]-~]{0,12}"`),
	)
	key := rapid.SampledFrom([]string{
		"name", "do", "do", "app", "account", "server", "action", "hours", "days", "networks", "not_networks", "burst", "within",
		"Do", "act", "accept", "rule.do", `"do"`,
	})
	good := rapid.Bool().Draw(t, "good") // nothing but rules that may decide, or some test would draw none
	heads, acts, most := []string{"[[rule]]\n"}, []string{`"ignore"`, `"deny"`}, 0
	if !good {
		heads, acts, most = append(heads, heads[0], heads[0], "[rule]\n", "[[accept]]\n"), append(acts, `"accept"`), 4
	}
	var text strings.Builder
	for i := range rapid.IntRange(0, 3).Draw(t, "rules") {
		text.WriteString(rapid.SampledFrom(heads).Draw(t, "head"))
		if good || rapid.Bool().Draw(t, "sensible") {
			text.WriteString("name = \"" + string(rune('a'+i)) + "\"\n")
			text.WriteString("do = " + rapid.SampledFrom(acts).Draw(t, "do") + "\n")
			text.WriteString(rapid.SampledFrom([]string{"", "app = \"*\"\n", "burst = 2\nwithin = \"1h\"\n", "not_networks = [\"10.0.0.0/8\"]\n"}).Draw(t, "condition"))
		}
		for range rapid.IntRange(0, most).Draw(t, "keys") {
			text.WriteString(key.Draw(t, "key") + " = " + value.Draw(t, "value") + "\n")
		}
	}
	return text.String()
}

// TestNoRuleAccepts: whatever the file says, what rules decide is to ignore or to
// deny; a file that wants more is an error.
func TestNoRuleAccepts(t *testing.T) {
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		rules, err := ParseRules("rules.toml", []byte(drawRules(t)))
		if err != nil && len(rules.List) > 0 {
			t.Fatalf("rules beside the error %v", err)
		}
		now := time.Unix(rapid.Int64Range(0, 1<<31).Draw(t, "now"), 0)
		r := Request{
			ID: "r", App: rapid.SampledFrom([]string{"", "RMS", "accept"}).Draw(t, "app"), AskedAt: now,
			IP: rapid.SampledFrom([]string{"", "10.1.2.3", "2001:db8::1", "accept"}).Draw(t, "ip"),
		}
		act, name, ok := rules.Decide(r, []Arrival{{ID: "r-0", App: r.App, At: now}}, now)
		switch {
		case ok && (act == Ignore || act == Deny) && name != "":
			decided++
		case ok || act != "" || name != "":
			t.Fatalf("decided %q by %q, %v", act, name, ok)
		}
	})
	if decided == 0 {
		t.Error("no drawn rule decided anything")
	}
}
