package cli

// This file: the configuration of the reference server: its shape, reading it
// and telling the server what it says. What init writes is in serverconfigtext.go.

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"nod/approve/protocol"
	"nod/approve/server"
)

// serverConfig is server.toml. Paths in it are relative to its directory.
type serverConfig struct {
	file string // where it was read

	Origin         string      `toml:"origin"`
	Listen         string      `toml:"listen"`
	TrustedProxies []string    `toml:"trusted_proxies"`
	ProxyHeader    string      `toml:"proxy_header"`
	MetricsFrom    []string    `toml:"metrics_from"`
	Store          string      `toml:"store"`
	KeyFile        string      `toml:"key_file"`
	TLS            tlsConfig   `toml:"tls"`
	Mail           *mailConfig `toml:"mail"`
	SMS            *smsConfig  `toml:"sms"`
}

type tlsConfig struct {
	Cert string `toml:"cert"`
	Key  string `toml:"key"`
}

type mailConfig struct {
	Host         string `toml:"host"`
	Port         int    `toml:"port"`
	From         string `toml:"from"`
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	TLS          string `toml:"tls"`
	CAFile       string `toml:"ca_file"`
}

type smsConfig struct {
	URL     string            `toml:"url"`
	Method  string            `toml:"method"`
	Headers map[string]string `toml:"headers"`
	Body    string            `toml:"body"`
	Expect  int               `toml:"expect"`
}

const (
	configName    = "server.toml"
	defaultListen = "127.0.0.1:8420"
)

// configError is something wrong in the configuration.
type configError struct {
	file string
	line int // 0: unknown
	text string
}

func (e *configError) Error() string {
	if e.line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.file, e.line, e.text)
	}
	return e.file + ": " + e.text
}

// readServerConfig reads a configuration file.
func readServerConfig(file string) (serverConfig, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return serverConfig{}, &statusError{
			exit: exitNotFound, name: "no_server", text: "there is no server in " + filepath.Dir(file) + ": " + filepath.Base(file) + " is missing",
			hint: "make one with: nod server init --data DIR; or name its directory with --data",
		}
	}
	if err != nil {
		return serverConfig{}, fmt.Errorf("read configuration: %w", err)
	}
	return parseServerConfig(file, text)
}

// parseServerConfig reads the text of a configuration file and checks it.
func parseServerConfig(file string, text []byte) (serverConfig, error) {
	c := serverConfig{file: file, Listen: defaultListen}
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&c)
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		line, _ := first.Position()
		return c, &configError{file, line, fmt.Sprintf("there is no setting %q", strings.Join(first.Key(), "."))}
	}
	if bad, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := bad.Position()
		return c, &configError{file, line, strings.TrimPrefix(bad.Error(), "toml: ")}
	}
	if err != nil {
		return c, &configError{file, 0, err.Error()}
	}
	return c, c.check()
}

// check looks at what needs no file.
func (c *serverConfig) check() error {
	bad := func(format string, args ...any) error {
		return &configError{c.file, 0, fmt.Sprintf(format, args...)}
	}
	origin, err := protocol.Origin(c.Origin)
	if err != nil {
		return bad("origin: %v", err)
	}
	c.Origin = origin
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return bad("listen %q: write it as 127.0.0.1:8420", c.Listen)
	}
	if _, err := prefixes(c.TrustedProxies); err != nil {
		return bad("trusted_proxies: %v", err)
	}
	if _, err := prefixes(c.MetricsFrom); err != nil {
		return bad("metrics_from: %v", err)
	}
	switch strings.ToLower(c.ProxyHeader) {
	case "", "x-forwarded-for", "forwarded":
	default:
		return bad("proxy_header %q: use X-Forwarded-For or Forwarded", c.ProxyHeader)
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		return bad("tls: cert and key belong together")
	}
	if c.TLS.Cert != "" && strings.HasPrefix(c.Origin, "http:") {
		return bad("origin is %s, but there is a certificate: origin has to begin with https", c.Origin)
	}
	if c.Store != "" && !isPostgres(c.Store) {
		return bad("store: leave it out for SQLite, or give an address that begins with postgres://")
	}
	return nil
}

// prefixes reads addresses and networks.
func prefixes(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		if address, err := netip.ParseAddr(text); err == nil {
			address = address.Unmap().WithZone("")
			all = append(all, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", text)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// path is a path of the configuration as the process needs it.
func (c serverConfig) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(c.file), name)
}

// keyFile is where the server's key is, unless systemd hands it over.
func (c serverConfig) keyFile() string { return c.path(firstOf(c.KeyFile, "server.key")) }

// settings turns c into what the server takes. data is its directory.
func (c serverConfig) settings(data, credentials string) (server.Config, error) {
	key, err := server.ReadKey(credentials, c.keyFile())
	if err != nil {
		return server.Config{}, err
	}
	trusted, err1 := prefixes(c.TrustedProxies)
	readers, err2 := prefixes(c.MetricsFrom)
	s := server.Config{
		Data: data, Origin: c.Origin, Store: c.Store, Key: key, MetricsFrom: readers,
		Proxies: server.Proxies{Trusted: trusted, Header: server.HeaderXForwardedFor},
	}
	if strings.EqualFold(c.ProxyHeader, server.HeaderForwarded) {
		s.Proxies.Header = server.HeaderForwarded
	}
	var err3, err4 error
	s.Mail, err3 = c.mail()
	s.SMS, err4 = c.sms()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return s, &configError{c.file, 0, err.Error()}
	}
	return s, nil
}

// sms hands a text message to the gateway, nil when none is named.
func (c serverConfig) sms() (func(ctx context.Context, to, text string) error, error) {
	if c.SMS == nil {
		return nil, nil
	}
	g := &server.Gateway{URL: c.SMS.URL, Method: c.SMS.Method, Headers: c.SMS.Headers, Body: c.SMS.Body, Expect: c.SMS.Expect}
	return g.Send, g.Check()
}

// mail is the mail server, nil when none is named.
func (c serverConfig) mail() (*server.SMTP, error) {
	m := c.Mail
	if m == nil {
		return nil, nil
	}
	s := &server.SMTP{Host: m.Host, Port: m.Port, From: m.From, User: m.User, TLS: m.TLS}
	if s.Port == 0 {
		s.Port = 587
		if m.TLS == server.TLSImplicit {
			s.Port = 465
		}
	}
	if m.PasswordFile != "" {
		password, err := readPassword(c.path(m.PasswordFile))
		if err != nil {
			return nil, fmt.Errorf("mail: password_file: %w", err)
		}
		s.Password = password
	}
	if m.CAFile != "" {
		text, err := os.ReadFile(c.path(m.CAFile))
		if err != nil {
			return nil, fmt.Errorf("mail: ca_file: %w", err)
		}
		s.Roots = x509.NewCertPool()
		if !s.Roots.AppendCertsFromPEM(text) {
			return nil, errors.New("mail: ca_file: it holds no certificate")
		}
	}
	return s, s.Check()
}

// readPassword reads the first line of a file that is its owner's alone.
func readPassword(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := checkPrivate(f); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", errors.New(name + " is empty")
	}
	return line, nil
}
