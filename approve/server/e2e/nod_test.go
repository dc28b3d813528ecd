package e2e

// This file: the companion, the real nod program with a vault of its own.

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const pin = "4821"

// companion is a nod with a vault.
type companion struct {
	w    *world
	t    *testing.T
	home string
}

// companion makes a vault.
func (w *world) companion(t *testing.T) *companion {
	t.Helper()
	c := &companion{w: w, t: t, home: t.TempDir()}
	c.write("pin", pin+"\n")
	c.nod("init", "--codes-only", "--recovery-file", filepath.Join(c.home, "recovery"))
	return c
}

// write makes a file of the companion's and returns its path.
func (c *companion) write(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// start prepares a call of nod.
func (c *companion) command(stdin string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdin = c.home, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "HOME="+c.home, "XDG_DATA_HOME="+filepath.Join(c.home, "data"), "XDG_STATE_HOME="+filepath.Join(c.home, "state"),
		"NOD_TPM=none", "NOD_KEYRING=none", "NOD_PIN_FILE="+filepath.Join(c.home, "pin"), "NOD_SERVER="+c.w.origin, "TZ=UTC")
	return cmd
}

// call runs nod and returns its answer and exit status.
func (c *companion) call(stdin string, args ...string) (out, errs string, status int) {
	c.t.Helper()
	cmd := c.command(stdin, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		c.t.Fatalf("run nod: %v", err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// nod runs nod and fails unless it ends well.
func (c *companion) nod(args ...string) string {
	c.t.Helper()
	out, errs, status := c.call("", args...)
	if status != 0 {
		c.t.Fatalf("nod %s: exit status %d\n%s%s", strings.Join(args, " "), status, out, errs)
	}
	return strings.TrimSpace(out)
}

// json runs nod with --json and reads its answer.
func (c *companion) json(into any, args ...string) {
	c.t.Helper()
	out := c.nod(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		c.t.Fatalf("nod %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// addPicture stores the account of a QR picture and returns what nod says.
func (c *companion) addPicture(png []byte) string {
	c.t.Helper()
	return c.nod("add", "--qr", c.write("picture.png", string(png)), "--json")
}

// code is the code of an account at the server's time.
func (c *companion) code(query string) string {
	c.t.Helper()
	return c.nod("code", query, "--at", c.w.now().UTC().Format("2006-01-02T15:04:05Z"))
}

// pairing runs nod pair until the site has confirmed it; done gives its end.
func (c *companion) pairing(args ...string) (done <-chan pairingEnd) {
	c.t.Helper()
	cmd := c.command("", append([]string{"pair", "--json"}, args...)...)
	ended := make(chan pairingEnd, 1)
	go func() {
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		end := pairingEnd{out: stdout.String(), errs: stderr.String(), status: -1}
		if cmd.ProcessState != nil {
			end.status = cmd.ProcessState.ExitCode()
		} else if err != nil {
			end.errs = err.Error()
		}
		ended <- end
	}()
	return ended
}

type pairingEnd struct {
	out, errs string
	status    int
}

// request is a pending request as nod lists it.
type request struct {
	ID, App, Account string
}

// requests are those that wait.
func (c *companion) requests() []request {
	c.t.Helper()
	var answer struct{ Requests []request }
	c.json(&answer, "approvals", "list")
	return answer.Requests
}
