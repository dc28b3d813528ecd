package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"nod/tui"
	"nod/vault"
	"nod/vault/otp"
)

func demoApp(t *testing.T) (a *app, temp string) {
	temp = t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, temp)
	}
	return &app{env: Env{
		Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: time.Now,
		HTTP: &http.Client{},
	}}, temp
}

func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("the demo left %s", entry.Name())
	}
}

func TestDemoCleansUpAfterPanic(t *testing.T) {
	a, temp := demoApp(t)
	func() {
		defer func() {
			if recover() != "as the test wants" {
				t.Error("the panic got lost")
			}
		}()
		_ = a.demo(t.Context(), func(context.Context, tui.Config) error { panic("as the test wants") })
	}()
	checkEmpty(t, temp)
}

func TestDemoShowsSamples(t *testing.T) {
	a, temp := demoApp(t)
	err := a.demo(t.Context(), func(_ context.Context, c tui.Config) error {
		var minute, counting bool
		for _, x := range c.Vault.Accounts() {
			minute = minute || x.Period == 60
			counting = counting || x.Type == otp.HOTP
			if _, err := c.Vault.Code(x.ID, time.Now()); err != nil {
				t.Errorf("%s: %v", x.Issuer, err)
			}
		}
		if !minute || !counting {
			t.Errorf("60 s account: %v, HOTP account: %v, want both", minute, counting)
		}
		if d := c.Vault.Devices(); len(d) != 1 || d[0].State != vault.DeviceActive {
			t.Errorf("devices = %v, want one active", d)
		}
		if note := <-c.Notes; len([]rune(note)) > 76 {
			t.Errorf("note %q does not fit 80 columns", note)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	checkEmpty(t, temp)
}
