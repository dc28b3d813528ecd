package agent

// This file: the agent and its client between two real users.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"nod/vault"
)

// nobody is the uid that Debian and most others give to nobody.
const nobody = 65534

// TestMain is another user's process when it is asked to be one. No test fails because
// the machine is busy.
func TestMain(m *testing.M) {
	DialTime, lookTime = time.Minute, time.Minute
	path := os.Getenv("NOD_TEST_SOCKET")
	switch os.Getenv("NOD_TEST_ROLE") {
	case "client": // prints what the agent answers to one call
		fmt.Println(askRaw(path))
		os.Exit(0)
	case "agent": // takes connections until it is killed, and prints what comes
		listenRaw(path)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// askRaw makes a call without looking at who answers.
func askRaw(path string) string {
	conn, err := dial(context.Background(), path)
	if err != nil {
		return "dial: " + err.Error()
	}
	defer conn.Close()
	if err := writeMessage(conn, call{Version: version, Op: opStatus}, nil); err != nil {
		return "write: " + err.Error()
	}
	var r reply
	if err := readMessage(conn, maxReply, &r); err != nil {
		return "read: " + err.Error()
	}
	if r.Error != nil {
		return "refused: " + r.Error.Text
	}
	return "answered"
}

func listenRaw(path string) {
	l, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o666)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("listening")
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		buf := make([]byte, 4096)
		n, _ := conn.Read(buf)
		fmt.Printf("got %d bytes\n", n)
		conn.Close()
	}
}

// other is this test's program in a role, as another user.
func other(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatal("with NOD_TEST_REAL=1: two users take root")
		}
		t.Skip("two users take root")
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	// Where it lies may be shut to others.
	dir, err := os.MkdirTemp("", "nod-agent-other")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program := filepath.Join(dir, "other")
	if err := errors.Join(os.WriteFile(program, self, 0o755), os.Chmod(dir, 0o755), os.Chmod(program, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), "NOD_TEST_ROLE="+role, "NOD_TEST_SOCKET="+path)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

func TestOtherUserIsRefused(t *testing.T) {
	place, _ := newVault(t)
	s, path := serve(t, Config{Place: place})
	if err := s.k.unlock(pin(testPIN), 0); err != nil {
		t.Fatal(err)
	}
	// As it is, the socket can not even be opened.
	if out, err := other(t, "client", path).Output(); err != nil || !strings.HasPrefix(string(out), "dial: ") {
		t.Errorf("another user at the agent's socket: %s%v", out, err)
	}
	for _, name := range []string{path, filepath.Dir(path)} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	// With the doors open, the agent itself refuses.
	if err := errors.Join(os.Chmod(filepath.Dir(path), 0o755), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	out, err := other(t, "client", path).Output()
	if err != nil || !strings.HasPrefix(string(out), "refused: "+ErrUser.Error()) {
		t.Errorf("another user's call: %s%v", out, err)
	}
	if got := askRaw(path); got != "answered" {
		t.Errorf("the owner's call: %s", got)
	}
}

// A PIN is not handed to what another user has put in the agent's place.
func TestOtherUsersAgentIsRefused(t *testing.T) {
	dir, err := os.MkdirTemp("", "nod-agent-false")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "agent.sock")
	cmd := other(t, "agent", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "listening" {
		t.Fatal(lines.Text())
	}
	if _, _, err := Dial(t.Context(), path, vault.Place{}); !errors.Is(err, ErrUser) {
		t.Errorf("dial: %v", err)
	}
	if !lines.Scan() || lines.Text() != "got 0 bytes" {
		t.Errorf("the other user's agent %s", lines.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// Nor is a socket made in a directory where others may put theirs.
	if _, err := Listen(filepath.Join(dir, "own.sock")); err == nil {
		t.Error("a socket was made where others could replace it")
	}
}
