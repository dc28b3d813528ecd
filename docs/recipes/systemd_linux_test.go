package recipes

// This file tests systemd.md: a job and the agent, as services of a systemd.

import (
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestSystemd(t *testing.T) {
	t.Parallel()
	m := newSystem(t, "systemd-creds", "systemd-analyze", "systemd-ask-password", "curl", "update-ca-certificates")
	m.openSite()
	m.env = []string{"NOD_TPM=none", "NOD_KEYRING=none"} // and no PIN of ana's
	m.put(only(t, page(t, "cron.md"), "nightly"))

	blocks := job(t)
	typed(t, m, blocks[0].text, "4821\n")
	m.follow(blocks[1:], siteLink+"\n") // the last one starts it
	wantVisits(t, m, 1)
	if out := m.ok("root", "systemctl list-timers --all nightly.timer", ""); !strings.Contains(out, "03:07:00") {
		t.Errorf("the timer: %s", out)
	}
	if out := m.ok("root", "find /run/credentials -name nod.pin", ""); out != "" {
		t.Errorf("after the job its PIN is in %s", out)
	}

	m.ok("root", "systemd-analyze security --no-pager --threshold=30 nightly.service", "") // of 100

	start := func(status string) {
		t.Helper()
		m.fails("root", "systemctl daemon-reload; systemctl start nightly", 1)
		if out := m.ok("root", "systemctl show -P ExecMainStatus nightly", ""); out != status+"\n" {
			t.Errorf("it ended with %s, want %s: %s", out, status, m.ok("root", "journalctl --unit nightly", ""))
		}
	}
	const unit = "/etc/systemd/system/nightly.service"
	m.ok("root", "cp "+unit+" /root/unit; sed -i 's/=nod.pin:/=pin:/' "+unit, "")
	start("243") // it was encrypted for nod.pin
	m.ok("root", "sed '/^LoadCredential/d' /root/unit >"+unit, "")
	start("3")
	wantVisits(t, m, 1)
}

// job are the blocks of systemd.md for a job; agents those for the agent.
func job(t *testing.T) []block {
	t.Helper()
	blocks, _ := parts(t)
	return blocks
}

func parts(t *testing.T) (job, agents []block) {
	t.Helper()
	blocks := page(t, "systemd.md")
	for i, b := range blocks {
		if strings.Contains(b.text, "nod agent unit") {
			return blocks[:i], blocks[i:]
		}
	}
	t.Fatal("systemd.md has no agent")
	return nil, nil
}

func TestSystemdAgent(t *testing.T) {
	t.Parallel()
	m := newSystem(t, "jq", "systemd-run")
	m.ok("ana", "nod add -", siteLink+"\n")
	_, blocks := parts(t)
	m.ok("root", "systemctl start systemd-logind; systemd-run --quiet --unit=desk -p User=ana -p PAMName=login sleep infinity", "") // she logs in
	session := strings.TrimSpace(m.until("root", "loginctl list-sessions --no-legend | awk '$3 == \"ana\" { print $1 }' | grep ."))
	runtime := m.env
	m.env = append(m.env, "XDG_RUNTIME_DIR=/run/user/"+strings.TrimSpace(m.ok("ana", "id -u", "")))
	m.until("ana", "systemctl --user is-active basic.target")
	m.follow(blocks[:1], "")
	m.wantAgent(t)

	for _, lock := range []struct{ user, script, why string }{
		{"ana", "systemctl --user reload nod-agent", "SIGHUP"},
		{"root", "loginctl lock-session " + session, "the screen was locked"},
		{"root", "systemctl suspend", "the machine went to sleep"},
		{"ana", "systemctl --user restart nod-agent", "not unlocked yet"},
		{"ana", "nod agent stop", "not unlocked yet"}, // the socket starts another
		{"ana", "systemctl --user kill --signal=KILL nod-agent", "not unlocked yet"},
	} {
		m.ok(lock.user, lock.script, "")
		if why := m.until("ana", "nod agent status --json | jq -er 'select(.locked).why'"); why != lock.why+"\n" {
			t.Errorf("after %s it is locked because %q", lock.script, why)
		}
		m.fails("ana", "nod code backup", 3, "NOD_PIN_FILE=")
		m.ok("ana", "nod unlock --for 8h", "")
		m.wantAgent(t)
	}

	// Without a session of hers.
	m.env = runtime
	m.follow(blocks[1:], "")
	m.env = append(m.env, "NOD_AGENT_SOCK=/run/nod-ana/agent.sock")
	m.wantAgent(t)
	m.ok("root", "systemctl restart nod-agent@ana", "")
	m.fails("ana", "nod code backup", 3, "NOD_PIN_FILE=")
}

// wantAgent checks that an agent of ana's gives out codes without her PIN.
func (m *machine) wantAgent(t *testing.T) {
	t.Helper()
	m.ok("ana", "nod code backup", "", "NOD_PIN_FILE=")
	if out := m.ok("ana", "nod agent status --json | jq '.idle_lock == .hard_lock'", ""); out != "true\n" {
		t.Errorf("it locks when idle: %s", m.ok("ana", "nod agent status", ""))
	}
}

// typed runs a script of root's in a terminal at which text is typed.
func typed(t *testing.T, m *machine, script, text string) {
	t.Helper()
	cmd := m.command("root", script)
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	said := ""
	buffer := make([]byte, 4096)
	for {
		n, err := tty.Read(buffer)
		said += string(buffer[:n])
		if text != "" && strings.Contains(said, "PIN of the new vault:") {
			if _, err := io.WriteString(tty, text); err != nil {
				t.Fatal(err)
			}
			text = ""
		}
		if err != nil { // of Linux, once the program has ended
			break
		}
	}
	if err := cmd.Wait(); err != nil || text != "" {
		t.Fatalf("%s: %v: %s", script, err, said)
	}
}
