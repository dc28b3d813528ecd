//go:build unix

package agent

// This file: what may stand where the socket is to be.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is no socket is left alone: the path may be a mistake.
func TestListenKeepsFiles(t *testing.T) {
	path := socketPath(t)
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(path); err == nil {
		l.Close()
		t.Error("a file became a socket")
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("the file has become %q, %v", text, err)
	}
}

// A name that is too long for a socket is told so.
func TestListenLongPath(t *testing.T) {
	_, err := Listen(filepath.Join(filepath.Dir(socketPath(t)), strings.Repeat("x", 120)))
	if err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("a path of more than 120 bytes: %v", err)
	}
}
