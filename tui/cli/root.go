package cli

// This file: the root command, its groups and the flags of every command.

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// flags are the flags that every command takes.
type flags struct {
	vault, profile       string
	json, quiet, noInput bool
	ascii                bool
	timeout              time.Duration
	pinFD                int
	pinFile              string
	pinStdin             bool
	passphrase, recovery bool
	slot                 string
	ssh, forwarded       bool
}

const rootLong = `nod shows one-time codes, reads QR pictures to enrol accounts and answers login
requests of paired servers. Without a command it opens the full-screen program.

Answers go to standard output, everything else to standard error. A PIN or
passphrase is read from --pin-fd, --pin-file, --pin-stdin, the systemd
credential nod.pin, $NOD_PIN_FILE, $NOD_PIN or else the terminal, never from
an argument. Where several people have a PIN, --slot says whose it is.`

// rootCommand builds the tree of commands.
func (a *app) rootCommand() *cobra.Command {
	root := a.bareRoot()
	a.screenFlags(root)
	root.AddGroup(
		&cobra.Group{ID: groupCodes, Title: "Codes:"},
		&cobra.Group{ID: groupLogins, Title: "Login requests:"},
		&cobra.Group{ID: groupVault, Title: "Vault:"},
		&cobra.Group{ID: groupTry, Title: "Trying and testing:"},
	)
	grouped(root, groupCodes, a.codeCommand(), a.lsCommand(), a.addCommand(), a.scanCommand(),
		a.showCommand(), a.editCommand(), a.rmCommand(), a.clockCommand())
	grouped(root, groupLogins, a.pairCommand(), a.approvalsCommand(), a.acceptCommand(), a.ignoreCommand(),
		a.denyCommand(), a.reportCommand(), a.pauseCommand(), a.resumeCommand(), a.waitCommand(), a.watchCommand(),
		a.rulesCommand(),
		a.serversCommand())
	grouped(root, groupVault, a.initCommand(), a.unlockCommand(), a.lockCommand(), a.agentCommand(), a.pinCommand(), a.statusCommand(), a.historyCommand(), a.vaultCommand(), a.doctorCommand())
	grouped(root, groupTry, a.demoCommand(), a.serverCommand(), a.simCommand())
	root.AddCommand(a.versionCommand(), a.completionCommand(), a.docsCommand(), a.clearCommand())
	root.AddCommand(topicCommands()...)
	root.SetHelpCommand(a.helpCommand())
	root.InitDefaultHelpCmd()
	promise(root)
	a.completions(root)
	return root
}

// bareRoot is the root without its commands.
func (a *app) bareRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "nod",
		Short:         "companion authenticator for the terminal",
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          a.runProgram,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.begin(cmd) }
	root.SetFlagErrorFunc(wrongFlag)
	a.globalFlags(root)
	return root
}

// The groups of the commands in help.
const (
	groupCodes  = "codes"
	groupLogins = "logins"
	groupVault  = "vault"
	groupTry    = "try"
)

func grouped(root *cobra.Command, id string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = id
		root.AddCommand(c)
	}
}

func (a *app) globalFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&a.flags.vault, "vault", "", "vault `file` ($NOD_VAULT)")
	f.StringVar(&a.flags.profile, "profile", "", "`name` of the vault under $XDG_DATA_HOME/nod ($NOD_PROFILE)")
	f.BoolVar(&a.flags.json, "json", false, "print JSON, errors too")
	f.BoolVar(&a.flags.quiet, "quiet", false, "no warnings and no progress on standard error")
	f.BoolVar(&a.flags.noInput, "no-input", false, "never ask at the terminal ($NOD_NO_INPUT)")
	f.DurationVar(&a.flags.timeout, "timeout", 0, "give up after this `time` (30s, 2m)")
	f.IntVar(&a.flags.pinFD, "pin-fd", -1, "read the PIN from this file descriptor `number`")
	f.StringVar(&a.flags.pinFile, "pin-file", "", "read the PIN from `file`, which nobody else may read; - is standard input")
	f.BoolVar(&a.flags.pinStdin, "pin-stdin", false, "read the PIN from standard input")
	f.BoolVar(&a.flags.passphrase, "passphrase", false, "the secret read is the vault's passphrase, not its PIN")
	f.BoolVar(&a.flags.recovery, "recovery", false, "the secret read is the recovery code")
	f.StringVar(&a.flags.slot, "slot", "", "whose PIN it is: its `name` ($NOD_SLOT)")
	f.BoolVar(&a.flags.ssh, "ssh", false, "open the vault with a key of the ssh-agent ($SSH_AUTH_SOCK)")
	f.BoolVar(&a.flags.forwarded, "allow-forwarded", false, "with --ssh: use an agent that another machine forwards here, too")
}

// noArgs and the like are cobra's checks with nod's exit status.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasAvailableSubCommands() {
		return unknownCommand(cmd, args[0])
	}
	return usagef("%s takes no arguments", cmd.CommandPath())
}

func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%s needs one %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func maxArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s takes at most %d argument(s)", cmd.CommandPath(), n)
		}
		return nil
	}
}

// parent is the run function of a command that only holds others.
func parent(cmd *cobra.Command, _ []string) error {
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return &usageError{err: fmt.Errorf("%s needs a command", cmd.CommandPath()), hint: "see " + cmd.CommandPath() + " --help"}
	}
	return cmd.Help()
}
