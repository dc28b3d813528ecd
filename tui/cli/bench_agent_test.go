package cli_test

// This file: how long commands take that ask the agent, as whole processes, with
// 10,000 accounts. start_test.go has the same for a command that does nothing.

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nod/vault"
	"nod/vault/otp"
)

// BenchmarkAgent10000 asks an agent that keeps 10,000 accounts: nod code by id and by
// words, nod status for a status line, and beside them nod version, which is what
// starting the program costs without the shortcut.
func BenchmarkAgent10000(b *testing.B) {
	dir := b.TempDir()
	program := buildProgram(b, "nod")
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

	runtimeDir, err := os.MkdirTemp("", "nod-bench") // a short path
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(runtimeDir)
	env := append(os.Environ(), "XDG_RUNTIME_DIR="+runtimeDir, "XDG_DATA_HOME="+filepath.Join(dir, "data"), "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	defer startAgent(b, program, env)()
	unlock := exec.Command(program, "unlock", "--pin-stdin")
	unlock.Env, unlock.Stdin = env, strings.NewReader("4821\n")
	if out, err := unlock.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}

	for _, x := range []struct {
		name string
		args []string
	}{
		{"version", []string{"version"}},
		{"status", []string{"status", "--format", "{{if .Pending}}nod {{.Pending}}{{end}}"}},
		{"code-by-id", []string{"code", added[7_000].ID}},
		{"code-by-words", []string{"code", "service", "7000"}},
		{"code-json", []string{"code", "--json", added[7_000].ID}},
	} {
		b.Run(x.name, func(b *testing.B) {
			p := &started{args: append([]string{program}, x.args...), env: env}
			for b.Loop() {
				p.run(b)
			}
			b.ReportMetric(median(p.wall), "median-ms")
			b.ReportMetric(float64(slices.Min(p.wall).Microseconds())/1000, "best-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// startAgent starts nod agent run and waits until it listens. end stops it.
func startAgent(tb testing.TB, program string, env []string) (end func()) {
	tb.Helper()
	cmd := exec.Command(program, "agent", "run", "--json")
	cmd.Env, cmd.Stderr = env, tb.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		tb.Errorf("the agent does not listen: %v", err)
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
}
