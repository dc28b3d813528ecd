package cli_test

// This file: the script commands for tests of a server that is run for real:
// certificates, browsers, signals, and someone who changes the store.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() {
	scriptCommands["freeport"] = cmdFreePort
	scriptCommands["selfsigned"] = cmdSelfSigned
	scriptCommands["web"] = cmdWeb
	scriptCommands["choose"] = cmdChoose
	scriptCommands["signal"] = cmdSignal
	scriptCommands["tamper"] = cmdTamper
	scriptCommands["oldstore"] = cmdOldStore
	scriptCommands["edit"] = cmdEdit
	scriptCommands["manager"] = cmdManager
	scriptCommands["activate"] = cmdActivate
}

// ports counts through those that freeport gives. They are below those that systems
// give to whoever asks for any: such a port is somebody else's before a script's server
// has come to listen at it, or after it has left.
var ports = struct {
	mu   sync.Mutex
	next int
}{next: os.Getpid() % portCount}

const firstPort, portCount = 20_000, 10_000

// cmdFreePort puts the number of a port that nobody listens at, and that nobody else is
// given, into a variable.
func cmdFreePort(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "freeport VARIABLE")
	ports.mu.Lock()
	defer ports.mu.Unlock()
	for range portCount {
		port := strconv.Itoa(firstPort + ports.next)
		ports.next = (ports.next + 1) % portCount
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue // somebody has it
		}
		ts.Check(listener.Close())
		ts.Setenv(args[0], port)
		return
	}
	ts.Fatalf("no port is free")
}

// cmdSelfSigned makes a certificate for 127.0.0.1 with a name, and its key.
func cmdSelfSigned(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 3, "selfsigned NAME CERT KEY")
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: args[0]},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, form, form, private.Public(), private)
	ts.Check(err)
	key, err := x509.MarshalPKCS8PrivateKey(private)
	ts.Check(err)
	write := func(name, kind string, der []byte) {
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	write(args[1], "CERTIFICATE", cert)
	write(args[2], "PRIVATE KEY", key)
}

// webClient trusts the certificate in a file, "" for none.
func webClient(ts *testscript.TestScript, cert string) *http.Client {
	settings := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	if cert != "" {
		settings.RootCAs.AppendCertsFromPEM([]byte(ts.ReadFile(cert)))
	}
	return &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{TLSClientConfig: settings, ForceAttemptHTTP2: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// cmdWeb asks for a page and checks the status. Protocol, headers and body are in
// the file "page" then. -cert FILE trusts a certificate, Name:value is a header.
func cmdWeb(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "web STATUS URL [-cert FILE] [NAME:VALUE]...")
	r, err := http.NewRequest(http.MethodGet, args[1], nil)
	ts.Check(err)
	cert, rest := "", args[2:]
	if len(rest) >= 2 && rest[0] == "-cert" {
		cert, rest = rest[1], rest[2:]
	}
	for _, header := range rest {
		name, value, _ := strings.Cut(header, ":")
		r.Header.Set(name, value)
	}
	answer, err := webClient(ts, cert).Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	var text strings.Builder
	text.WriteString(answer.Proto + "\n")
	if answer.TLS != nil {
		text.WriteString("certificate: " + answer.TLS.PeerCertificates[0].Subject.CommonName + "\n")
	}
	ts.Check(answer.Header.Write(&text))
	ts.Check(os.WriteFile(ts.MkAbs("page"), []byte(text.String()+"\n"+string(body)), 0o600))
	if got := strconv.Itoa(answer.StatusCode); got != args[0] {
		ts.Fatalf("GET %s: %s, want %s\n%s", args[1], got, args[0], body)
	}
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// cmdChoose opens a one-time link as a browser does and chooses a password.
func cmdChoose(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2 || len(args) == 3, "choose LINK PASSWORD [CERT]")
	cert := ""
	if len(args) == 3 {
		cert = args[2]
	}
	browser := webClient(ts, cert)
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	browser.Jar, browser.CheckRedirect = jar, nil
	read := func(answer *http.Response, err error) string {
		ts.Check(err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		ts.Check(err)
		if answer.StatusCode != http.StatusOK {
			ts.Fatalf("%s: %s\n%s", answer.Request.URL, answer.Status, body)
		}
		return string(body)
	}
	token := csrfField.FindStringSubmatch(read(browser.Get(args[0])))
	if token == nil {
		ts.Fatalf("no form at %s", args[0])
	}
	page := read(browser.PostForm(args[0], url.Values{"csrf": {token[1]}, "password": {args[1]}, "again": {args[1]}}))
	if strings.Contains(page, `name="password"`) {
		ts.Fatalf("the password was not taken:\n%s", page)
	}
}

// cmdSignal sends a signal to a program: HUP or TERM.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "signal HUP|TERM NAME")
	s := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}[args[0]]
	ts.Check(jobs(ts)[args[1]].cmd.Process.Signal(s))
}

// cmdTamper changes a server's store as someone would who can write its file
// or database.
func cmdTamper(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "tamper FILE|ADDRESS SQL")
	driver, where := "sqlite", ts.MkAbs(args[0])
	if strings.HasPrefix(args[0], "postgres:") {
		driver, where = "pgx", args[0]
	}
	db, err := sql.Open(driver, where)
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}

// cmdEdit replaces what an expression finds in a file.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 3, "edit FILE REGEXP REPLACEMENT")
	expression := regexp.MustCompile("(?m)" + args[1])
	text := ts.ReadFile(args[0])
	if !expression.MatchString(text) {
		ts.Fatalf("%s is not in %s:\n%s", args[1], args[0], text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(expression.ReplaceAllString(text, args[2])), 0o600))
}

// cmdManager listens as a service manager does: what programs tell it at
// $NOTIFY_SOCKET stands in the file notify.out, a line each.
func cmdManager(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 0, "manager")
	name := filepath.Join(shortDir(ts), "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	ts.Check(err)
	out, err := os.Create(ts.MkAbs("notify.out"))
	ts.Check(err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		message := make([]byte, 4096)
		for {
			n, err := conn.Read(message)
			if err != nil {
				return
			}
			_, _ = out.WriteString(string(message[:n]) + "\n")
		}
	}()
	ts.Defer(func() { _ = conn.Close(); <-ended; _ = out.Close() })
	ts.Setenv("NOTIFY_SOCKET", name)
}

// cmdActivate starts a program with a socket that is open already, as a service
// manager does; its port is in a variable.
func cmdActivate(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 3, "activate NAME VARIABLE PROGRAM [ARG...]")
	program, err := lookPath(ts, args[2])
	ts.Check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[1], strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	socket, err := listener.(*net.TCPListener).File()
	ts.Check(err)
	cmd := exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`, program}, args[3:]...)...)
	cmd.ExtraFiles = []*os.File{socket}
	launch(ts, args[0], cmd)
	ts.Check(socket.Close())
	ts.Check(listener.Close())
}

// cmdOldStore makes a server's store as the first version had it.
func cmdOldStore(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "oldstore FILE")
	tables, err := os.ReadFile(filepath.Join("..", "..", "approve", "server", "store", "migrations", "0001_start.sql"))
	ts.Check(err)
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(`CREATE TABLE migrations (version INTEGER PRIMARY KEY); INSERT INTO migrations VALUES (1);` + string(tables))
	ts.Check(err)
	ts.Check(os.Chmod(ts.MkAbs(args[0]), 0o600))
}
