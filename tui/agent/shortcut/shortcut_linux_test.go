package shortcut

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// What list writes is what a JSON decoder reads, for every byte and for what could end
// a string early.
func TestList(t *testing.T) {
	var texts []string
	for c := range 128 {
		texts = append(texts, "a"+string(rune(c))+"b")
	}
	texts = append(texts, "", `\"`, `","`, "ümläut 中", "\u2028", strings.Repeat(`\`, 7))
	for n := range len(texts) {
		var got []string
		if err := json.Unmarshal(list(nil, texts[n:]), &got); err != nil || !slices.Equal(got, texts[n:]) {
			t.Fatalf("from %d: %q, %v", n, got, err)
		}
	}
	if got := string(list(nil, nil)); got != "[]" {
		t.Errorf("no texts: %s", got)
	}
}

func TestMessage(t *testing.T) {
	m := message([]string{"code", `a "b"`}, []string{"HOME=/home/ana", "NOD_PIN=4821", "NOD_PIN_FILE=/x", "PATH=/bin", "TZ=", "XDG_RUNTIME_DIR=/run", "NOD="})
	if n := binary.BigEndian.Uint32(m); int(n) != len(m)-4 {
		t.Fatalf("length %d of %d bytes", n, len(m)-4)
	}
	var call struct {
		Version int
		Op      string
		Args    struct{ Args, Env []string }
	}
	if err := json.Unmarshal(m[4:], &call); err != nil {
		t.Fatal(err)
	}
	if call.Version != 1 || call.Op != "run" || !slices.Equal(call.Args.Args, []string{"code", `a "b"`}) {
		t.Errorf("call: %+v", call)
	}
	if want := []string{"HOME=/home/ana", "NOD_PIN_FILE=/x", "TZ=", "XDG_RUNTIME_DIR=/run"}; !slices.Equal(call.Args.Env, want) {
		t.Errorf("variables %q, want %q", call.Args.Env, want)
	}
	if long := message([]string{"code", strings.Repeat("x", mostCall)}, nil); long != nil {
		t.Errorf("a call of %d bytes", len(long))
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		answer, out, told string
		ok                bool
	}{
		{"+\x00\x00\x00\x02ab", "ab", "", true},
		{"+\x00\x00\x00\x01ab", "a", "b", true},
		{"+\x00\x00\x00\x00", "", "", true},
		{"+\x00\x00\x00\x03ab", "", "", false},
		{"+\xff\xff\xff\xffab", "", "", false},
		{"+\x00\x00\x00", "", "", false},
		{`{"Error":null}`, "", "", false}, // of an agent that does not know the call
		{"", "", "", false},
	} {
		out, told, ok := cut([]byte(c.answer))
		if string(out) != c.out || string(told) != c.told || ok != c.ok {
			t.Errorf("%q: %q, %q, %t", c.answer, out, told, ok)
		}
	}
}

func TestSocket(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{"XDG_RUNTIME_DIR": dir}, dir + "/nod/agent.sock"},
		{map[string]string{"XDG_RUNTIME_DIR": dir, "NOD_PROFILE": "default"}, dir + "/nod/agent.sock"},
		{map[string]string{"XDG_RUNTIME_DIR": dir, "NOD_PROFILE": "work"}, dir + "/nod/work.sock"},
		{map[string]string{"XDG_RUNTIME_DIR": dir, "NOD_PROFILE": "../x"}, ""},
		{map[string]string{"XDG_RUNTIME_DIR": dir + "/none", "HOME": "/home/ana"}, "/home/ana/.local/state/nod/run/agent.sock"},
		{map[string]string{"XDG_STATE_HOME": "/state", "HOME": "/home/ana"}, "/state/nod/run/agent.sock"},
		{map[string]string{"XDG_STATE_HOME": "state", "HOME": "/home/ana"}, "/home/ana/.local/state/nod/run/agent.sock"},
		{map[string]string{"XDG_RUNTIME_DIR": dir, "NOD_AGENT_SOCK": "/a/socket"}, "/a/socket"},
		{map[string]string{"XDG_RUNTIME_DIR": dir, "NOD_AGENT_SOCK": "a/socket"}, ""},
		{map[string]string{"XDG_RUNTIME_DIR": dir, "NOD_VAULT": "/a/vault"}, ""},
		{map[string]string{"XDG_RUNTIME_DIR": dir, "NOD_NO_AGENT": "1"}, ""},
		{nil, ""},
	} {
		for _, name := range []string{"XDG_RUNTIME_DIR", "XDG_STATE_HOME", "HOME", "NOD_PROFILE", "NOD_AGENT_SOCK", "NOD_VAULT", "NOD_NO_AGENT"} {
			t.Setenv(name, c.vars[name])
		}
		if got := socket(); got != c.want {
			t.Errorf("%v: %q, want %q", c.vars, got, c.want)
		}
	}
}
