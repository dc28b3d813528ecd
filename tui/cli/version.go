package cli

// This file: `nod version` and `nod completion`.

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.answer(struct {
				Schema  int    `json:"schema"`
				Version string `json:"version"`
				Go      string `json:"go"`
				OS      string `json:"os"`
				Arch    string `json:"arch"`
			}{schema, version(), runtime.Version(), runtime.GOOS, runtime.GOARCH},
				"nod %s %s/%s %s\n", version(), runtime.GOOS, runtime.GOARCH, runtime.Version())
		},
	}
}

// version is the module's version as go install knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func (a *app) completionCommand() *cobra.Command {
	shells := map[string]func(*cobra.Command, *bytes.Buffer) error{
		"bash":       bashCompletion,
		"zsh":        func(c *cobra.Command, b *bytes.Buffer) error { return c.GenZshCompletion(b) },
		"fish":       func(c *cobra.Command, b *bytes.Buffer) error { return c.GenFishCompletion(b, true) },
		"powershell": func(c *cobra.Command, b *bytes.Buffer) error { return c.GenPowerShellCompletionWithDesc(b) },
	}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "print the completion script of a shell",
		Long: `Print the script with which a shell completes commands, flags, and the names that an
unlocked agent knows. That of bash needs the package bash-completion (apt install
bash-completion), loaded by the shell; without it TAB says so once.`,
		Example: `  nod completion bash > ~/.local/share/bash-completion/completions/nod
  nod completion zsh > "${fpath[1]}/_nod"
  nod completion fish > ~/.config/fish/completions/nod.fish
  nod completion powershell | Out-String | Invoke-Expression`,
		Args:      oneArg("shell: bash, zsh, fish or powershell"),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			generate, ok := shells[args[0]]
			if !ok {
				return usagef("no completion for %q: bash, zsh, fish or powershell", args[0])
			}
			var script bytes.Buffer
			if err := generate(cmd.Root(), &script); err != nil {
				return err
			}
			return a.answer(struct {
				Schema int    `json:"schema"`
				Shell  string `json:"shell"`
				Script string `json:"script"`
			}{schema, args[0], script.String()}, "%s", script.String())
		},
	}
}

// bashCompletion writes cobra's script for bash, which calls a function of the package
// bash-completion; where that is not loaded, it says so once.
func bashCompletion(c *cobra.Command, b *bytes.Buffer) error {
	var script bytes.Buffer
	if err := c.GenBashCompletionV2(&script, true); err != nil {
		return err
	}
	const call = "    _get_comp_words_by_ref \"$@\" cur prev words cword\n"
	b.WriteString(strings.Replace(script.String(), call, `    if ! declare -F _get_comp_words_by_ref >/dev/null; then
        if [[ -z ${__nod_told-} ]]; then
            __nod_told=1
            printf '\nnod: completion needs the package bash-completion, loaded by this shell\n' >&2
        fi
        return 1
    fi
`+call, 1))
	return nil
}
