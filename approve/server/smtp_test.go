package server

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
)

// mailServer is a real SMTP server.
type mailServer struct {
	SMTP
	lines *bufio.Scanner
}

// received is a mail as the mail server took it.
type received struct {
	From, Text, User string
	To               []string
	TLS              bool
}

// loopbackCert makes a certificate for 127.0.0.1, and files of it and its key.
func loopbackCert(t *testing.T) (roots *x509.CertPool, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.demo.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return roots, cert, key
}

// startMail starts Debian's python3-aiosmtpd; without it the test is left out, or
// fails with NOD_TEST_REAL=1.
func startMail(t *testing.T, tls, user, password string) *mailServer {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import aiosmtpd").Run(); err != nil {
		lacking(t, "python3-aiosmtpd", err)
	}
	roots, cert, key := loopbackCert(t)
	mode := map[string]string{TLSStart: "starttls", TLSImplicit: "implicit", TLSNone: "plain"}[tls]
	args := []string{filepath.Join("testdata", "smtpd.py"), mode, cert, key}
	if user != "" {
		args = append(args, user, "right-"+user)
	}
	cmd := exec.Command(python, args...)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	m := &mailServer{lines: bufio.NewScanner(out)}
	if !m.lines.Scan() {
		t.Fatal("the mail server did not start")
	}
	port, err := strconv.Atoi(m.lines.Text())
	if err != nil {
		t.Fatal(err)
	}
	m.SMTP = SMTP{Host: "127.0.0.1", Port: port, From: "Nod ž <nod@demo.test>", User: user, Password: password, TLS: tls, Roots: roots}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

// next is the next mail that the server took.
func (m *mailServer) next(t *testing.T) (got received) {
	t.Helper()
	if !m.lines.Scan() {
		t.Fatalf("the mail server ended: %v", m.lines.Err())
	}
	if err := json.Unmarshal(m.lines.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSMTPSend(t *testing.T) {
	m := store.Mail{ID: 7, To: "ana@demo.test", Subject: "Your code for Keys – ž", Body: "Your code is 482913.\nŽąsis.\n.\n" + strings.Repeat("long ", 60), At: 1795381200000}
	for _, c := range []struct{ tls, user string }{{TLSStart, "nod"}, {TLSStart, ""}, {TLSImplicit, "nod"}, {TLSNone, ""}} {
		t.Run(c.tls+" "+c.user, func(t *testing.T) {
			password := ""
			if c.user != "" {
				password = "right-" + c.user
			}
			server := startMail(t, c.tls, c.user, password)
			if err := server.send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			got := server.next(t)
			if got.From != "nod@demo.test" || strings.Join(got.To, " ") != m.To || got.TLS != (c.tls != TLSNone) || got.User != c.user {
				t.Errorf("the server took %+v, want from nod@demo.test to %s, TLS %v, user %q", got, m.To, c.tls != TLSNone, c.user)
			}
			checkMail(t, got.Text, m)
		})
	}
}

// checkMail reads text as a mail program would.
func checkMail(t *testing.T, text string, m store.Mail) {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil || subject != m.Subject {
		t.Errorf("subject %q, %v, want %q", subject, err, m.Subject)
	}
	if from, err := parsed.Header.AddressList("From"); err != nil || from[0].Name != "Nod ž" {
		t.Errorf("from %v, %v, want the name that was given", from, err)
	}
	if at, err := parsed.Header.Date(); err != nil || at.UnixMilli() != m.At {
		t.Errorf("date %v, %v, want that of the outbox", at, err)
	}
	if id := parsed.Header.Get("Message-Id"); id != "<1795381200000.7.nod@demo.test>" {
		t.Errorf("Message-ID %q", id)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "text/plain" || params["charset"] != "utf-8" {
		t.Errorf("content type %s %v, %v", kind, params, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(parsed.Body))
	if want := strings.ReplaceAll(m.Body, "\n", "\r\n") + "\r\n"; err != nil || string(body) != want {
		t.Errorf("body %q, %v, want %q", body, err, want)
	}
	for line := range strings.Lines(text) {
		if len(line) > 200 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

// A mail server that offers no STARTTLS gets nothing, not even the address.
func TestSMTPNeedsSTARTTLS(t *testing.T) {
	server := startMail(t, TLSNone, "", "")
	server.TLS = TLSStart
	err := server.send(t.Context(), store.Mail{To: "ana@demo.test", Body: "x"})
	if err == nil || !strings.HasPrefix(err.Error(), "starttls") || forGood(err) {
		t.Errorf("error is %v (for good: %v), want one of starttls that is tried again", err, forGood(err))
	}
}

func TestSMTPStranger(t *testing.T) {
	server := startMail(t, TLSStart, "", "")
	server.Roots = x509.NewCertPool()
	if err := server.send(t.Context(), store.Mail{To: "ana@demo.test", Body: "x"}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error is %v, want one of the certificate", err)
	}
}

func TestSMTPCheck(t *testing.T) {
	good := SMTP{Host: "mail.demo.test", Port: 587, From: "nod@demo.test"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*SMTP){
		"no host":           func(c *SMTP) { c.Host = "" },
		"port":              func(c *SMTP) { c.Port = 0 },
		"from":              func(c *SMTP) { c.From = "nobody" },
		"password alone":    func(c *SMTP) { c.Password = "x" },
		"unknown tls":       func(c *SMTP) { c.TLS = "yes" },
		"plain to far away": func(c *SMTP) { c.TLS = TLSNone },
	} {
		c := good
		change(&c)
		if err := c.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzMail: no subject or recipient adds a header or a line to the envelope.
func FuzzMail(f *testing.F) {
	f.Add("ana@demo.test", "Hello", "text")
	f.Add("ana@demo.test\r\nBcc: ben@demo.test", "Hi\r\nBcc: ben@demo.test\r\n\r\nbody", ".\r\n")
	f.Add(`"a\r\nb"@demo.test`, "=?utf-8?q?a=0D=0Ab?=", "\x00\n.\n")
	c := SMTP{From: "Nod <nod@demo.test>"}
	f.Fuzz(func(t *testing.T, to, subject, body string) {
		text, _, recipient, err := c.message(store.Mail{To: to, Subject: subject, Body: body})
		if err != nil {
			return
		}
		if strings.ContainsAny(recipient, "\r\n") {
			t.Errorf("recipient %q", recipient)
		}
		head, _, _ := bytes.Cut(text, []byte("\r\n\r\n"))
		names := ""
		for line := range strings.SplitSeq(string(head), "\r\n") {
			if !strings.HasPrefix(line, " ") { // else it goes on
				name, _, _ := strings.Cut(line, ":")
				names += name + " "
			}
		}
		if want := "From To Subject Date Message-ID MIME-Version Content-Type Content-Transfer-Encoding Auto-Submitted "; names != want {
			t.Errorf("headers %q, want %q", names, want)
		}
		if bytes.ContainsRune(bytes.ReplaceAll(text, []byte("\r\n"), nil), '\n') {
			t.Errorf("a bare line feed in %q", text)
		}
	})
}
