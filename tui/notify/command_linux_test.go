package notify

// This file tests that a command that hangs leaves nothing behind.

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestCommandEndsWithItsChildren: what the command has started ends with it. The pipe
// ends when nobody has it open any more.
func TestCommandEndsWithItsChildren(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		done <- runCommand(ctx, []string{"sh", "-c", `exec 9>"$0"; (echo up >&9; sleep 30); echo late >&9`, pipe}, Event{})
	}()
	r, err := os.Open(pipe) // once the command opens it, too
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("a command that was ended is no error")
	}
	if err := r.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("its child goes on: %q, %v", rest, err)
	}
}
