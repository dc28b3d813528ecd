package server

// Sending mail by SMTP. How the outbox works is in delivery.go, what a message
// looks like in smtp_message.go.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/smtp"
	"net/textproto"
	"strconv"
	"time"

	"nod/approve/server/store"
)

// How a connection to the mail server is protected.
const (
	TLSStart    = "starttls" // upgraded before anything else is said (port 587)
	TLSImplicit = "implicit" // from the first byte (port 465)
	TLSNone     = "none"     // only to this machine
)

// smtpPatience is the longest that one delivery may take.
const smtpPatience = 60 * time.Second

// SMTP is the server that takes the mails, and who they are from. User and
// Password may be empty for a server that asks for none.
type SMTP struct {
	Host           string
	Port           int
	From           string // "Nod <nod@demo.test>" or the address alone
	User, Password string
	TLS            string         // TLSStart (also when empty), TLSImplicit or TLSNone
	Roots          *x509.CertPool // who may vouch for the server; nil means the system's
}

// Check says what is missing or must not be.
func (c SMTP) Check() error {
	if c.Host == "" {
		return errors.New("mail: host is missing")
	}
	if c.Port < 1 || c.Port > 65535 {
		return fmt.Errorf("mail: port %d: use 587, 465 or 25", c.Port)
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return fmt.Errorf("mail: from %q is not an e-mail address", c.From)
	}
	if (c.User == "") != (c.Password == "") {
		return errors.New("mail: user and password belong together")
	}
	switch c.TLS {
	case "", TLSStart, TLSImplicit:
		return nil
	case TLSNone:
		if !onThisMachine(c.Host) {
			return fmt.Errorf("mail: tls is none, but %s is not this machine: passwords and codes would travel in the clear", c.Host)
		}
		return nil
	}
	return fmt.Errorf("mail: tls %q: use starttls, implicit or none", c.TLS)
}

func onThisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.IsLoopback())
}

// smtpError is a step of a delivery that failed.
type smtpError struct {
	step string
	err  error
}

func (e *smtpError) Error() string {
	var answer *textproto.Error
	if errors.As(e.err, &answer) {
		return fmt.Sprintf("%s: %d %s", e.step, answer.Code, answer.Msg)
	}
	return e.step + ": " + e.err.Error()
}

func (e *smtpError) Unwrap() error { return e.err }

// forGood tells whether trying again is in vain: the server has refused this
// sender, recipient or text with a 5xx answer.
func forGood(err error) bool {
	var step *smtpError
	var answer *textproto.Error
	if !errors.As(err, &step) || !errors.As(err, &answer) || answer.Code < 500 {
		return errors.Is(err, errAddress)
	}
	return step.step == "sender" || step.step == "recipient" || step.step == "text"
}

// send delivers m.
func (c SMTP) send(ctx context.Context, m store.Mail) error {
	text, from, to, err := c.message(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, smtpPatience)
	defer cancel()
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return c.speak(client, from, to, text)
}

// connect returns a connection that may carry a password.
func (c SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	if err != nil {
		return nil, &smtpError{"connect", err}
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) // ends what waits
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	client, err := c.greet(conn)
	if err != nil {
		stop()
		conn.Close()
		return nil, err
	}
	return client, nil
}

func (c SMTP) greet(conn net.Conn) (*smtp.Client, error) {
	settings := &tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	if c.TLS == TLSImplicit {
		conn = tls.Client(conn, settings)
	}
	client, err := smtp.NewClient(conn, c.Host)
	if err != nil {
		return nil, &smtpError{"greeting", err}
	}
	if c.TLS == "" || c.TLS == TLSStart {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return nil, &smtpError{"starttls", errors.New("the mail server does not offer it")}
		}
		if err := client.StartTLS(settings); err != nil {
			return nil, &smtpError{"starttls", err}
		}
	}
	return client, nil
}

// speak signs in and hands the message over.
func (c SMTP) speak(client *smtp.Client, from, to string, text []byte) error {
	if c.User != "" {
		if err := client.Auth(smtp.PlainAuth("", c.User, c.Password, c.Host)); err != nil {
			return &smtpError{"sign in", err}
		}
	}
	if err := client.Mail(from); err != nil {
		return &smtpError{"sender", err}
	}
	if err := client.Rcpt(to); err != nil {
		return &smtpError{"recipient", err}
	}
	w, err := client.Data()
	if err != nil {
		return &smtpError{"text", err}
	}
	if _, err := w.Write(text); err != nil {
		return &smtpError{"text", err}
	}
	if err := w.Close(); err != nil {
		return &smtpError{"text", err}
	}
	client.Quit() // the message is taken, whatever comes now
	return nil
}
