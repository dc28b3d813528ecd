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
	m.follow(page(t, "openvpn.md"), "")
	m.ok("root", "setsid openvpn --config /etc/openvpn/server/office.conf >/var/log/vpn 2>&1 </dev/null &", "")
	m.until("root", "grep 'Initialization Sequence Completed' /var/log/vpn")

	m.fails("ana", "~/bin/office", 3, "NOD_PIN_FILE=")
	m.ok("ana", "setsid ~/bin/office >office.log 2>&1 </dev/null &", "")
	m.until("ana", "grep 'Initialization Sequence Completed' office.log")
	if out := m.ok("root", "cat /var/log/vpn", ""); !strings.Contains(out, "[ana] Peer Connection Initiated") {
		t.Errorf("the server says\n%s", out)
	}
	// The code that was used does not open a second tunnel, and openvpn ends.
	_, line, _ := strings.Cut(m.ok("root", "cat /etc/openvpn/server/codes/ana", ""), "\" DISALLOW_REUSE ")
	line, _, _ = strings.Cut(line, "\n")
	step, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		t.Fatalf("the codes used are %q", line)
	}
	used := "--at " + time.Unix(step*30, 0).UTC().Format(time.RFC3339)
	again := strings.Replace(only(t, page(t, "openvpn.md"), "office").text, "--fresh", used, 1)
	if said := m.fails("ana", again, 0); !strings.Contains(said, "AUTH_FAILED") {
		t.Errorf("with a used code: %s", said)
	}
}
