package recipes

// This file: a site that lets ana in with a code of hers, each code once.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// siteKey is the key of ana's codes there.
const siteKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

const siteLink = "otpauth://totp/Backup:ana@demo.test?issuer=Backup&secret=" + siteKey

// site serves https at port 443 and writes its certificate to a file. It prints a
// line for each sign-in: the code, the path and the status.
func site(certificate string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"backup.demo.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	check(err)
	server := http.Server{Addr: "127.0.0.1:443", Handler: &door{seen: map[string]bool{}}, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	check(os.WriteFile(certificate, text, 0o644))
	log.Fatal(server.ListenAndServeTLS("", ""))
}

// door asks for the code.
type door struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name, code, _ := r.BasicAuth()
	status := http.StatusUnauthorized
	if name == "ana" && totp.Validate(code, siteKey) && !d.seen[code] {
		d.seen[code] = true
		status = http.StatusOK
	}
	w.WriteHeader(status)
	fmt.Println(code, r.URL.Path, status)
}

// openSite starts the site on the machine, which then trusts it.
func (m *machine) openSite() {
	m.t.Helper()
	m.ok("root", `mkdir -p /usr/local/share/ca-certificates
setsid site /usr/local/share/ca-certificates/site.crt >/var/log/site 2>/var/log/site.err </dev/null &`, "")
	m.until("root", "test -s /usr/local/share/ca-certificates/site.crt && curl --insecure --silent https://backup.demo.test/up")
	m.ok("root", "update-ca-certificates", "")
}

// visits are the lines of the site's sign-ins with a status.
func (m *machine) visits(status string) (all []string) {
	m.t.Helper()
	for line := range strings.Lines(m.ok("root", "cat /var/log/site", "")) {
		if line = strings.TrimSpace(line); strings.HasSuffix(line, " "+status) {
			all = append(all, line)
		}
	}
	return all
}

// wantVisits checks that the site let ana in n times.
func wantVisits(t *testing.T, m *machine, n int) {
	t.Helper()
	if got := m.visits("200"); len(got) != n {
		t.Errorf("the site let her in %d times, want %d: %q; refused: %q", len(got), n, got, m.visits("401"))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
