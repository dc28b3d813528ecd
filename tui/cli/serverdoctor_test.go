//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that the server could not write, such as one that root has put back, is
// found before the server fails at it.
func TestServerDoctorOwner(t *testing.T) {
	name := filepath.Join(t.TempDir(), "server.db")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for owner, want := range map[int]int{os.Geteuid(): 0, os.Geteuid() + 1: 1, -1: 0} {
		d := &serverDoctor{doctor: &doctor{app: &app{env: Env{Getenv: func(string) string { return "" }}}}, owner: owner}
		d.checkOwner(name, true)
		if len(d.findings) != want {
			t.Errorf("directory of user %d: %v, want %d findings", owner, d.findings, want)
		}
	}
}

// A configuration that holds a password must not be read by others.
func TestConfigSecret(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                      false,
		"postgres://nod@db.demo.test/nod":       false,
		"postgres://nod:x@db.demo.test/nod":     true,
		"postgres://db.demo.test/n?password=x":  true,
		"postgres://nod:%zz@db.demo.test/nod":   true,
		"postgres://nod@/nod?sslpassword=x":     true,
		"postgres://nod@/nod?sslmode=verify-ca": false,
	} {
		if got := (serverConfig{Store: text}).secret(); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if !(serverConfig{SMS: &smsConfig{}}).secret() {
		t.Error("the gateway's headers are no secret")
	}
	if withoutPassword("--to", "postgres://nod@/nod?sslpassword=x") == nil {
		t.Error("an address with the password of a key was taken from an argument")
	}
}
