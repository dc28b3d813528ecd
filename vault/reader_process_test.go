package vault

// This file runs docs/read_vault.py, and says what it has to print for a vault.

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// reader runs docs/read_vault.py on one vault.
type reader struct {
	t      *testing.T
	python string
	file   string
	dir    string // of the files with secrets
}

// newReader finds a python3 that has what the reader needs.
func newReader(t *testing.T, file string) *reader {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import argon2.low_level, cryptography").Run() == nil {
			return &reader{t, python, file, t.TempDir()}
		}
	}
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatal("python3 with argon2-cffi and cryptography is missing")
	}
	t.Skip("skipped: python3 with argon2-cffi and cryptography is missing")
	return nil
}

// store puts content into a file and returns its name.
func (r *reader) store(name string, content []byte) string {
	r.t.Helper()
	name = filepath.Join(r.dir, name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return name
}

// run opens the vault with secret and returns what the reader said and its exit
// status.
func (r *reader) run(secret string, args ...string) (out, said string, status int) {
	r.t.Helper()
	args = append([]string{"../docs/read_vault.py", r.file, "--secret-file", r.store("secret", []byte(secret+"\n"))}, args...)
	cmd := exec.Command(r.python, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		r.t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// content runs the reader and returns what it printed.
func (r *reader) content(secret string, args ...string) any {
	r.t.Helper()
	out, said, status := r.run(secret, args...)
	if status != 0 || said != "" {
		r.t.Fatalf("read_vault.py %q: status %d: %s", args, status, said)
	}
	return parsed(r.t, []byte(out))
}

// refuses runs the reader, which must end with status and say want.
func (r *reader) refuses(status int, want, secret string, args ...string) {
	r.t.Helper()
	out, said, got := r.run(secret, args...)
	if out != "" || got != status || !strings.Contains(said, want) || strings.Contains(said, "Traceback") {
		r.t.Errorf("read_vault.py %q: status %d, want %d; want %q: %s%s", args, got, status, want, said, out)
	}
}

// parsed reads JSON without losing digits.
func parsed(t *testing.T, data []byte) (value any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return value
}

// held returns what v holds as the reader has to print it; c opens v.
func held(t *testing.T, v *Vault, c Credential) any {
	t.Helper()
	pair, err := v.approvalsPair(c)
	if err != nil {
		t.Fatal(err)
	}
	var accounts, devices, history []any
	for _, e := range v.contents.accounts {
		m, err := decodeAccount(e.raw)
		if err != nil {
			accounts = append(accounts, oddEntries["accounts"][string(e.raw)])
			continue
		}
		accounts = append(accounts, shownAccount(m))
	}
	for _, e := range v.contents.devices {
		m, err := decodeDevice(e.raw)
		if err != nil {
			devices = append(devices, oddEntries["devices"][string(e.raw)])
			continue
		}
		seed, err := openWith(pair, approvalInfo(v.vaultID, m.ID), m.ApprovalSeed)
		if err != nil {
			t.Fatal(err)
		}
		devices = append(devices, shownDevice(m, seed))
	}
	for _, e := range v.contents.history {
		if e.odd {
			history = append(history, oddEntries["history"][string(e.raw)])
			continue
		}
		history = append(history, shownEvent(e.event))
	}
	content := map[string]any{
		"vault_id": hex.EncodeToString(v.vaultID[:]), "epoch": v.contents.epoch, "owner": v.contents.owner,
		"accounts": accounts, "devices": devices, "history": history,
	}
	if v.contents.shift != 0 {
		content["shift"] = v.contents.shift.Milliseconds()
	}
	data, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, data)
}

func shownAccount(m accountMap) map[string]any {
	return withoutZeros(map[string]any{
		"id": m.ID, "type": m.Type, "issuer": m.Issuer, "name": m.Name, "secret": hex.EncodeToString(m.Secret),
		"algorithm": m.Algorithm, "digits": m.Digits, "period": m.Period, "counter": m.Counter,
		"pin": hex.EncodeToString(m.PIN), "tags": m.Tags, "note": m.Note, "shift": m.Shift, "added": m.Added,
		"source": m.Source, "used": m.Used, "uses": m.Uses, "device": m.Device, "confirm": m.Confirm,
	})
}

func shownDevice(m deviceMap, seed []byte) map[string]any {
	return withoutZeros(map[string]any{
		"id": m.ID, "driver": m.Driver, "server": m.Server, "app": m.App, "account": m.Account, "name": m.Name,
		"remote_id": m.RemoteID, "server_key": hex.EncodeToString(m.ServerKey), "words": m.Words, "state": m.State,
		"paired": m.Paired, "memory": m.Memory, "transport_seed": hex.EncodeToString(m.Transport),
		"approval_public_key": hex.EncodeToString(m.ApprovalKey), "approval_seed": hex.EncodeToString(seed),
	})
}

func shownEvent(e Event) map[string]any {
	return withoutZeros(map[string]any{
		"at": toMillis(e.At), "kind": e.Kind, "subject": e.Subject, "account": e.Account, "ip": e.IP, "place": e.Place,
		"device": e.Device, "request": e.Request, "detail": e.Detail,
	})
}

func withoutZeros(m map[string]any) map[string]any {
	for k, x := range m {
		if v := reflect.ValueOf(x); v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
			delete(m, k)
		}
	}
	return m
}

// oddEntries are entries that this version can not read, of each list, and how
// the reader prints them.
var oddEntries = map[string]map[string]any{
	"accounts": {
		"\xa3\x01\x68a-NEWER0\x02\x64totp\x18\x63\xf9\x3e\x00": map[string]any{"id": "a-NEWER0", "type": "totp", "99": 1.5},
		"\x6fnot even a map!": "not even a map!",
	},
	"devices": {
		"\xa3\x01\x68d-NEWER0\x0f\x42\x01\x02\x20\xf5": map[string]any{"id": "d-NEWER0", "approval_seed_sealed": "0102", "-1": true},
	},
	"history": {
		"\xa1\x18\x63\x82\x20\xf6": map[string]any{"99": []any{-1, nil}},
	},
}

// addOddEntries puts oddEntries into v.
func addOddEntries(v *Vault) error {
	return v.change(func(c *contents) error {
		for raw := range oddEntries["accounts"] {
			c.accounts = append(c.accounts, readAccount([]byte(raw)))
		}
		for raw := range oddEntries["devices"] {
			c.devices = append(c.devices, readDevice([]byte(raw)))
		}
		for raw := range oddEntries["history"] {
			c.history = append(c.history, readEvent([]byte(raw)))
		}
		return nil
	})
}

// unread runs the reader with an output that nobody reads, as head leaves it.
func (r *reader) unread(secret string, args ...string) (said string) {
	r.t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	out.Close()
	defer in.Close()
	args = append([]string{"../docs/read_vault.py", r.file, "--secret-file", r.store("secret", []byte(secret+"\n"))}, args...)
	cmd := exec.Command(r.python, args...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = in, &stderr
	if err := cmd.Run(); err == nil {
		r.t.Error("read_vault.py ends well although its output is closed")
	}
	return stderr.String()
}
