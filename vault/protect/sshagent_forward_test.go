package protect

// This file tests what tells a forwarded agent from one of this machine.

import (
	"strings"
	"testing"
)

func TestForwarders(t *testing.T) {
	const old, agents, sshds = "/tmp/ssh-8qYtUZ4pXw/agent.4711", "/home/ana/.ssh/agent/s.Zk3v9.agent.wB2hT5cR1q",
		"/home/ana/.ssh/agent/s.Zk3v9.sshd.wB2hT5cR1q"
	for _, c := range []struct {
		p             peer
		socket        string
		local, remote error
	}{
		{peer{name: "sshd"}, old, ErrForwarded, ErrForwarded},
		{peer{name: "sshd-session"}, sshds, ErrForwarded, ErrForwarded},
		{peer{name: "ssh"}, "/tmp/far", ErrForwarded, ErrForwarded},
		{peer{name: "dropbear"}, agents, ErrForwarded, ErrForwarded},
		{peer{name: "ssh-agent"}, old, nil, nil},
		{peer{name: "ssh-agent"}, sshds, nil, nil},
		{peer{name: "systemd"}, "/run/user/1000/ssh-agent", nil, nil},
		{peer{name: "gpg-agent"}, "/run/user/1000/gnupg/S.gpg-agent.ssh", nil, nil},
		{peer{gone: true}, old, nil, nil},
		{peer{gone: true}, "/home/ana/.agent", nil, nil},
		{peer{}, sshds, ErrForwarded, ErrForwarded},
		{peer{}, agents, nil, nil},
		{peer{}, old, nil, ErrUntold},
		{peer{}, "/home/ana/s.Zk3v9.agent.wB2hT5cR1q", nil, ErrUntold},
		{peer{}, "/home/ana/.ssh/agent/s.agent.wB2hT5cR1q", nil, ErrUntold},
	} {
		for remote, want := range map[bool]error{false: c.local, true: c.remote} {
			if got := forwarding(c.p, c.socket, remote); got != want {
				t.Errorf("%+v at %s, remote %v: got %v, want %v", c.p, c.socket, remote, got, want)
			}
		}
	}
	for _, err := range []error{ErrForwarded, ErrUntold} {
		if !strings.Contains(err.Error(), "--allow-forwarded") {
			t.Errorf("%q does not say what to do", err)
		}
	}
	if strings.Contains(ErrUntold.Error(), "is forwarded") {
		t.Errorf("%q says what is not known", ErrUntold)
	}
}
