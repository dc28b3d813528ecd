package cli

// This file: the server's certificate, read again when its files change.

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificate is a certificate with its key, as two files hold them.
type certificate struct {
	cert, key string
	told      func(format string, args ...any)

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]fileState // of the files when they were read last, well or not
}

// fileState tells whether a file was changed.
type fileState struct {
	changed time.Time
	size    int64
}

func stateOf(name string) fileState {
	info, err := os.Stat(name)
	if err != nil {
		return fileState{}
	}
	return fileState{info.ModTime(), info.Size()}
}

// newCertificate reads both files. told gets one line for each later reading.
func newCertificate(cert, key string, told func(string, ...any)) (*certificate, error) {
	c := &certificate{cert: cert, key: key, told: told}
	return c, c.reload()
}

// reload reads the files. When they do not fit, the certificate before stays.
func (c *certificate) reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

// read needs c.mu.
func (c *certificate) read() error {
	c.seen = [2]fileState{stateOf(c.cert), stateOf(c.key)}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	c.current = &pair
	return nil
}

// forHello returns the certificate, the new one when the files have changed. A
// pair that does not fit, as when only one file has been replaced yet, is looked
// at again with the next change.
func (c *certificate) forHello(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen != [2]fileState{stateOf(c.cert), stateOf(c.key)} {
		if err := c.read(); err != nil {
			c.told("error: %v; the one before stays", err)
		} else {
			c.told("read the changed certificate, valid until %s", c.current.Leaf.NotAfter.UTC().Format(time.RFC3339))
		}
	}
	return c.current, nil
}
