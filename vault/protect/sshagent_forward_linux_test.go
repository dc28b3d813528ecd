package protect

// This file tests that an agent which a real sshd forwards is refused, and one of
// this machine is not.

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sshdPath is where sshd is; it is not in everybody's PATH.
func sshdPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"sshd", "/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "there is no sshd")
	return ""
}

const sshdConfig = `HostKey %[1]s/host
AuthorizedKeysFile %[1]s/authorized
AuthenticationMethods publickey
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
AllowAgentForwarding yes
`

const forwardMark = "NOD_TEST_FORWARDED"

func TestForwardedAgentIsRefused(t *testing.T) {
	if os.Getenv(forwardMark) == "1" {
		insideForwarding(t)
		return
	}
	needPrograms(t, "ssh")
	sshd := sshdPath(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a := startAgent(t)
	key, blob := newKey(t, "-t", "ed25519")
	a.add(t, key)
	want, err := a.Sign(blob, []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	config := configureSSHD(t, key)
	// sshd serves the one connection over a pipe: no port, no daemon.
	cmd := exec.Command("ssh", "-F", "none", "-A", "-T", "-i", key,
		"-o", "ProxyCommand="+sshd+" -i -e -f "+config,
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes",
		me.Username+"@demo.test",
		forwardMark+"=1 "+self+" -test.v -test.run=^TestForwardedAgentIsRefused$")
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+a.Socket)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if !bytes.Contains(said, []byte("forwarded signature "+hex.EncodeToString(want))) {
		t.Errorf("the forwarded agent, when allowed, makes another signature:\n%s", said)
	}
}

// configureSSHD writes what sshd needs to let the owner of key in and returns
// the configuration file.
func configureSSHD(t *testing.T, key string) string {
	t.Helper()
	if os.Getuid() == 0 { // sshd of root wants this directory; it is made at boot where sshd is a service
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			missing(t, err)
		}
	}
	dir := t.TempDir()
	output(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, "host")))
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"config": fmt.Appendf(nil, sshdConfig, dir), "authorized": public} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "config")
}

// insideForwarding runs in the session of sshd.
func insideForwarding(t *testing.T) {
	limitAgent(t, time.Minute, time.Minute)
	a := SSHAgent{Socket: os.Getenv("SSH_AUTH_SOCK"), AllowForwarded: true}
	t.Cleanup(func() { // sshd has no time left for it when its pipe ends
		os.Remove(a.Socket)
		os.Remove(filepath.Dir(a.Socket))
	})
	keys, err := a.Keys()
	if err != nil || len(keys) != 1 {
		t.Fatalf("allowed: %v, %v", keys, err)
	}
	sig, err := a.Sign(keys[0].Blob, []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("forwarded signature %x", sig)
	a.AllowForwarded = false
	for _, a.Remote = range []bool{false, true} {
		_, keysErr := a.Keys()
		sig, signErr := a.Sign(keys[0].Blob, []byte("m"))
		for i, err := range []error{keysErr, signErr} {
			if !errors.Is(err, ErrForwarded) || sig != nil || !strings.Contains(err.Error(), "--allow-forwarded") {
				t.Errorf("remote %v, %d: %v", a.Remote, i, err)
			}
		}
	}
}

// TestLocalAgentInARemoteSession starts agents as people do: one that stays where
// it is, and one that goes to the background, whose socket was made by a process
// that has ended.
func TestLocalAgentInARemoteSession(t *testing.T) {
	for name, a := range map[string]SSHAgent{"foreground": startAgent(t), "background": daemonAgent(t)} {
		key, blob := newKey(t, "-t", "ed25519")
		a.add(t, key)
		a.Remote = true
		if _, err := a.Sign(blob, []byte("m")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// daemonAgent starts an ssh-agent that goes to the background.
func daemonAgent(t *testing.T) SSHAgent {
	t.Helper()
	said := output(t, exec.Command("ssh-agent", "-s", "-a", filepath.Join(t.TempDir(), "agent")))
	value := func(variable string) string {
		_, rest, _ := strings.Cut(said, variable+"=")
		text, _, _ := strings.Cut(rest, ";")
		return text
	}
	pid, err := strconv.Atoi(value("SSH_AGENT_PID"))
	if err != nil {
		t.Fatalf("ssh-agent says %q", said)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(pid, syscall.SIGTERM) // it may have ended
	})
	return SSHAgent{Socket: value("SSH_AUTH_SOCK")}
}
