package server

// The commands of docs/apps.md, run as they stand there: by a shell, curl and
// openssl, over a real connection.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
)

// commands are the shell blocks of docs/apps.md, by a text that each holds.
func commands(t *testing.T, holding string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/apps.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(found[1], holding) {
			return found[1]
		}
	}
	t.Fatalf("no block of docs/apps.md holds %q", holding)
	return ""
}

// shell runs commands in a directory.
type shell struct {
	t   *testing.T
	dir string
	env []string
}

func (s *shell) command(script string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), "sh", "-eu")
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stderr = s.dir, append(os.Environ(), s.env...), strings.NewReader(script), os.Stderr
	return cmd
}

func (s *shell) run(script string) string {
	s.t.Helper()
	out, err := s.command(script).Output()
	if err != nil {
		s.t.Fatalf("%s\n%s: %v", script, out, err)
	}
	return string(out)
}

// newShell is a shell of an app's site, with the header file of section 1.
func (c *asker) newShell() *shell {
	c.b.t.Helper()
	real := httptest.NewServer(c.b.Server)
	c.b.t.Cleanup(real.Close)
	s := &shell{t: c.b.t, dir: c.b.t.TempDir(), env: []string{"NOD=" + real.URL, "APP=" + c.id + "." + c.secret, "WEBHOOK_KEY=" + c.key, "no_proxy=127.0.0.1"}}
	s.run(commands(c.b.t, "app.header\n"))
	return s
}

func TestAuthDocs(t *testing.T) {
	needPrograms(t, "sh", "curl", "sed")
	b := newBench(t)
	c, p := b.asker("Deploy", ""), b.paired("ana@demo.test", "one")
	s := c.newShell()
	if header, err := os.Stat(filepath.Join(s.dir, "app.header")); err != nil || header.Mode().Perm() != 0o600 {
		t.Errorf("app.header: %v, %v", header, err)
	}
	ask, wait, code := commands(t, "started="), commands(t, "?wait=25\""), commands(t, "/code\"")
	read := func(text string, into any) {
		t.Helper()
		if err := json.NewDecoder(strings.NewReader(text)).Decode(into); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	lines := strings.SplitAfter(s.run(ask+"\necho \"$id\""), "\n")
	var started authStarted
	read(lines[0], &started)
	if id := strings.TrimSpace(lines[1]); id != started.ID || len(started.Number) != 2 {
		t.Fatalf("started %+v, the shell has %q", started, id)
	}
	q := p.only()
	if got := p.challenge(q); got.Message != "nod 1.0.0 to production" || got.Action != "deploy" {
		t.Errorf("the device sees %+v", got)
	}
	p.decide(q, protocol.ActApprove, started.Number, "")
	s.env = append(s.env, "id="+started.ID)
	var answer authAnswer
	read(s.run(wait), &answer)
	if answer.State != "accepted" || answer.Device != "one" {
		t.Errorf("answer = %+v", answer)
	}

	b.advance(time.Second)
	started = c.start(nil)
	s.env = append(s.env, "id="+started.ID)
	var wrong protocol.ErrorAnswer
	read(s.run(code), &wrong)
	if wrong.Error.Code != protocol.CodeBadCode {
		t.Errorf("code: %+v", wrong)
	}
	if got := c.stands(started.ID); got.State != "cancelled" {
		t.Errorf("after DELETE: %+v", got)
	}
}

// The site of 40 lines: once with the device, once with a code.
func TestC14TerminalSite(t *testing.T) {
	needPrograms(t, "sh", "curl", "sed")
	b := newBench(t)
	c, p := b.asker("Terminal", ""), b.paired("ana@demo.test", "one")
	s := c.newShell()
	block := commands(t, "site.sh")
	if n := strings.Count(block, "\n") - 2; n != 40 { // without the two lines around it
		t.Errorf("the site has %d lines, the document says 40", n)
	}
	s.run(block)

	visit := func(user string, act func(number string, in io.Writer)) (string, error) {
		cmd := s.command("")
		cmd.Args = []string{"sh", "site.sh"}
		cmd.Stdin = nil
		in, err1 := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		var failed bytes.Buffer
		cmd.Stderr = &failed
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		io.WriteString(in, user+"\n")
		var all strings.Builder
		for lines := bufio.NewScanner(out); lines.Scan(); {
			all.WriteString(lines.Text() + "\n")
			if _, number, found := strings.Cut(lines.Text(), "Type this number in nod: "); found {
				act(number, in)
			}
		}
		err := cmd.Wait()
		return all.String() + failed.String(), err
	}

	out, err := visit("ana@demo.test", func(number string, _ io.Writer) { p.decide(p.only(), protocol.ActApprove, number, "") })
	if err != nil || !strings.HasSuffix(out, "Welcome, ana@demo.test.\n") {
		t.Errorf("with the device: %v\n%s", err, out)
	}
	b.advance(time.Second)
	out, err = visit("ana", func(_ string, in io.Writer) {
		b.advance(2 * time.Minute)
		io.WriteString(in, p.code(b.now())+"\n")
	})
	if err != nil || !strings.HasSuffix(out, "No device answered. Code: Welcome, ana.\n") {
		t.Errorf("with a code: %v\n%s", err, out)
	}
	b.advance(time.Second)
	out, err = visit("ana", func(string, io.Writer) { p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonNotMe) })
	if err == nil || !strings.HasSuffix(out, "You are not signed in.\n") || strings.Contains(out, "report") {
		t.Errorf("reported: %v\n%s", err, out)
	}
	for user, want := range map[string]string{
		"ana":           "requests to this person are paused; a code still works\n",
		"dora":          "there is no such person\n",
		`a", "ttl": "1`: "That is no user name.\n",
	} {
		if out, err := visit(user, func(string, io.Writer) { t.Error("a number was shown") }); err == nil || !strings.HasSuffix(out, want) {
			t.Errorf("%s: %v\n%s", user, err, out)
		}
	}
}

func TestAuthDocsSignature(t *testing.T) {
	needPrograms(t, "sh", "openssl", "sed")
	b := newBench(t)
	h := newHook()
	b.through(h)
	c := b.asker("Deploy", "https://deploy.demo.test/hook")
	b.paired("ana@demo.test", "one")
	started := c.start(nil)
	c.call("DELETE", "/v1/auth/"+started.ID, nil, nil)
	m := <-h.news
	s := c.newShell()
	check := func(body string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(s.dir, "body"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		s.env = append(s.env, "signature="+m.header.Get("Nod-Signature"))
		return s.run(commands(t, "openssl") + "\ntrue")
	}
	if out := check(m.body); out != "the webhook is genuine\n" {
		t.Errorf("genuine: %q", out)
	}
	if out := check(strings.Replace(m.body, "cancelled", "accepted", 1)); out != "" {
		t.Errorf("changed: %q", out)
	}
}
