package recipes

// This file tests openvpn.md, with a server and a client.

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// authority makes what the page takes as there: the server's certificate, and that
// of who vouches for it, which is at home, too.
const authority = `mkdir -p /etc/openvpn/server/codes
cd /etc/openvpn/server
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=office
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=vpn.demo.test
printf 'keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n' >extensions
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile extensions -out server.crt -days 2
install -m 644 ca.crt /home/ana/ca.crt
echo 'ana ALL=(root) NOPASSWD: /usr/sbin/openvpn' >/etc/sudoers.d/ana
echo ana:correct-horse | chpasswd
google-authenticator -t -d -f -r 3 -R 30 -w 3 -C -q -s codes/ana
head -1 codes/ana`

func TestOpenVPN(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "openvpn", "openssl", "sudo", "google-authenticator")
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		missing(t, "this machine has no tunnels: "+err.Error())
	}
	lines := strings.Fields(m.ok("root", authority, ""))
	m.ok("ana", "nod add --secret-stdin --issuer VPN --account ana@demo.test", lines[len(lines)-1]+"\n")
	blocks := page(t, "openvpn.md")
	start, both := 0, 0
	for i, b := range blocks {
		switch {
		case b.file == "" && b.user() == "ana":
			start = i // ~/bin/office
		case b.file == "" && b.user() == "root":
			both = i
		}
	}
	m.follow(blocks[:start], "")
	m.serveVPN()
	m.fails("ana", "~/bin/office", 3, "NOD_PIN_FILE=")
	m.dialVPN(blocks[start].text)

	// The code that was used does not open a second tunnel, and openvpn ends.
	_, line, _ := strings.Cut(m.ok("root", "cat /etc/openvpn/server/codes/ana", ""), "\" DISALLOW_REUSE ")
	line, _, _ = strings.Cut(line, "\n")
	step, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		t.Fatalf("the codes used are %q", line)
	}
	used := "--at " + time.Unix(step*30, 0).UTC().Format(time.RFC3339)
	again := strings.Replace(only(t, blocks, "office").text, "--fresh", used, 1)
	if said := m.fails("ana", again, 0); !strings.Contains(said, "AUTH_FAILED") {
		t.Errorf("with a used code: %s", said)
	}

	// Password and code apart.
	m.follow(blocks[both:], "")
	m.ok("root", "kill $(cat /run/vpn.pid)", "")
	m.until("root", "! kill -0 $(cat /run/vpn.pid)")
	m.serveVPN()
	m.ok("ana", "umask 077; echo wrong > ~/.config/office-password", "")
	if said := m.fails("ana", "~/bin/office-both", 0); !strings.Contains(said, "AUTH_FAILED") {
		t.Errorf("with a wrong password: %s", said)
	}
	m.ok("ana", "echo correct-horse > ~/.config/office-password", "")
	m.dialVPN("~/bin/office-both")
}

// serveVPN starts the server.
func (m *machine) serveVPN() {
	m.t.Helper()
	m.ok("root", "rm -f /var/log/vpn; setsid openvpn --config /etc/openvpn/server/office.conf --writepid /run/vpn.pid >/var/log/vpn 2>&1 </dev/null &", "")
	m.until("root", "grep 'Initialization Sequence Completed' /var/log/vpn")
}

// dialVPN runs a script of ana's that must open a tunnel, and leaves it open.
func (m *machine) dialVPN(script string) {
	m.t.Helper()
	m.ok("ana", "rm -f office.log; setsid sh -c '"+strings.TrimSpace(script)+"' >office.log 2>&1 </dev/null &", "")
	m.until("ana", "grep 'Initialization Sequence Completed' office.log")
	if out := m.ok("root", "cat /var/log/vpn", ""); !strings.Contains(out, "[ana] Peer Connection Initiated") {
		m.t.Errorf("the server says\n%s", out)
	}
}
