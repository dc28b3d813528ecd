package cli

// This file: `nod agent unit` prints the units for systemd.

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"nod/tui/agent"
)

func (a *app) agentUnitCommand() *cobra.Command {
	var o agentOptions
	var system bool
	cmd := &cobra.Command{
		Use: "unit", Short: "print systemd units for the agent", Args: noArgs,
		Long: `Print a service and a socket for systemd: the agent starts when the first command
asks for it. They stand one after the other, each under a line with its file name;
--json has them apart. With --system it is a template without a socket, which the
machine's service manager starts for one user: nod-agent@ana.service, for machines
where nobody logs in; ana's commands find it with
NOD_AGENT_SOCK=/run/nod-ana/agent.sock.`,
		Example: `  mkdir -p ~/.config/systemd/user
  nod agent unit --json | jq -r '.service' > ~/.config/systemd/user/nod-agent.service
  nod agent unit --json | jq -r '.socket' > ~/.config/systemd/user/nod-agent.socket
  systemctl --user enable --now nod-agent.socket`,
		RunE: func(*cobra.Command, []string) error { return a.runAgentUnit(o, system) },
	}
	cmd.Flags().BoolVar(&system, "system", false, "for the machine's service manager, as a template: nod-agent@USER")
	o.register(cmd.Flags())
	return cmd
}

func (a *app) runAgentUnit(o agentOptions, system bool) error {
	if err := o.check(); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	run := unitQuote(program) + " agent run"
	if o.idle != agent.DefaultIdle {
		run += " --idle " + o.idle.String()
	}
	if o.hard != agent.DefaultHard {
		run += " --limit " + o.hard.String()
	}
	units := struct {
		Schema  int    `json:"schema"`
		Name    string `json:"name"`
		Service string `json:"service"`
		Socket  string `json:"socket,omitempty"`
	}{Schema: schema}
	if system {
		// No socket: one of the machine's service manager is root's to whoever asks the
		// kernel, and nod talks to an agent of its own user only.
		units.Name, units.Service = "nod-agent@", fmt.Sprintf(agentService, run, agentUser, "multi-user.target")
		return a.answer(units, "# %s.service\n%s", units.Name, units.Service)
	}
	units.Name, units.Service, units.Socket = "nod-agent", fmt.Sprintf(agentService, run, "", "default.target"), agentSocket
	return a.answer(units, "# %s.service\n%s\n# %s.socket\n%s", units.Name, units.Service, units.Name, units.Socket)
}

const agentUser = `User=%i
RuntimeDirectory=nod-%i
RuntimeDirectoryMode=0700
Environment=NOD_AGENT_SOCK=/run/nod-%i/agent.sock
`

const agentService = `[Unit]
Description=nod agent

[Service]
Type=notify
ExecStart=%s
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
ListenStream=%t/nod/agent.sock
SocketMode=0600
DirectoryMode=0700

[Install]
WantedBy=sockets.target
`
