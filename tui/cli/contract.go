package cli

// This file: what each command promises to scripts: the exit statuses that it ends
// with and the JSON that it prints. Help, docs/commands.md and the man pages show
// it; the tests compare it with what the scripts see.

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// exitAnnotation is the annotation of a command with its exit statuses, "0 1 2 5".
const exitAnnotation = "exit"

// everywhere are the statuses of every command: done, another failure (a full disk),
// wrong usage, --timeout, and Ctrl+C.
var everywhere = []int{exitOK, exitOther, exitUsage, exitTime, exitInterrupted}

// What commands of one kind have in common.
var (
	// opening the vault: no PIN, a wrong one, no such vault, an older file in its place
	opening = []int{exitLocked, exitWrongPIN, exitNotFound, exitConflict}
	// asking the agent, if one runs: as opening, or too often
	usingVault = join(opening, []int{exitLimited})
	// asking a server that the vault is paired with
	calling = []int{exitUnreachable, exitLimited, exitRefused, exitClock}
	// looking after a server's store: there is none, or not what was named
	keeping = []int{exitNotFound}
)

// statuses are the exit statuses of each command besides those of everywhere, by
// its path. A script shows each of them: exits STATUS nod COMMAND...
var statuses = map[string][]int{
	"nod":      nil,
	"nod code": usingVault,
	"nod ls":   usingVault,
	"nod add":  usingVault,
	"nod scan": {exitNotFound},
	"nod show": usingVault,
	"nod edit": usingVault,
	"nod rm":   usingVault,

	"nod clock":           join(usingVault, []int{exitUnreachable, exitClock}),
	"nod clock show":      join(usingVault, []int{exitUnreachable, exitClock}),
	"nod clock set-shift": join(usingVault, []int{exitUnreachable}),

	"nod pair":             join(opening, calling),
	"nod approvals":        join(opening, calling),
	"nod approvals list":   join(opening, calling),
	"nod approvals view":   join(opening, calling),
	"nod accept":           join(opening, calling, []int{exitNumber}),
	"nod ignore":           join(opening, calling),
	"nod deny":             join(opening, calling),
	"nod report":           join(opening, calling),
	"nod pause":            join(opening, calling),
	"nod resume":           join(opening, calling),
	"nod wait":             join(opening, calling),
	"nod watch":            usingVault,
	"nod rules check":      {exitNotFound},
	"nod rules test":       {exitNotFound},
	"nod servers":          usingVault,
	"nod servers list":     usingVault,
	"nod servers add":      join(opening, calling),
	"nod servers test":     join(opening, calling),
	"nod servers rm":       join(opening, calling),
	"nod servers rename":   join(opening, calling),
	"nod servers rotate":   join(usingVault, []int{exitUnreachable, exitRefused}),
	"nod servers rollover": join(usingVault, []int{exitUnreachable, exitRefused}),
	"nod servers sync":     join(usingVault, []int{exitUnreachable, exitRefused}),

	"nod init":                       {exitLocked, exitNotFound, exitConflict},
	"nod unlock":                     opening,
	"nod lock":                       {exitNotFound},
	"nod agent run":                  {exitNotFound, exitConflict},
	"nod agent stop":                 {exitNotFound},
	"nod agent status":               {exitNotFound},
	"nod agent unit":                 nil,
	"nod pin change":                 opening,
	"nod status":                     nil,
	"nod history":                    usingVault,
	"nod doctor":                     nil,
	"nod doctor clipboard":           nil,
	"nod doctor notify":              nil,
	"nod vault status":               {exitNotFound},
	"nod vault drill":                {exitLocked, exitWrongPIN, exitNotFound},
	"nod vault protect":              opening,
	"nod vault recover":              opening,
	"nod vault rekey":                opening,
	"nod vault restore":              {exitLocked, exitWrongPIN, exitConflict},
	"nod vault slots":                {exitNotFound},
	"nod vault slots list":           {exitNotFound},
	"nod vault slots add passphrase": opening,
	"nod vault slots add pin":        opening,
	"nod vault slots add ssh":        opening,
	"nod vault slots remove":         opening,

	"nod demo":                nil,
	"nod server demo":         nil,
	"nod server init":         {exitConflict},
	"nod server run":          {exitNotFound, exitConflict},
	"nod server doctor":       nil,
	"nod server unit":         nil,
	"nod server migrate":      keeping,
	"nod server backup":       {exitNotFound, exitConflict},
	"nod server copy":         {exitNotFound, exitConflict},
	"nod server audit list":   keeping,
	"nod server audit verify": keeping,
	"nod server audit export": {exitNotFound, exitConflict},
	"nod server outbox list":  keeping,
	"nod server outbox show":  keeping,
	"nod server policy show":  keeping,
	"nod server policy set":   keeping,
	"nod server reset-2fa":    keeping,
	"nod server app add":      keeping,
	"nod server app close":    keeping,
	"nod server app list":     keeping,
	"nod server app rotate":   keeping,
	"nod server user add":     keeping,
	"nod server user admin":   {exitNotFound, exitConflict},
	"nod server user close":   {exitNotFound, exitConflict},
	"nod server user invite":  {exitNotFound, exitConflict},
	"nod server user list":    keeping,
	"nod server user reopen":  keeping,
	"nod server user unlock":  keeping,
	"nod sim login":           {exitNumber, exitUnreachable, exitLimited, exitRefused},
	"nod sim pair":            {exitUnreachable},
	"nod sim phone":           {exitUnreachable, exitRefused},

	"nod help":          nil,
	"nod version":       nil,
	"nod completion":    nil,
	"nod docs man":      nil,
	"nod docs markdown": nil,
}

// examples is what each command prints with --json, by its path: every field that
// there can be, in one object.
//
//go:embed examples.json
var examples []byte

func join(lists ...[]int) []int { return slices.Concat(lists...) }

// exits returns the exit statuses of a command, in order; nil when nothing is
// promised, as for a command that only holds others.
func exits(c *cobra.Command) []int {
	own, ok := statuses[c.CommandPath()]
	if !ok {
		return nil
	}
	all := join(everywhere, own)
	slices.Sort(all)
	return slices.Compact(all)
}

// promise notes the exit statuses of root and of all commands below it, and has
// help show them.
func promise(root *cobra.Command) {
	root.SetUsageTemplate(root.UsageTemplate() +
		`{{with index .Annotations "` + exitAnnotation + `"}}
Exit status: {{.}} (nod help exit-codes)
{{end}}`)
	each(root, func(c *cobra.Command) {
		var list []string
		for _, n := range exits(c) {
			list = append(list, strconv.Itoa(n))
		}
		if c.Annotations == nil {
			c.Annotations = map[string]string{}
		}
		if list != nil {
			c.Annotations[exitAnnotation] = strings.Join(list, " ")
		}
	})
}

// each calls do with c and all commands below it.
func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		each(sub, do)
	}
}

// exitMeaning returns what a status means.
func exitMeaning(n int) string {
	for _, e := range exitMeanings {
		if e.code == n {
			return e.meaning
		}
	}
	return ""
}

// answersOf returns the examples of what commands print with --json, by path.
func answersOf() (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(examples, &all); err != nil {
		return nil, fmt.Errorf("read examples.json: %w", err)
	}
	return all, nil
}
