package cli_test

// This file: the script commands that start real programs which protect PINs: an
// ssh-agent and a software TPM; and those that damage a file.

import (
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// shortDir makes a directory whose path leaves room for a socket's name.
func shortDir(ts *testscript.TestScript) string {
	dir, err := os.MkdirTemp("", "nod")
	ts.Check(err)
	ts.Defer(func() { _ = os.RemoveAll(dir) })
	return dir
}

// cmdSSHAgent starts an empty ssh-agent and puts its socket into $SSH_AUTH_SOCK.
// With a name, the program bears that, as if it were another one.
func cmdSSHAgent(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) <= 1, "sshagent [NAME]")
	program, err := exec.LookPath("ssh-agent")
	ts.Check(err)
	dir := shortDir(ts)
	if len(args) == 1 {
		// Not by this process: a child that another script starts meanwhile would hold the
		// file open, and no system starts a program that is written to.
		copied := filepath.Join(dir, args[0])
		ts.Check(exec.Command("cp", program, copied).Run())
		program = copied
	}
	socket := filepath.Join(dir, "s")
	serve(ts, exec.Command(program, "-D", "-a", socket))
	poll(ts, "the ssh-agent", func() bool { return answers(socket) })
	ts.Setenv("SSH_AUTH_SOCK", socket)
}

// cmdTPM starts a new software TPM and puts its socket into $NOD_TPM.
func cmdTPM(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 0, "tpm")
	dir := shortDir(ts)
	socket := filepath.Join(dir, "s")
	serve(ts, exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+dir, "--server", "type=unixio,path="+socket,
		"--flags", "not-need-init,startup-clear"))
	poll(ts, "the TPM", func() bool { // it serves one caller at a time: do not be one
		_, err := os.Stat(socket)
		return err == nil
	})
	ts.Setenv("NOD_TPM", socket)
}

// serve runs a program until the script ends.
func serve(ts *testscript.TestScript, cmd *exec.Cmd) {
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
}

// answers tells whether somebody listens at a socket.
func answers(socket string) bool {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// cmdFlip changes a byte in the middle of a file.
func cmdFlip(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "flip FILE")
	name := ts.MkAbs(args[0])
	text, err := os.ReadFile(name)
	ts.Check(err)
	text[len(text)/2] ^= 1
	ts.Check(os.WriteFile(name, text, 0o600))
}

// cmdGivenFile harms the record of codes handed out, of the only vault of the script.
func cmdGivenFile(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "givenfile flip|remove")
	var found []string
	ts.Check(filepath.WalkDir(ts.MkAbs("home"), func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".given" {
			found = append(found, name)
		}
		return err
	}))
	if len(found) != 1 {
		ts.Fatalf("%d records of codes, want 1", len(found))
	}
	if args[0] == "remove" {
		ts.Check(os.Remove(found[0]))
		return
	}
	cmdFlip(ts, false, found)
}
