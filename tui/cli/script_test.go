package cli_test

// This file: the txtar scripts of testdata/script and the environment that they
// run in. Their commands are in scriptcmd_test.go, realcmd_test.go and
// term_unix_test.go.

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"nod/approve/privacyidea/container/containertest"
	"nod/tui/agent"
	"nod/tui/cli"
	"nod/tui/clipboard"
	"nod/vault"
	"nod/vault/vaulttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nod": func() { os.Exit(nod()) }})
}

// nod is main.go's run with a test's clock, hardly a price of a guess unless the
// script wants the floor's, small keys and, unless the script wants one, no terminal:
// that of the person who runs the tests is none of the scripts' business.
func nod() int {
	ctx, stop := cli.Leaving()
	defer stop()
	env := cli.OS()
	env.Cost, env.KeyBits = vaulttest.Cost, 2048
	if os.Getenv("NOD_TEST_COST") == "floor" {
		env.Cost = vault.FloorCost
	}
	if now := os.Getenv("NOD_TEST_NOW"); now != "" {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			panic(err)
		}
		env.Now = func() time.Time { return at }
	}
	if calls := os.Getenv("NOD_TEST_AGENT_CALLS"); calls != "" {
		n, err := strconv.ParseFloat(calls, 64)
		if err != nil {
			panic(err)
		}
		env.AgentCalls = n
	}
	if os.Getenv("NOD_TEST_AGENT_TIME") != "usual" {
		agent.DialTime = patience // a machine that runs all tests at once may be slow
	}
	clipboard.Patience = patience
	if os.Getenv("NOD_TEST_TTY") == "" {
		env.Terminal = func() (*cli.Terminal, error) { return nil, errors.New("none in this test") }
	}
	return noted(env, os.Args[1:], func(env cli.Env) int { return cli.Run(ctx, env, os.Args[1:]) })
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the scripts derive many keys")
	}
	noteRuns(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Condition:           condition,
		Cmds:                scriptCommands,
	})
}

// setup gives each script a home of its own and the PIN 4821 in $PIN.
func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	pin := filepath.Join(env.WorkDir, "pin")
	if err := os.WriteFile(pin, []byte("4821\n"), 0o600); err != nil {
		return err
	}
	smtpd, err := filepath.Abs(filepath.Join("..", "..", "approve", "server", "testdata", "smtpd.py"))
	if err != nil {
		return err
	}
	env.Values[siteKey{}] = &sites{}
	env.Values[pushKey{}] = &pushes{}
	env.Values[containerKey{}] = containertest.New("")
	env.Values[stopKey{}] = &containerStop{}
	env.Values[jobsKey{}] = map[string]*job{}
	env.Values[tiqrKey{}] = &tiqrSite{}
	env.Values[keycloakKey{}] = &keycloak{}
	env.Vars = append(env.Vars,
		"HOME="+home, "USERPROFILE="+home, "APPDATA="+home, "LOCALAPPDATA="+home,
		"PIN="+pin, "NOD_PIN_FILE="+pin, "SMTPD="+smtpd,
		"NOD_TEST_RUNS="+os.Getenv("NOD_TEST_RUNS"),
		"NOD_TPM=none", "NOD_KEYRING=none", // those of the person who runs the tests
		"GORACE=atexit_sleep_ms=0", "TERM=xterm-256color", "TZ=UTC",
	)
	if os.Getenv("NOD_TEST_EXAMPLES") != "" {
		env.Vars = append(env.Vars, "NOD_TEST_COST=floor") // the examples tell of its price
	}
	return nil
}

// have tells whether a program, or a package of Debian's Python, is here.
func have(program string) error {
	if module, ok := strings.CutPrefix(program, "python3-"); ok {
		return exec.Command("/usr/bin/python3", "-c", "import "+module).Run()
	}
	_, err := exec.LookPath(program)
	return err
}

// condition knows [real:PROGRAM]: PROGRAM is here. With NOD_TEST_REAL=1 a
// missing one is a failure, not a reason to skip.
func condition(cond string) (bool, error) {
	var program string
	if n, err := fmt.Sscanf(cond, "real:%s", &program); n != 1 || err != nil {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	err := have(program)
	if err != nil && os.Getenv("NOD_TEST_REAL") == "1" {
		return false, fmt.Errorf("with NOD_TEST_REAL=1: %w", err)
	}
	return err == nil, nil
}
