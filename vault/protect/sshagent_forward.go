package protect

// This file tells an ssh-agent of this machine from one that another machine
// forwards here.

import (
	"path/filepath"
	"slices"
	"strings"
)

// peer is the process that has made the socket of an agent. The zero peer is one
// that can not be told.
type peer struct {
	name string // of the program; "" when it is not known
	gone bool   // it has ended
}

// forwarders are the programs that listen at the socket of a forwarded agent:
// those of OpenSSH (its sshd-session since 9.8), its client for -L and -R, and
// other servers.
var forwarders = []string{"sshd", "sshd-session", "ssh", "dropbear", "tailscaled", "teleport"}

// forwarding returns nil for an agent of this machine, and else ErrForwarded or
// ErrUntold. What listens for a forwarded agent lives for as long as the socket
// answers, because the answers go through it. An ssh-agent or gpg-agent that was
// started in the usual way has made its socket and left it to a child: who made
// it has ended, and is no forwarder.
//
// Where the system does not tell who made the socket, its name may: see named.
func forwarding(p peer, socket string, remote bool) error {
	by := named(socket)
	switch {
	case slices.Contains(forwarders, p.name), p.name == "" && by == "sshd":
		return ErrForwarded
	case p.name != "" || p.gone || by == "agent" || !remote:
		return nil
	}
	return ErrUntold
}

// named returns what the path of a socket says of the program that made it:
// "agent", "sshd" or "". OpenSSH says so since 10.1, with .ssh/agent/s.HOST.agent.RANDOM
// and .ssh/agent/s.HOST.sshd.RANDOM; before, the names were alike.
func named(socket string) string {
	dir, base := filepath.Split(socket)
	parts := strings.Split(base, ".")
	if len(parts) == 4 && parts[0] == "s" && filepath.Base(dir) == "agent" && (parts[2] == "agent" || parts[2] == "sshd") {
		return parts[2]
	}
	return ""
}
