package cli

// This file: what `nod server doctor` looks at between the server and others:
// where it listens, its certificate, mails and text messages.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// checkListen sees that what would be served is safe, and whether it is.
func (d *serverDoctor) checkListen(ctx context.Context) {
	if err := d.config.safe(d.config.Listen); err != nil {
		d.add(levelFail, classify(err, d.env.Now()).Hint, "%s", err)
	}
	const patience = 2 * time.Second
	if conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", d.config.Listen); err == nil {
		_ = conn.Close()
		d.add(levelOK, "", "something answers at %s", d.config.Listen)
		return
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", d.config.Listen)
	switch {
	case err == nil:
		_ = listener.Close()
		d.add(levelWarn, "start the server: nod server run, or systemctl start nod-server", "nothing answers at %s; the address is free", d.config.Listen)
	case errors.Is(err, fs.ErrPermission):
		d.add(levelWarn, "start the server; the unit of nod server unit has a line for ports below 1024", "nothing answers at %s, where this user may not listen", d.config.Listen)
	case errors.Is(err, syscall.EADDRINUSE):
		d.add(levelWarn, "look which program it is", "a program holds %s and does not answer", d.config.Listen)
	default:
		d.add(levelFail, "set listen in "+d.at.config+" to an address of this machine", "%s", err)
	}
}

// renewBy is how long before its end a certificate should have been renewed.
const renewBy = 14 * 24 * time.Hour

// checkTLS looks at the certificate, or at who does TLS instead.
func (d *serverDoctor) checkTLS() {
	c := d.config
	switch {
	case c.TLS.Cert != "":
		d.checkCertificate(c.path(c.TLS.Cert), c.path(c.TLS.Key))
	case len(c.TrustedProxies) > 0:
		d.add(levelOK, "", "TLS is done by the proxy at %s", strings.Join(c.TrustedProxies, ", "))
	case strings.HasPrefix(c.Origin, "http:"):
		d.add(levelOK, "", "plain HTTP, for this machine alone")
	}
}

func (d *serverDoctor) checkCertificate(cert, key string) {
	if info, err := os.Stat(key); err == nil {
		if read, write, _ := others(info); write || read && info.Mode().Perm()&0o004 != 0 { // a group may, such as ssl-cert
			d.add(levelFail, "chmod o-rwx,g-w "+d.shellPath(key), "others may %s %s", may(read, write), key)
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		fix := "put a certificate in PEM form there, with its key"
		if errors.Is(err, fs.ErrPermission) {
			fix = "let the server's user read it, or run this as that user or root"
		}
		d.add(levelFail, fix, "certificate: %s", err)
		return
	}
	d.checkLeaf(pair.Leaf)
}

func (d *serverDoctor) checkLeaf(leaf *x509.Certificate) {
	now, until := d.env.Now(), leaf.NotAfter.UTC().Format(time.DateTime)
	host := ""
	if origin, err := url.Parse(d.config.Origin); err == nil {
		host = origin.Hostname()
	}
	if err := leaf.VerifyHostname(host); err != nil {
		d.add(levelFail, "get one for "+host, "certificate: %s", err)
	}
	const fix = "renew it; the server reads the changed files by itself"
	switch {
	case now.After(leaf.NotAfter):
		d.add(levelFail, fix, "the certificate ended at %s UTC", until)
	case now.Before(leaf.NotBefore):
		d.add(levelFail, "look at this machine's clock, or wait", "the certificate begins at %s UTC only", leaf.NotBefore.UTC().Format(time.DateTime))
	case leaf.NotAfter.Sub(now) < renewBy:
		d.add(levelWarn, fix, "the certificate ends at %s UTC", until)
	default:
		d.add(levelOK, "", "the certificate is valid until %s UTC", until)
	}
}

// checkMessages looks at how mails and text messages leave. Nothing is sent.
func (d *serverDoctor) checkMessages() {
	mail, err := d.config.mail()
	switch {
	case err != nil:
		d.add(levelFail, "put [mail] in "+d.at.config+" right", "%s", err)
	case mail == nil:
		d.add(levelWarn, "name a mail server under [mail] in "+d.at.config+"; nod server outbox list shows what waits", "no mail server is named: mails stay in the outbox")
	default:
		d.add(levelOK, "", "mails go out by %s, port %d", mail.Host, mail.Port)
	}
	sms, err := d.config.sms()
	switch {
	case err != nil: // it may quote a header, which may be a password
		d.add(levelFail, "put [sms] in "+d.at.config+" right: nod server run says what is wrong", "text messages can not be sent")
	case sms == nil:
		d.add(levelOK, "", "no gateway for text messages is named: they stay in the outbox")
	default:
		d.add(levelOK, "", "text messages go out by a gateway")
	}
}
