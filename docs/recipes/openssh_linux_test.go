package recipes

// This file tests google-authenticator.md and openssh.md, one after the other, on
// a machine that is both sides.

import (
	"strings"
	"testing"
)

func TestOpenSSH(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "sshd", "ssh", "google-authenticator", "sudo", "sshpass", "expect")
	// What the pages say is needed: a login with a key.
	m.ok("ana", `mkdir -m 700 ~/.ssh
ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys`, "")
	m.ok("root", "service ssh start", "")
	m.until("ana", "ssh-keyscan jump.demo.test 2>&1 >~/.ssh/known_hosts && test -s ~/.ssh/known_hosts")

	m.follow(page(t, "google-authenticator.md"), "")
	if out := m.ok("ana", "nod ls", ""); !strings.Contains(out, "jump.demo.test") {
		t.Errorf("enrolled as\n%s", out)
	}
	if n := len(m.used()); n != 1 {
		t.Errorf("sudo took %d codes, want 1", n)
	}

	blocks := page(t, "openssh.md")
	m.follow(blocks, "") // three logins, each with a fresh code
	if n := len(m.used()); n != 2 && n != 3 && n != 4 {
		t.Errorf("the server let %d codes in", n) // older ones than a few steps are forgotten
	}
	login, sshpass, expect := with(t, blocks, "SSH_ASKPASS="), with(t, blocks, "| sshpass"), with(t, blocks, "~/bin/jump true")
	m.calm()
	m.refusesReuse(login)
	for script, want := range map[string]int{login: 255, sshpass: 255, expect: 3} {
		m.calm()
		if said := m.fails("ana", script, want, "NOD_PIN_FILE="); !strings.Contains(said, "locked") {
			t.Errorf("without a PIN: %s", said)
		}
	}
	// The key alone is not enough.
	m.fails("ana", "ssh -o BatchMode=yes jump.demo.test true", 255)
}

// used returns the steps whose codes the server let in.
func (m *machine) used() []string {
	m.t.Helper()
	_, line, _ := strings.Cut(m.ok("root", "cat ~ana/.google_authenticator", ""), "\" DISALLOW_REUSE")
	line, _, _ = strings.Cut(line, "\n")
	return strings.Fields(line)
}

// calm lets the server forget that there were many tries, at which it asks nobody.
func (m *machine) calm() {
	m.t.Helper()
	m.ok("root", `sed -i 's/^" RATE_LIMIT .*/" RATE_LIMIT 3 30/' ~ana/.google_authenticator`, "")
}

// refusesReuse logs in without --fresh until the server refuses a code: one that
// was let in before, and not for another reason.
func (m *machine) refusesReuse(login string) {
	m.t.Helper()
	m.ok("ana", "sed 's/ --fresh//' ~/bin/nod-askpass > ~/bin/stale-askpass && chmod 755 ~/bin/stale-askpass", "")
	stale := strings.ReplaceAll(login, "nod-askpass", "stale-askpass")
	for range 60 { // a login may take longer than a step
		before := m.used()
		_, said, status := m.run("ana", stale, "")
		if status == 0 {
			continue // a step has passed since the last login: the next try is in time
		}
		if after := m.used(); strings.Join(before, " ") != strings.Join(after, " ") || !strings.Contains(said, "Permission denied") {
			m.t.Errorf("refused, but the codes used were %v and are %v: %s", before, after, said)
		}
		return
	}
	m.t.Error("the server let codes in twice")
}
