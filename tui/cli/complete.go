package cli

// This file: what the shells complete besides commands and flags: the values of
// flags that are one of a few words, and the names of files.

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/scan"
	"nod/vault/protect"
)

// completionLimit is how long a completion may take: a person waits for it.
const completionLimit = 200 * time.Millisecond

// flagValues are the words that flags of a command take, by its path and the
// flag's name.
var flagValues = map[string][]string{
	"nod deny --reason":  {"cancelled", "not_me"},
	"nod history --type": eventNames(),
}

// valuesEverywhere are the words of flags that mean the same in every command.
var valuesEverywhere = map[string]func() []string{
	"protect":   protectWords,
	"algorithm": func() []string { return []string{"SHA1", "SHA256", "SHA512"} },
	"digits":    func() []string { return []string{"6", "7", "8"} },
	"type":      func() []string { return []string{"totp", "hotp", "steam", "motp", "yandex"} },
	"qr": func() (words []string) {
		for _, s := range scan.Sources {
			words = append(words, string(s))
		}
		return words
	},
}

// flagFiles are the endings of the files that flags name; nil for any file. The
// flags that end in -file need no row.
var flagFiles = map[string][]string{
	"vault":   {"nod"},
	"qr-file": {"png", "svg"},
}

// protectWords are what a PIN can be protected by.
func protectWords() []string {
	words := []string{"best"}
	for _, k := range protect.Kinds {
		words = append(words, string(k))
	}
	return words
}

// argumentNames are the commands whose first argument completes, with what: what
// the unlocked vault has of that kind.
var argumentNames = map[string]func(*app, context.Context) []string{
	"nod code": (*app).knownAccounts, "nod show": (*app).knownAccounts,
	"nod edit": (*app).knownAccounts, "nod rm": (*app).knownAccounts,
	"nod accept": (*app).knownRequests, "nod ignore": (*app).knownRequests, "nod deny": (*app).knownRequests,
	"nod report": (*app).knownRequests, "nod approvals view": (*app).knownRequests,
	"nod servers test": (*app).knownPairings, "nod servers rm": (*app).knownPairings,
	"nod servers rename": (*app).knownPairings, "nod servers rotate": (*app).knownPairings,
	"nod servers rollover": (*app).knownPairings, "nod servers sync": (*app).knownPairings,
	"nod vault slots remove": (*app).knownSlotIDs,
	"nod vault protect":      func(*app, context.Context) []string { return protectWords() },
}

// argumentFiles are the commands whose arguments are files.
var argumentFiles = map[string]bool{
	"nod scan": true, "nod vault drill": true, "nod vault restore": true, "nod server backup": true, "nod docs man": true,
}

// completions has root and all commands below it complete their arguments and flags.
func (a *app) completions(root *cobra.Command) {
	each(root, func(c *cobra.Command) {
		path := c.CommandPath()
		if known, ok := argumentNames[path]; ok {
			c.ValidArgsFunction = a.inTime(known)
		} else if c.ValidArgsFunction == nil && c.ValidArgs == nil && !argumentFiles[path] {
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		local := localFlags(c)
		if c == root {
			local.AddFlagSet(c.PersistentFlags())
		}
		for _, name := range flagNames(local) {
			a.completeFlag(c, path, name)
		}
	})
}

func (a *app) completeFlag(c *cobra.Command, path, name string) {
	words := func() []string { return flagValues[path+" --"+name] }
	if _, ok := flagValues[path+" --"+name]; !ok {
		words = valuesEverywhere[name]
	}
	var err error
	endings, files := flagFiles[name]
	switch {
	case name == "qr": // or a picture
		err = c.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return words(), cobra.ShellCompDirectiveDefault
		})
	case words != nil:
		err = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words(), cobra.ShellCompDirectiveNoFileComp))
	case files:
		err = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(endings, cobra.ShellCompDirectiveFilterFileExt))
	case name == "profile":
		err = c.RegisterFlagCompletionFunc(name, a.inTime((*app).knownProfiles))
	case name == "slot":
		err = c.RegisterFlagCompletionFunc(name, a.inTime((*app).knownSlots))
	case !strings.HasSuffix(name, "-file") && !takesFile[name]:
		err = c.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	if err != nil {
		panic(err) // twice the same flag
	}
}

// takesFile are the other flags that name a file or a directory.
var takesFile = map[string]bool{"data": true, "output": true, "config": true, "to": true}

// inTime completes with what known returns in time.
func (a *app) inTime(known func(*app, context.Context) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		parent := cmd.Context()
		if parent == nil {
			parent = context.Background()
		}
		ctx, cancel := context.WithTimeout(parent, completionLimit)
		defer cancel()
		found := make(chan []string, 1)
		go func() { found <- known(a, ctx) }()
		select {
		case words := <-found:
			return words, cobra.ShellCompDirectiveNoFileComp
		case <-ctx.Done():
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
}

// knownProfiles returns the names of the vaults in their usual directory.
func (a *app) knownProfiles(context.Context) (names []string) {
	files, err := os.ReadDir(a.dataDir())
	if err != nil {
		return nil
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".nod")
		if ok && name != "vault" && f.Type().IsRegular() {
			names = append(names, name)
		}
	}
	return names
}
