package cli

// This file: `nod server run` runs the server for real.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) serverRunCommand() *cobra.Command {
	var p serverPlace
	var listen string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "run the server that nod server init has set up",
		Long: `Run the server: no sample people, no /dev pages. It prints one line once it answers
and runs until SIGTERM or SIGINT, which let answers under way finish; SIGHUP reads
the certificate again. It refuses to serve plain HTTP to other machines: server.toml
names a certificate, or the proxy in front that does TLS. What happens is told on
standard error, a line each. /healthz says that the process lives, /readyz that it
can serve, /metrics (Prometheus) is for this machine and those in metrics_from.
A service manager may hand over the socket and is told READY=1 and STOPPING=1.`,
		Example: `  nod server run
  nod server run --data /var/lib/nod-server --config /etc/nod/server.toml
  nod server unit > /etc/systemd/system/nod-server.service`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServer(cmd.Context(), p, listen) },
	}
	p.register(cmd)
	cmd.Flags().StringVar(&listen, "listen", "", "`address` and port in place of that in server.toml")
	return cmd
}

func (a *app) runServer(ctx context.Context, p serverPlace, listen string) error {
	hangup := hangups()
	defer signal.Stop(hangup)
	p, c, settings, err := p.read(a)
	if err != nil {
		return err
	}
	c.Listen = firstOf(listen, c.Listen)
	listener, err := a.listen(ctx, c)
	if err != nil {
		return err
	}
	settings.Log = a.logLine
	var cert *certificate
	if c.TLS.Cert != "" {
		if cert, err = newCertificate(c.path(c.TLS.Cert), c.path(c.TLS.Key), a.logLine); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	s, err := newSite(ctx, settings)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer s.stop() // again, where it has not been stopped
	s.patience = stopPatience
	if cert == nil {
		s.serve(listener, nil)
	} else {
		s.serve(listener, cert.forHello)
	}
	s.work.Go(func() { s.demo.Work(ctx) })
	if err := errors.Join(a.printRun(s, p, listener), a.notify("READY=1")); err != nil {
		return err
	}
	return a.serveUntil(ctx, s, cert, hangup)
}

// serveUntil waits for the end, and reads the certificate when it is asked to.
func (a *app) serveUntil(ctx context.Context, s *site, cert *certificate, hangup <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			a.logLine("stopping: answers under way finish")
			return errors.Join(a.notify("STOPPING=1"), s.stop())
		case err := <-s.failed:
			return fmt.Errorf("serve: %w", err)
		case <-hangup:
			if cert == nil {
				a.logLine("SIGHUP: there is no certificate to read again")
			} else if err := cert.reload(); err != nil {
				a.logLine("error: SIGHUP: %v; the one before stays", err)
			} else {
				a.logLine("SIGHUP: read the certificate again")
			}
		}
	}
}

// hangups delivers SIGHUP, which asks every other command to leave.
func hangups() chan os.Signal {
	hangup := make(chan os.Signal, 1)
	signal.Ignore(syscall.SIGHUP) // takes it away from whoever made ctx
	signal.Notify(hangup, syscall.SIGHUP)
	return hangup
}

// listen opens the socket, or takes the service manager's, if what would be
// served there is safe.
func (a *app) listen(ctx context.Context, c serverConfig) (net.Listener, error) {
	if err := c.safe(c.Listen); err != nil {
		return nil, err
	}
	listener, err := a.inherited()
	if err != nil {
		return nil, err
	}
	if listener != nil {
		if err := c.safe(listener.Addr().String()); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
		return listener, nil
	}
	if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.Listen); err != nil {
		return nil, noListener(err)
	}
	return listener, nil
}

// safe refuses plain HTTP that others could read: at an address that other
// machines reach, and behind a proxy that is not named.
func (c serverConfig) safe(listen string) error {
	secure := strings.HasPrefix(c.Origin, "https:")
	if secure && (c.TLS.Cert != "" || len(c.TrustedProxies) > 0) {
		return nil
	}
	host, _, _ := net.SplitHostPort(listen)
	address, err := netip.ParseAddr(host)
	refused := &statusError{
		exit: exitConflict, name: "plain_http",
		hint: "in " + c.file + ", set cert and key under [tls], or name the proxy that does TLS in trusted_proxies, or listen on 127.0.0.1 with an http origin",
	}
	switch {
	case host != "localhost" && (err != nil || !address.IsLoopback()):
		refused.text = fmt.Sprintf("the server would answer other machines at %s without TLS: passwords could be read on the way", listen)
	case secure:
		refused.text = fmt.Sprintf("people use %s, but there is neither a certificate nor a proxy that does TLS", c.Origin)
	default:
		return nil
	}
	return refused
}

// printRun says where the server is.
func (a *app) printRun(s *site, p serverPlace, listener net.Listener) error {
	return a.answer(struct {
		Schema int    `json:"schema"`
		Portal string `json:"portal"`
		Listen string `json:"listen"`
		Data   string `json:"data"`
	}{schema, s.origin, listener.Addr().String(), p.data}, "nod server %s  %s  listening at %s, data in %s\n",
		version(), s.origin, listener.Addr(), p.data)
}

// logLine tells of an event, with the time unless the journal notes it.
func (a *app) logLine(format string, args ...any) {
	if a.flags.quiet {
		return
	}
	line := printable(strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
	if a.env.Getenv("JOURNAL_STREAM") == "" {
		line = a.env.Now().UTC().Format(time.RFC3339) + " " + line
	}
	fmt.Fprintln(a.env.Stderr, line)
}
