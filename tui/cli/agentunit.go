package cli

// This file: `nod agent unit` prints the units for systemd.

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func (a *app) agentUnitCommand() *cobra.Command {
	var system bool
	cmd := &cobra.Command{
		Use: "unit", Short: "print systemd units for the agent", Args: noArgs,
		Long: `Print a service and a socket for systemd: the agent starts when the first command
asks for it. They stand one after the other, each under a line with its file name;
--json has them apart. With --system they are templates that the machine's service
manager runs for one user: nod-agent@ana.service, for machines where nobody logs in.`,
		Example: `  nod agent unit --json | jq -r '.service' > ~/.config/systemd/user/nod-agent.service
  nod agent unit --json | jq -r '.socket' > ~/.config/systemd/user/nod-agent.socket
  systemctl --user enable --now nod-agent.socket`,
		RunE: func(*cobra.Command, []string) error { return a.runAgentUnit(system) },
	}
	cmd.Flags().BoolVar(&system, "system", false, "for the machine's service manager, as a template: nod-agent@USER")
	return cmd
}

func (a *app) runAgentUnit(system bool) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	name, socket, user, wanted := "nod-agent", "%t/nod/agent.sock", "", "default.target"
	if system {
		name, socket, wanted = "nod-agent@", "/run/nod-%i/agent.sock", "multi-user.target"
		user = "User=%i\nEnvironment=NOD_AGENT_SOCK=/run/nod-%i/agent.sock\n"
	}
	service := fmt.Sprintf(agentService, unitQuote(program), user, wanted)
	listen := fmt.Sprintf(agentSocket, socket)
	if system {
		listen = fmt.Sprintf(agentSocket, socket+"\nSocketUser=%i")
	}
	return a.answer(struct {
		Schema  int    `json:"schema"`
		Name    string `json:"name"`
		Service string `json:"service"`
		Socket  string `json:"socket"`
	}{schema, name, service, listen}, "# %s.service\n%s\n# %s.socket\n%s", name, service, name, listen)
}

const agentService = `[Unit]
Description=nod agent

[Service]
Type=notify
ExecStart=%s agent run
ExecReload=/bin/kill -HUP $MAINPID
%sRestart=on-failure
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native

[Install]
WantedBy=%s
`

const agentSocket = `[Unit]
Description=nod agent socket

[Socket]
ListenStream=%s
SocketMode=0600
DirectoryMode=0700

[Install]
WantedBy=sockets.target
`
