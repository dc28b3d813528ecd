package cli

// This file: the file of rules, and `nod rules check` and `test`.

import (
	"context"
	"encoding/json"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
)

// ruleable is an inbox that can follow a file of rules.
type ruleable interface {
	Follow(file string, wrong func(error)) error
}

// applyRules has an inbox that is to be watched follow the profile's rules. An agent's
// does already, but only its log says what was wrong with them: the person learns it here.
func (a *app) applyRules(in any) error {
	file, err := a.rulesFile()
	ruled, ok := in.(ruleable)
	if err != nil || !ok || file == "" {
		_, err = a.ownRules()
		return err
	}
	return ruled.Follow(file, func(err error) { a.warn("%v: the rules from before go on", err) })
}

// ownRules reads the rules of the profile, none without a home.
func (a *app) ownRules() (approve.Rules, error) {
	file, err := a.rulesFile()
	if err != nil || file == "" {
		return approve.Rules{}, err
	}
	return approve.ReadRules(file)
}

// rulesFile is where the rules of the profile are, "" without a home.
func (a *app) rulesFile() (string, error) {
	profile, err := a.profile()
	dir := a.xdg("XDG_CONFIG_HOME", "config")
	if err != nil || dir == "" {
		return "", err
	}
	if profile == "default" {
		return filepath.Join(dir, "rules.toml"), nil
	}
	return filepath.Join(dir, profile+".rules.toml"), nil
}

const rulesLong = `Rules ignore or deny login requests without a person, while nod watches: in the
full-screen program, nod watch and nod wait. They never accept. They are in
rules.toml in nod/ below $XDG_CONFIG_HOME (~/.config), for a profile in
NAME.rules.toml, which nobody else may write:

  [[rule]]
  name = "night"
  do = "ignore"                      # or "deny"
  app = "rms*"                       # also account, server, action; * ? [a-z]
  hours = "22:00-06:00"              # local time
  days = ["mon-fri", "sun"]          # on which the hours begin

  [[rule]]
  name = "outside"
  do = "deny"
  not_networks = ["10.0.0.0/8"]      # or networks; an unknown address is in none

  [[rule]]
  name = "storm"
  do = "ignore"
  burst = 3                          # from the third request of one app
  within = "10m"                     # in that time

The first rule that fits decides; it fits when all that it says does. It is applied
once, to a request that nobody has answered, and needs no PIN; the history says
which rule it was. A denial means "by mistake": rules report nobody. nod reads the
file when it starts to watch, an agent when it is unlocked, and both when a request
comes and the file has changed. If it is wrong then, the rules from before go on.`

func (a *app) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "what nod ignores or denies by itself", Long: rulesLong, Args: noArgs, RunE: parent}
	check := &cobra.Command{
		Use: "check [FILE]", Short: "read the rules and print them, or what is wrong with them", Args: maxArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.runRulesCheck(args) },
	}
	var o rulesTestOptions
	test := &cobra.Command{
		Use: "test", Short: "say which rule would decide on a request", Args: noArgs,
		Example: "  nod rules test --app rms --ip 203.0.113.7 --at 2026-11-22T23:30:00+01:00",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runRulesTest(cmd.Context(), o) },
	}
	f := test.Flags()
	f.StringVar(&o.request.App, "app", "", "`name` of the app")
	f.StringVar(&o.request.Account, "user", "", "`account` of the request")
	f.StringVar(&o.request.Server, "server", "", "`address` of the server")
	f.StringVar(&o.request.Action, "action", "sign in", "what is asked for: a `text`")
	f.StringVar(&o.request.IP, "ip", "", "`address` that the request comes from; none is an unknown one")
	f.StringVar(&o.at, "at", "", "when: a `time` such as 2026-11-22T23:30:00Z or 23:30 (now)")
	f.IntVar(&o.earlier, "earlier", 0, "`number` of requests of the app just before")
	f.StringVar(&o.file, "file", "", "`file` of rules (that of the profile)")
	cmd.AddCommand(check, test)
	return cmd
}

// readRules reads the file that is named, or that of the profile. A file that is
// named must be there.
func (a *app) readRules(name string) (approve.Rules, string, error) {
	file := name
	if file == "" {
		var err error
		if file, err = a.rulesFile(); err != nil {
			return approve.Rules{}, "", err
		}
	}
	if file == "" {
		return approve.Rules{}, "", &usageError{err: errNoHome, hint: "set HOME, or name the file"}
	}
	rules, err := approve.ReadRules(file)
	if err == nil && name != "" && rules.File == "" {
		err = &statusError{exit: exitNotFound, name: "no_file", text: "there is no file " + file}
	}
	return rules, file, err
}

func (a *app) runRulesCheck(args []string) error {
	rules, file, err := a.readRules(strings.Join(args, ""))
	if err != nil {
		return err
	}
	if a.flags.json {
		list := rules.List
		if list == nil {
			list = []approve.Rule{}
		}
		return a.printJSON(struct {
			Schema int            `json:"schema"`
			File   string         `json:"file"`
			Exists bool           `json:"exists"`
			Rules  []approve.Rule `json:"rules"`
		}{schema, file, rules.File != "", list})
	}
	if len(rules.List) == 0 {
		a.say("no rules in %s: every request is for you", file)
		return nil
	}
	rows := [][]string{{"RULE", "DOES", "WHEN"}}
	for _, r := range rules.List {
		rows = append(rows, []string{r.Name, string(r.Act()), ruleWords(r)})
	}
	return a.table(rows)
}

// ruleWords are a rule's conditions as its file has them.
func ruleWords(r approve.Rule) string {
	line, err := json.Marshal(r)
	var all map[string]any
	if err == nil {
		err = json.Unmarshal(line, &all)
	}
	if err != nil {
		return err.Error()
	}
	var words []string
	for _, key := range []string{"app", "account", "server", "action", "hours", "days", "networks", "not_networks", "burst", "within"} {
		switch v := all[key].(type) {
		case string:
			words = append(words, key+" "+v)
		case float64:
			words = append(words, key+" "+strconv.Itoa(int(v)))
		case []any:
			var items []string
			for _, item := range v {
				items = append(items, item.(string))
			}
			words = append(words, key+" "+strings.Join(items, " "))
		}
	}
	return strings.Join(words, ", ")
}

type rulesTestOptions struct {
	request approve.Request
	at      string
	earlier int
	file    string
}

func (a *app) runRulesTest(_ context.Context, o rulesTestOptions) error {
	at, err := momentOf(o.at, a.env.Now().Local())
	if err != nil {
		return err
	}
	if o.earlier < 0 || o.earlier > 1000 {
		return usagef("--earlier is 0 to 1000")
	}
	if _, err := netip.ParseAddr(o.request.IP); err != nil && o.request.IP != "" {
		return usagef("--ip %q is not an address", o.request.IP)
	}
	rules, _, err := a.readRules(o.file)
	if err != nil {
		return err
	}
	r := o.request
	r.ID, r.AskedAt = "test", at
	one := approve.Arrival{Server: r.Server, App: r.App, At: at.Add(-time.Millisecond)}
	arrivals := slices.Repeat([]approve.Arrival{one}, o.earlier)
	for i := range arrivals {
		arrivals[i].ID = "earlier " + strconv.Itoa(i)
	}
	act, rule, ok := rules.Decide(r, arrivals, at)
	text := "no rule: it is for you\n"
	if ok {
		text = string(act) + "  by rule " + rule + "\n"
	}
	return a.answer(struct {
		Schema  int         `json:"schema"`
		Decided bool        `json:"decided"`
		Do      approve.Act `json:"do,omitempty"`
		Rule    string      `json:"rule,omitempty"`
	}{schema, ok, act, rule}, "%s", text)
}

// momentOf reads a time of RFC 3339, or one of today; "" is now.
func momentOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.In(now.Location()), nil
	}
	at, err := time.Parse("15:04", text)
	if err != nil {
		return now, usagef("--at takes a time such as 2026-11-22T23:30:00Z or 23:30")
	}
	return time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, now.Location()), nil
}
