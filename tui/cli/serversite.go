package cli

// This file: a server that listens in this process, its limits and its end.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"nod/approve/server"
)

// The limits of a connection. The longest answers are a page that waits for the
// end of a sign-in, which lives five minutes at most, and a long poll of 25 s.
const (
	headerLimit   = 10 * time.Second
	readLimit     = 30 * time.Second
	writeLimit    = 6 * time.Minute
	idleLimit     = 2 * time.Minute
	headerMax     = 32 << 10
	stopPatience  = 10 * time.Second // for answers under way
	demoPatience  = 3 * time.Second
	streamsAtOnce = 100 // of one HTTP/2 connection
)

// site is a server in this process.
type site struct {
	origin   string
	demo     *server.Server
	http     *http.Server
	failed   chan error // of serving
	patience time.Duration
	work     sync.WaitGroup
}

// newSite makes a server that does not listen yet.
func newSite(ctx context.Context, c server.Config) (*site, error) {
	s, err := server.New(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	web := &http.Server{
		Handler: s, ReadHeaderTimeout: headerLimit, ReadTimeout: readLimit, WriteTimeout: writeLimit, IdleTimeout: idleLimit,
		MaxHeaderBytes: headerMax, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: streamsAtOnce},
		ErrorLog: log.New(io.Discard, "", 0), // what strangers do wrong is no news
	}
	return &site{origin: c.Origin, demo: s, http: web, failed: make(chan error, 1), patience: demoPatience}, nil
}

// serve answers at listener, with TLS when there are certificates.
func (s *site) serve(listener net.Listener, certificates func(*tls.ClientHelloInfo) (*tls.Certificate, error)) {
	go func() {
		var err error
		if certificates == nil {
			err = s.http.Serve(listener)
		} else {
			s.http.TLSConfig = &tls.Config{GetCertificate: certificates, MinVersion: tls.VersionTLS12}
			err = s.http.ServeTLS(listener, "", "")
		}
		if !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
}

// stop ends the long polls, lets answers under way finish and closes the store.
func (s *site) stop() error {
	if s.http == nil {
		return nil
	}
	s.demo.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.http = nil
	s.work.Wait()
	return errors.Join(err, s.demo.Close())
}
