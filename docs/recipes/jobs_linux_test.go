package recipes

// This file tests cron.md, systemd.md and ansible.md: jobs that sign in at a site.

import (
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func TestCron(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "cron", "curl", "update-ca-certificates")
	m.openSite()
	m.ok("ana", "nod add -", siteLink+"\n")
	m.ok("root", "service cron start", "")

	blocks := page(t, "cron.md")
	for i, b := range blocks {
		// It runs each minute instead of at 3:07.
		if text := strings.Replace(b.text, "\n7 3 * * * ", "\n* * * * * ", 1); text != b.text {
			blocks[i].text = text
		} else if strings.HasSuffix(b.file, "/crontab") {
			t.Fatal("the crontab has no line for 3:07")
		}
	}
	m.follow(blocks, "")
	m.until("root", "grep '200$' /var/log/site")
	wantVisits(t, m, 1)
	if out := m.ok("ana", "cat .nightly.log", ""); out != "" {
		t.Errorf("the log has %q", out)
	}
	m.ok("ana", "crontab -r", "")
	m.fails("ana", "nightly", 3, "NOD_PIN_FILE=")
	m.ok("ana", "nod rm backup --yes", "")
	m.fails("ana", "nightly", 5)
}

func TestSystemd(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "systemd-creds", "systemd-analyze", "systemd-ask-password", "curl", "update-ca-certificates")
	m.openSite()
	m.env = []string{"NOD_TPM=none", "NOD_KEYRING=none"} // and no PIN of ana's
	m.put(only(t, page(t, "cron.md"), "nightly"))

	blocks := page(t, "systemd.md")
	typed(t, m, blocks[0].text, "4821\n")
	m.follow(blocks[1:], siteLink+"\n")

	// What systemd does, which does not run here: the credential is decrypted by its
	// own program for the user of the unit, who runs ExecStart.
	unit := only(t, blocks, "nightly.service").text
	run := `install -d -m 700 /run/credentials/nightly.service
systemd-creds decrypt --name=` + strings.Replace(setting(t, unit, "LoadCredentialEncrypted"), ":", " ", 1) + ` /run/credentials/nightly.service/nod.pin
chown -R ` + setting(t, unit, "User") + ` /run/credentials/nightly.service
runuser -u ` + setting(t, unit, "User") + ` -- env -i ` + setting(t, unit, "Environment") + ` PATH="$PATH" \
	CREDENTIALS_DIRECTORY=/run/credentials/nightly.service ` + setting(t, unit, "ExecStart")
	m.ok("root", run, "")
	wantVisits(t, m, 1)
	m.fails("root", strings.ReplaceAll(run, "CREDENTIALS_DIRECTORY", "OTHER"), 3)
	if said := m.fails("root", strings.ReplaceAll(run, "--name=nod.pin", "--name=other"), 1); !strings.Contains(said, "name") {
		t.Errorf("a credential of another name: %s", said)
	}
}

// setting returns what a unit sets.
func setting(t *testing.T, unit, name string) string {
	t.Helper()
	_, value, found := strings.Cut(unit, "\n"+name+"=")
	value, _, _ = strings.Cut(value, "\n")
	if !found {
		t.Fatalf("the unit does not set %s", name)
	}
	return value
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

func TestAnsible(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "ansible-playbook", "curl", "update-ca-certificates")
	m.openSite()
	m.ok("ana", "nod add -", siteLink+"\n")
	blocks := page(t, "ansible.md")
	m.follow(blocks, "")
	wantVisits(t, m, 2)
	play := blocks[len(blocks)-1].text
	if said := m.fails("ana", play, 2, "NOD_PIN_FILE="); !strings.Contains(said, "nod: error: the vault is locked") {
		t.Errorf("without a PIN: %s", said)
	}
}
