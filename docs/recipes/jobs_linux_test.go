package recipes

// This file tests cron.md and ansible.md: jobs that sign in at a site.

import (
	"strings"
	"testing"
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
