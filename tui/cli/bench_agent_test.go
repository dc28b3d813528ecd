package cli_test

// This file: how long commands take that ask the agent, as whole processes, with
// 10,000 accounts. start_test.go has the same for a command that does nothing.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"nod/tui/agent"
	"nod/vault"
	"nod/vault/otp"
)

// BenchmarkAgent10000 asks an agent that keeps 10,000 accounts: nod code by id and by
// words, nod status for a status line, and beside them nod version, which is what
// starting the program costs.
func BenchmarkAgent10000(b *testing.B) {
	dir := b.TempDir()
	program := filepath.Join(dir, "nod")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "nod")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	place := vault.Place{File: filepath.Join(dir, "data", "nod", "vault.nod"), State: filepath.Join(dir, "state", "nod")}
	v, _, err := vault.Create(place, vault.Options{PIN: []byte("4821"), Cost: vault.FloorCost})
	if err != nil {
		b.Fatal(err)
	}
	accounts := make([]vault.NewAccount, 10_000)
	for i := range accounts {
		accounts[i].Key = otp.Key{
			Type: otp.TOTP, Issuer: fmt.Sprintf("Service %d", i), Name: "ana@demo.test",
			Secret: fmt.Appendf(nil, "secret of number %05d", i), Algorithm: otp.SHA1, Digits: 6, Period: 30,
		}
	}
	added, err := v.Add(false, accounts...)
	if err != nil {
		b.Fatal(err)
	}
	v.Close()

	socketDir, err := os.MkdirTemp("", "nod-bench") // a short path
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(socketDir)
	socket := filepath.Join(socketDir, "a", "s")
	l, err := agent.Listen(socket)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	s := agent.NewServer(agent.Config{Place: place})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	defer func() { stop(); <-ended }()
	c, _, err := agent.Dial(b.Context(), socket, place)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Unlock(b.Context(), vault.PIN([]byte("4821")), 0); err != nil {
		b.Fatal(err)
	}

	env := append(os.Environ(), "NOD_AGENT_SOCK="+socket, "XDG_DATA_HOME="+filepath.Join(dir, "data"), "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	for _, x := range []struct {
		name string
		args []string
	}{
		{"version", []string{"version"}},
		{"status", []string{"status", "--format", "{{if .Pending}}nod {{.Pending}}{{end}}"}},
		{"code-by-id", []string{"code", added[7_000].ID}},
		{"code-by-words", []string{"code", "service", "7000"}},
	} {
		b.Run(x.name, func(b *testing.B) {
			best := time.Hour
			for b.Loop() {
				cmd := exec.Command(program, x.args...)
				cmd.Env = env
				begin := time.Now()
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
				best = min(best, time.Since(begin))
			}
			b.ReportMetric(float64(best.Microseconds())/1000, "best-ms")
		})
	}
}
