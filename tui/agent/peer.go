package agent

// This file is what is known of a client.

import "net"

// peer is the process of a client, as far as the system tells.
type peer struct {
	pid int
	exe string
}

func peerOf(conn net.Conn) peer {
	_, pid, err := credentials(conn)
	if err != nil || pid == 0 {
		return peer{}
	}
	return peer{pid, program(pid)}
}
