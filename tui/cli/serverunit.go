package cli

// This file: `nod server unit` prints a unit for systemd.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) serverUnitCommand() *cobra.Command {
	var p serverPlace
	var user bool
	cmd := &cobra.Command{
		Use:   "unit",
		Short: "print a systemd unit that runs the server",
		Long: `Print a unit for systemd, with all doors shut that the server does not need. The
system's unit runs as a user of its own (DynamicUser) and keeps its data in
/var/lib/nod-server; with --user it runs as you, on your own data directory.`,
		Example: `  nod server init --data /var/lib/nod-server --key-file /etc/nod/server.key --origin https://nod.example.org --admin ana@example.org
  nod server unit > /etc/systemd/system/nod-server.service
  systemctl enable --now nod-server`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.runServerUnit(p, user) },
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&user, "user", false, "for your own service manager: systemctl --user")
	return cmd
}

const systemData = "/var/lib/nod-server"

func (a *app) runServerUnit(p serverPlace, user bool) error {
	if p.data == "" && !user && a.env.Getenv("NOD_SERVER_DATA") == "" {
		p.data = systemData
	}
	p, err := p.find(a)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if program, err = filepath.EvalSymlinks(program); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	state := p.data
	if !user {
		rest, inside := strings.CutPrefix(p.data, "/var/lib/")
		if !inside || rest == "" {
			return &usageError{err: fmt.Errorf("%s is not below /var/lib", p.data), hint: "the unit's data is in a StateDirectory: name one below /var/lib, or use --user"}
		}
		state = rest
	}
	text := unitText(p, program, state, user, key(p))
	return a.answer(struct {
		Schema int    `json:"schema"`
		Unit   string `json:"unit"`
	}{schema, text}, "%s", text)
}

// key is the file of the server's key as far as the configuration can be read.
func key(p serverPlace) string {
	if c, err := readServerConfig(p.config); err == nil {
		return c.keyFile()
	}
	return filepath.Join(filepath.Dir(p.config), "server.key")
}

// unitText is the unit. state is the StateDirectory of the system's unit.
func unitText(p serverPlace, program, state string, user bool, key string) string {
	wanted, shut := "default.target", ""
	if !user {
		wanted = "multi-user.target"
		shut = fmt.Sprintf(unitSystem, state, key)
	}
	return fmt.Sprintf(unitForm, unitQuote(program), unitQuote(p.data), unitQuote(p.config), shut, wanted)
}

const unitForm = `[Unit]
Description=nod server
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart=%s server run --data %s --config %s
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2
TimeoutStopSec=30
UMask=0077
LimitCORE=0

%sNoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=%s
`

// unitSystem is what only the system's service manager can do.
const unitSystem = `DynamicUser=yes
StateDirectory=%s
StateDirectoryMode=0700
# The key stays root's; the server gets a copy that only it can read.
LoadCredential=nod-server.key:%s
# For port 443 or another below 1024, and for a certificate that a group may read:
#AmbientCapabilities=CAP_NET_BIND_SERVICE
#SupplementaryGroups=ssl-cert
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
`
