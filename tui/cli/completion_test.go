package cli_test

// This file: what the shells complete, with the real shells.

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/tui/cli"
)

// completed returns what nod offers for args, the last of which is being typed.
func completed(t *testing.T, home string, args ...string) []string {
	env := cli.OS()
	var stdout, stderr bytes.Buffer
	env.Stdout, env.Stderr = &stdout, &stderr
	env.Getenv = func(name string) string {
		return map[string]string{"HOME": home, "USERPROFILE": home, "LOCALAPPDATA": home, "NOD_TPM": "none", "NOD_KEYRING": "none"}[name]
	}
	env.HTTP = nil // whoever asks a server panics
	env.Terminal = func() (*cli.Terminal, error) {
		t.Error("a completion opened the terminal")
		return nil, os.ErrNotExist
	}
	start := time.Now()
	if status := cli.Run(t.Context(), env, append([]string{"__complete"}, args...)); status != 0 {
		t.Fatalf("nod __complete %v: exit status %d: %s", args, status, stderr.String())
	}
	if took := time.Since(start); took > patience { // a machine that is held up for seconds says nothing
		t.Errorf("nod __complete %v took %s", args, took)
	}
	var words []string
	for line := range strings.Lines(stdout.String()) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if !strings.HasPrefix(word, ":") {
			words = append(words, word)
		}
	}
	return words
}

func TestCompletions(t *testing.T) {
	home := t.TempDir()
	for _, tt := range []struct {
		args []string
		want []string // some of what is offered; nothing for none at all
	}{
		{[]string{""}, []string{"code", "approvals", "help", "completion"}},
		{[]string{"co"}, []string{"code", "completion"}},
		{[]string{"server", "user", ""}, []string{"add", "invite"}},
		{[]string{"code", "--"}, []string{"--copy", "--json", "--timeout"}},
		{[]string{"code", ""}, nil},
		{[]string{"accept", ""}, nil},
		{[]string{"servers", "rm", ""}, nil},
		{[]string{"deny", "r-1", "--reason", ""}, []string{"cancelled", "not_me"}},
		{[]string{"add", "--type", ""}, []string{"totp", "hotp", "steam"}},
		{[]string{"add", "--algorithm", ""}, []string{"SHA1", "SHA256"}},
		{[]string{"add", "--qr", ""}, []string{"clipboard", "screen"}},
		{[]string{"init", "--protect", ""}, []string{"best", "tpm", "file"}},
		{[]string{"vault", "protect", ""}, []string{"best", "keyring"}},
		{[]string{"--vault", ""}, []string{"nod"}},
		{[]string{"completion", ""}, []string{"bash", "powershell"}},
		{[]string{"help", ""}, []string{"exit-codes", "code"}},
		{[]string{"help", "server", ""}, []string{"run"}},
		{[]string{"history", "--type", ""}, []string{"denied", "wrong_pin"}},
		{[]string{"ls", "--timeout", ""}, nil},
	} {
		got := completed(t, home, tt.args...)
		for _, word := range tt.want {
			if !slices.Contains(got, word) {
				t.Errorf("%q offers %q, want %q among it", tt.args, got, word)
			}
		}
		if tt.want == nil && len(got) > 0 {
			t.Errorf("%q offers %q, want nothing", tt.args, got)
		}
	}
}

// shellScripts load nod's completions from $SCRIPT in each shell and print what is
// offered for "nod co".
var shellScripts = map[string]string{
	// bash-completion's own function, for machines without that package
	"bash": `_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}; }
_init_completion() { _get_comp_words_by_ref; }
__ltrim_colon_completions() { :; }
source "$SCRIPT" || exit 1
complete -p nod >/dev/null || exit 1
COMP_WORDS=(nod co); COMP_CWORD=1; COMP_LINE='nod co'; COMP_POINT=6; COMP_TYPE=9
__start_nod nod
printf '%s\n' "${COMPREPLY[@]}"`,
	// zsh's completion needs its line editor; here its offering function is replaced
	"zsh": `autoload -Uz compinit && compinit -u -d "$HOME/zcompdump" || exit 1
source "$SCRIPT" || exit 1
[ "${_comps[nod]}" = _nod ] || exit 1
_describe() { print -l -- $completions; }
words=(nod co); CURRENT=2
_nod`,
	"fish": `source $SCRIPT; or exit 1
complete -C 'nod co'`,
}

func TestShellsLoadCompletions(t *testing.T) {
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "nod")); err != nil {
		skipUnlessReal(t, err) // Windows lets not everybody
	}
	for shell, text := range shellScripts {
		t.Run(shell, func(t *testing.T) {
			needShell(t, shell)
			home := t.TempDir()
			env := []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + home, "SCRIPT=" + filepath.Join(home, "nod."+shell), "TERM=dumb"}
			made := exec.Command(filepath.Join(bin, "nod"), "completion", shell)
			made.Env = env
			script, err := made.Output()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(home, "nod."+shell), script, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(shell, "-c", text)
			cmd.Env, cmd.Dir = env, home
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "code") || !strings.Contains(string(out), "completion") {
				t.Errorf("%s: %v, offers:\n%s", shell, err, out)
			}
			if strings.Contains(string(out), "command not found") {
				t.Errorf("%s: %s", shell, out)
			}
		})
	}
}

// Without bash-completion the script for bash says once what it needs, and completes nothing.
func TestBashSaysWhatItNeeds(t *testing.T) {
	needShell(t, "bash")
	env := cli.OS()
	var script, stderr bytes.Buffer
	env.Stdout, env.Stderr = &script, &stderr
	if status := cli.Run(t.Context(), env, []string{"completion", "bash"}); status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr.String())
	}
	cmd := exec.Command("bash", "--norc", "-c", script.String()+`
COMP_WORDS=(nod co); COMP_CWORD=1; COMP_LINE='nod co'; COMP_POINT=6; COMP_TYPE=9
__start_nod nod; __start_nod nod
echo "${#COMPREPLY[@]} offered"`)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	out, err := cmd.CombinedOutput()
	if want := "\nnod: completion needs the package bash-completion, loaded by this shell\n0 offered\n"; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}

// needShell skips a test whose shell is not here.
func needShell(t *testing.T, shell string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		skipUnlessReal(t, err)
	}
}

// skipUnlessReal ends a test for which something is missing: where all real parts must
// be there, it fails.
func skipUnlessReal(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatalf("with NOD_TEST_REAL=1: %v", missing)
	}
	t.Skip(missing)
}
