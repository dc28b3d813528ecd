package cli

// This file: `nod help` and its topics: exit-codes, environment, time, 2fa, uninstall.

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func topicCommands() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "what the exit status means", Long: exitTopic()},
		{Use: "environment", Short: "the variables that nod reads", Long: environmentTopic},
		{Use: "time", Short: "when codes are refused: the clock, and what corrects it", Long: timeTopic},
		{Use: "2fa", Short: "what two-factor authentication is, and why", Long: whyTopic},
		{Use: "uninstall", Short: "what to do before nod is deleted", Long: uninstallTopic},
	}
}

// helpCommand shows the help of a command or a topic.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "what a command does, or a text about a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, rest, err := cmd.Root().Find(args)
			if err != nil || c == nil || len(rest) > 0 {
				return &usageError{err: fmt.Errorf("there is no help for %q", strings.Join(args, " ")), hint: "nod help lists what there is"}
			}
			c.InitDefaultHelpFlag()
			if !a.flags.json {
				return c.Help()
			}
			var text bytes.Buffer
			c.SetOut(&text)
			if err := c.Help(); err != nil {
				return err
			}
			return a.printJSON(struct {
				Schema int    `json:"schema"`
				Text   string `json:"text"`
			}{schema, text.String()})
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			c, _, err := cmd.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, sub := range c.Commands() {
				if !sub.Hidden {
					names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func exitTopic() string {
	var b strings.Builder
	b.WriteString("The exit status of every command. With --json an error is printed as JSON on\n" +
		"standard error, with the stable name in error.code and the status in error.exit.\n\n")
	for _, e := range exitMeanings {
		fmt.Fprintf(&b, "  %3d  %s\n", e.code, e.meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}

const environmentTopic = `  NOD_VAULT              vault file, as --vault
  NOD_PROFILE            name of the vault, as --profile
  NOD_PIN_FILE           file that holds the PIN, as --pin-file
  NOD_PIN                the PIN itself; warns, unless CI=true or --quiet
  NOD_NO_INPUT           never ask at the terminal, as --no-input
  NOD_SLOT               whose PIN it is, as --slot
  NOD_NO_AGENT           1: do without the agent, though one runs
  NOD_AGENT_SOCK         the agent's socket, written from the root on
                         ($XDG_RUNTIME_DIR/nod/agent.sock)
  NOD_TPM                device or socket of the TPM, or none
                         (/dev/tpmrm0; tbs on Windows)
  NOD_KEYRING            none: leave the keyring of the login alone
  CREDENTIALS_DIRECTORY  set by systemd; nod reads the credential nod.pin there,
                         and nod-device where the PIN is protected by credential
  SSH_AUTH_SOCK          the ssh-agent that --ssh asks
  XDG_DATA_HOME          vaults live in nod/ below it (~/.local/share)
  XDG_STATE_HOME         this machine's half of the PIN's key, and the count of
                         wrong PINs, live in nod/ below it (~/.local/state)
  XDG_CONFIG_HOME        the rules live in nod/ below it (~/.config)
  XDG_RUNTIME_DIR        the agent's socket lives in nod/ below it; without it
                         in nod/run/ below $XDG_STATE_HOME
  NOD_SERVER             server that the first run suggests
  NOD_SERVER_DATA        directory of the server, as nod server run --data
  NOD_CLIPBOARD_CLEAR    time after which a copied code is cleared (30s); 0 for
                         never; with ",blind" also where nod can not see whether
                         the code is still there
  NOD_NOTIFY             how to tell of a login request: bell, osc9, osc777,
                         osc99, dbus, several with commas; or none (what the
                         terminal is known for)
  NOD_NOTIFY_CMD         program that gets each login request as JSON on its
                         standard input: words, or a JSON list; no shell
  NO_COLOR, TERM         colours of the full-screen program`

const timeTopic = `Codes are made from the time. A clock that is off by half a minute makes codes that
a site refuses, without telling why. nod measures how far the clocks of paired
servers are from this machine's whenever it asks them, and signs its answers by
theirs; codes go by this machine's clock until you say otherwise.

  nod clock                          asks the servers, and prints the differences
  timedatectl set-ntp true           sets the clock right, where you may
  nod clock set-shift --from-server  corrects the codes alone, by what servers say
  nod clock set-shift +42s           corrects them by that much
  nod clock set-shift 0              undoes it
  nod code X --at 2026-11-22T20:00:00Z  one code of another time

nod code asks nobody. It warns when a server that was asked within a day was over
two seconds off and no shift corrects that. A server that does not prove who it is,
by a certificate that is checked, gives a hint only. The vault keeps the shift, and
a nod too old to know of it does not open such a vault.`

const whyTopic = `Two-factor authentication asks for two of these three before it lets you in:

  something you know   a password or a PIN
  something you have   a device that holds a key: a phone, or this terminal
  something you are    a fingerprint or a face

A password alone can be guessed, read over the shoulder or stolen at the site.
Whoever has it still can not sign in without the key in your vault, and whoever
steals the vault's file still needs your PIN and this machine.`

const uninstallTopic = `Before nod or its vault is deleted, switch 2-step verification off, or add
another device or method, at every site that is paired with it. Otherwise you
can no longer sign in there, and only these ways are left: a recovery code,
another method, or the administrator of the site.

  1. nod servers list        which sites are paired
  2. nod servers rm ID       unpairs; it warns where you would be locked out
  3. nod ls                  accounts whose codes only this vault makes
  4. nod status              names the vault's file; delete it, its older copies
                             beside it, and nod/ in the state directory
  5. delete the program`
