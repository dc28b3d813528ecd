package protect

// This file tests against the ssh-agent and the ssh-keygen of OpenSSH.

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// limitAgent sets the time that agents have to list keys, and to sign.
func limitAgent(t *testing.T, list, sign time.Duration) {
	t.Helper()
	listBefore, signBefore := agentLimit, signLimit
	agentLimit, signLimit = list, sign
	t.Cleanup(func() { agentLimit, signLimit = listBefore, signBefore })
}

// startAgent starts an ssh-agent with these environment settings.
func startAgent(t *testing.T, env ...string) SSHAgent {
	t.Helper()
	needPrograms(t, "ssh-agent", "ssh-add", "ssh-keygen")
	limitAgent(t, time.Minute, time.Minute)
	a := SSHAgent{Socket: filepath.Join(t.TempDir(), "agent")}
	cmd := exec.Command("ssh-agent", "-D", "-a", a.Socket)
	cmd.Env = append(os.Environ(), env...)
	background(t, cmd)
	return a
}

// add runs ssh-add for the agent.
func (a SSHAgent) add(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("ssh-add", append([]string{"-q"}, args...)...)
	cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+a.Socket)
	output(t, cmd)
}

// newKey makes a key pair with ssh-keygen and returns its file and public blob.
func newKey(t *testing.T, args ...string) (file string, blob []byte) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "key")
	output(t, exec.Command("ssh-keygen", append(args, "-q", "-N", "", "-C", "ana@demo.test", "-f", file)...))
	line, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	pub, _, _, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		t.Fatal(err)
	}
	return file, pub.Marshal()
}

// client speaks to the agent without our rules.
func (a SSHAgent) client(t *testing.T) agent.ExtendedAgent {
	t.Helper()
	conn, err := net.Dial("unix", a.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return agent.NewClient(conn)
}

func TestKeysThatCanOpenASlot(t *testing.T) {
	a := startAgent(t)
	var want []string
	for _, c := range []struct {
		usable bool
		args   []string
	}{
		{true, []string{"-t", "ed25519"}},
		{true, []string{"-t", "rsa", "-b", "2048"}},
		{false, []string{"-t", "rsa", "-b", "2047"}},
		{false, []string{"-t", "ecdsa"}},
	} {
		file, blob := newKey(t, c.args...)
		if c.args[1] == "ed25519" { // with a certificate, which is a key of its own in the agent
			output(t, exec.Command("ssh-keygen", "-q", "-s", file, "-I", "ana", "-n", "ana", file+".pub"))
		}
		a.add(t, file)
		if c.usable {
			want = append(want, strings.Fields(output(t, exec.Command("ssh-keygen", "-l", "-f", file)))[1])
			continue
		}
		if sig, err := a.Sign(blob, []byte("m")); err == nil || errors.Is(err, ErrAbsent) || sig != nil {
			t.Errorf("%v signs: %v", c.args, err)
		}
	}
	keys, err := a.Keys()
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v, %v", keys, err)
	}
	for i, k := range keys {
		pub, err := ssh.ParsePublicKey(k.Blob)
		if err != nil || pub.Type() != k.Type || k.Type != []string{"ssh-ed25519", "ssh-rsa"}[i] {
			t.Errorf("%s: %v", k.Type, err)
		}
		if k.Print != want[i] || k.Comment != "ana@demo.test" {
			t.Errorf("got %s %q, want %s", k.Print, k.Comment, want[i])
		}
	}
	if all, err := a.client(t).List(); err != nil || len(all) != 5 {
		t.Errorf("the agent holds %d keys, want 5; %v", len(all), err)
	}
}

// armour wraps a raw signature as ssh-keygen -Y reads it (PROTOCOL.sshsig).
func armour(blob, sig []byte, format, namespace string) []byte {
	inner := ssh.Marshal(struct {
		Format string
		Blob   []byte
	}{format, sig})
	return pem.EncodeToMemory(&pem.Block{Type: "SSH SIGNATURE", Bytes: ssh.Marshal(struct {
		Magic                     [6]byte
		Version                   uint32
		Key                       []byte
		Namespace, Reserved, Hash string
		Signature                 []byte
	}{[6]byte([]byte("SSHSIG")), 1, blob, namespace, "", "sha512", inner})})
}

func TestSignaturesAreThoseOfSSHKeygen(t *testing.T) {
	a := startAgent(t)
	message := []byte("message\x00\n")
	for kind, size := range map[string]int{"ed25519": 64, "rsa": 384} {
		file, blob := newKey(t, "-t", kind)
		a.add(t, file)
		sig, err := a.SignTwice(blob, message)
		if err != nil || len(sig) != size {
			t.Fatalf("%s: %d bytes, %v", kind, len(sig), err)
		}
		again, err := a.Sign(blob, message)
		if err != nil || !bytes.Equal(again, sig) {
			t.Errorf("%s: the same message has two signatures, %v", kind, err)
		}
		other, err := a.Sign(blob, []byte("message"))
		if err != nil || bytes.Equal(other, sig) {
			t.Errorf("%s: two messages have the same signature, %v", kind, err)
		}
		checkSSHSIG(t, file, blob, message, sig)
		// The other way round, ssh-keygen makes our bytes.
		theirs := exec.Command("ssh-keygen", "-q", "-Y", "sign", "-n", "keyslot@nod", "-f", file)
		theirs.Stdin = bytes.NewReader(message)
		block, _ := pem.Decode([]byte(output(t, theirs)))
		if block == nil || !bytes.HasSuffix(block.Bytes, sig) {
			t.Errorf("%s: ssh-keygen makes another signature", kind)
		}
	}
}

// checkSSHSIG lets ssh-keygen check sig, in the namespace that is ours and in others.
func checkSSHSIG(t *testing.T, file string, blob, message, sig []byte) {
	t.Helper()
	format := "ssh-ed25519"
	if len(sig) > 64 {
		format = "rsa-sha2-512"
	}
	signers := filepath.Join(t.TempDir(), "signers")
	line := fmt.Sprintf("ana@demo.test namespaces=\"keyslot@nod,file\" %s", output(t, exec.Command("ssh-keygen", "-y", "-f", file)))
	if err := os.WriteFile(signers, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		claimed, asked string
		message        []byte
		good           bool
	}{
		{"keyslot@nod", "keyslot@nod", message, true},
		{"keyslot@nod", "keyslot@nod", []byte("other"), false},
		{"keyslot@nod", "file", message, false},
		{"file", "file", message, false},
	} {
		name := filepath.Join(t.TempDir(), "sig")
		if err := os.WriteFile(name, armour(blob, sig, format, c.claimed), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"check-novalidate"}, {"verify", "-f", signers, "-I", "ana@demo.test"}} {
			cmd := exec.Command("ssh-keygen", append([]string{"-n", c.asked, "-s", name, "-Y"}, args...)...)
			cmd.Stdin = bytes.NewReader(c.message)
			if said, err := cmd.CombinedOutput(); (err == nil) != c.good {
				t.Errorf("%s %s as %s, asked for %s: %v, %s", format, args[0], c.claimed, c.asked, err, said)
			}
		}
	}
}

func TestAgentWithoutTheKey(t *testing.T) {
	a := startAgent(t)
	file, blob := newKey(t, "-t", "ed25519")
	other, _ := newKey(t, "-t", "ed25519")
	wantErr := func(when, text string) {
		t.Helper()
		_, err := a.SignTwice(blob, []byte("m"))
		if !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: got %v, want %q", when, err, text)
		}
	}
	wantErr("no keys", "ssh-add")
	if keys, err := a.Keys(); !errors.Is(err, ErrAbsent) || keys != nil {
		t.Errorf("no keys: %v, %v", keys, err)
	}
	a.add(t, file, other)
	if _, err := a.Sign(blob, []byte("m")); err != nil {
		t.Error(err)
	}
	a.add(t, "-d", file)
	print := strings.Fields(output(t, exec.Command("ssh-keygen", "-l", "-f", file)))[1]
	wantErr("key removed", print)

	a.add(t, file)
	if err := a.client(t).Lock([]byte("pass")); err != nil {
		t.Fatal(err)
	}
	wantErr("locked", "ssh-add -X")
	if keys, err := a.Keys(); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("locked: %v, %v", keys, err)
	}
	if err := a.client(t).Unlock([]byte("pass")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Sign(blob, []byte("m")); err != nil {
		t.Error(err)
	}
}

func TestAgentThatAsksThePerson(t *testing.T) {
	for _, answer := range []string{"true", "false"} {
		log := filepath.Join(t.TempDir(), "asked")
		ask := filepath.Join(t.TempDir(), "askpass")
		script := fmt.Sprintf("#!/bin/sh\necho asked >> %s\n%s\n", log, answer)
		if err := os.WriteFile(ask, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		a := startAgent(t, "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:none")
		file, blob := newKey(t, "-t", "ed25519")
		a.add(t, "-c", file)
		sig, err := a.Sign(blob, []byte("m"))
		if answer == "true" && (err != nil || len(sig) != 64) {
			t.Errorf("yes: %v", err)
		}
		if answer == "false" && (err == nil || !strings.Contains(err.Error(), "question") || sig != nil) {
			t.Errorf("no: %v", err)
		}
		if asked, err := os.ReadFile(log); string(asked) != "asked\n" {
			t.Errorf("%s: asked %q, %v", answer, asked, err)
		}
	}
}

func TestNoAgent(t *testing.T) {
	dead := filepath.Join(t.TempDir(), "dead")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	blob := blobOf(t, restlessKey)
	for _, socket := range []string{"", dead, dead + "-gone"} {
		a := SSHAgent{Socket: socket}
		_, keysErr := a.Keys()
		_, signErr := a.Sign(blob, nil)
		_, twiceErr := a.SignTwice(blob, nil)
		for i, err := range []error{keysErr, signErr, twiceErr} {
			if !errors.Is(err, ErrAbsent) {
				t.Errorf("%q %d: %v", socket, i, err)
			}
		}
	}
}
