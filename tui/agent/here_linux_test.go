package agent

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/vault"
)

// runIn sends opRun and returns the answer without its length.
func runIn(t *testing.T, path string, m call) string {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := writeMessage(conn, m, nil); err != nil {
		t.Fatal(err)
	}
	var length [lengthBytes]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, binary.BigEndian.Uint32(length[:]))
	if _, err := io.ReadFull(conn, answer); err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestRun(t *testing.T) {
	place, accounts := newVault(t)
	var gotErr error
	_, path := serve(t, Config{Place: place, Run: func(_ context.Context, h Here, args, env []string) (out, told []byte, done bool) {
		if !slices.Equal(env, []string{"TZ=UTC"}) {
			t.Errorf("variables %q", env)
		}
		switch args[0] {
		case "long":
			return bytes.Repeat([]byte("x"), mostText+1), nil, true
		case "not":
			return []byte("out"), []byte("told"), false
		case "locked":
			return nil, []byte(h.Status().Why), true
		}
		v, err := h.Vault()
		if gotErr = err; err != nil {
			return nil, nil, false
		}
		now := time.Now()
		code, err := v.Give(accounts[0].ID, now, vault.Giving{At: time.Unix(59, 0)})
		all, errAll := v.GiveAll([]string{accounts[1].ID, accounts[0].ID}, now, vault.Giving{})
		if gotErr = err; (err == nil) != (errAll == nil) || (err == nil) != (len(all) == 2) {
			t.Errorf("one: %v, both: %v", err, errAll)
		}
		return []byte(code.Value), nil, err == nil && v.MarkUsed(accounts[0].ID, "printed", now) == nil
	}})
	ask := func(arg string) string {
		return runIn(t, path, call{Version: version, Op: opRun, Args: []byte(`{"Args":["` + arg + `"],"Env":["TZ=UTC"]}`)})
	}
	if got := ask("code"); got != "" || !errors.Is(gotErr, ErrLocked) {
		t.Errorf("code of a locked agent: %q, %v", got, gotErr)
	}
	if got := ask("locked"); got != "+\x00\x00\x00\x00not unlocked yet" {
		t.Errorf("status of a locked agent: %q", got)
	}
	c := client(t, path, place)
	if _, err := c.Unlock(t.Context(), pin(testPIN), 0); err != nil {
		t.Fatal(err)
	}
	if got, want := ask("code"), "+\x00\x00\x00\x06"+expected(t, 0, time.Unix(59, 0)); got != want {
		t.Errorf("code: %q, want %q", got, want)
	}
	if _, err := c.Edit(accounts[0].ID, func(x *vault.Account) { x.Confirm = true }); err != nil {
		t.Fatal(err)
	}
	if got := ask("code"); got != "" || !errors.Is(gotErr, ErrConfirm) {
		t.Errorf("code of an account to be confirmed: %q, %v", got, gotErr)
	}
	for _, arg := range []string{"long", "not"} {
		if got := ask(arg); got != "" {
			t.Errorf("%s: %.40q", arg, got)
		}
	}
	if got := runIn(t, path, call{Version: version + 1, Op: opRun, Args: []byte(`{"Args":["code"],"Env":["TZ=UTC"]}`)}); got != "" {
		t.Errorf("a later version of the call: %q", got)
	}
	if s := statusOf(t, c); s.LastPID != pid || !strings.Contains(s.LastExe, "agent.test") {
		t.Errorf("last used by %d %s", s.LastPID, s.LastExe)
	}
}

// An agent that runs no commands says so.
func TestRunNothing(t *testing.T) {
	place, _ := newVault(t)
	_, path := serve(t, Config{Place: place})
	if got := runIn(t, path, call{Version: version, Op: opRun, Args: []byte(`{"Args":["code"]}`)}); got != "" {
		t.Errorf("%q", got)
	}
}
